"""Where events are read from, and how each kind of source becomes rows of one shape."""
