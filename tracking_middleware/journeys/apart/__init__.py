"""What is to be kept apart, and from when on."""
