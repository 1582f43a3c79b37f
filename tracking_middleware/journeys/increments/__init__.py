"""The tables kept current at little cost, and as they were before."""
