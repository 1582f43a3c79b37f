"""Each kind of file that holds events."""
