"""The outbox: events that wait in a file."""
