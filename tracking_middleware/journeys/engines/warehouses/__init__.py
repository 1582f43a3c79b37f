"""Warehouses that nothing here runs on: what they call things, and how they hold the entities of an event."""
