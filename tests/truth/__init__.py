"""Worlds in which it is known who did what, and how much of that the journeys find out."""
