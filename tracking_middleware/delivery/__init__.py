"""From recorded events to the collector: buffer, background thread, retry, and the emitters."""
