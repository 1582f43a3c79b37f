"""Whose event is it? Events of browsers, servers and jobs as persons, sessions, page views and journeys."""
