"""Finding schemas and validating by them."""
