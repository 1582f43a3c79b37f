"""Micro's API, and the forms that events are given out in."""
