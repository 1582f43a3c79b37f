"""From a request to the events in it: one way for each path that the pipeline has an adapter for."""
