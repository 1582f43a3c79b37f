"""One request and its answer, from begin to finish."""
