"""From parameters to the columns of an event."""
