"""The demo: a collector, three sites, a scripted visit to each, and the page views that arrived."""
