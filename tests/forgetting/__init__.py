"""Persons that are taken out of files."""
