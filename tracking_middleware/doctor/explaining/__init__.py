"""One request against an app, in this process, and what tracking made of it."""
