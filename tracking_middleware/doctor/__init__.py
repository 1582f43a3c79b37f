"""Answers to "is it working?": what is wrong with a site's tracking, and what becomes of one request."""
