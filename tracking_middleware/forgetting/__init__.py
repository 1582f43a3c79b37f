"""A person's events and identifiers taken out of the files that have them, and what is said of that."""
