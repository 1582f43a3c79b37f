"""What a page shows, described by functions that are declared once for a model."""
