"""The events that came, in SQLite."""
