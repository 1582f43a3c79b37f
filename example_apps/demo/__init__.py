"""The demo: a collector, three sites, a scripted visit to each, and the events that arrived."""
