"""``tracking-middleware schema``: schemas from classes, classes from schemas, and what a change demands."""
