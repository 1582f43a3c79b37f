"""``tracking-middleware doctor`` and ``explain``: is it working, and what becomes of a request."""
