"""The routes that trackers send to."""
