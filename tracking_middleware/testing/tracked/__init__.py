"""What was tracked in a test, as its author asks for it, and as a failure shows it."""
