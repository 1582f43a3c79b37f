"""The report on a file of journeys: one page without a script, and its numbers as CSV."""
