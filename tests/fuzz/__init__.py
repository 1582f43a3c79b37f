"""Hostile requests, made by a seeded mutator from a corpus: ``python -m tests.fuzz --cases 100000``.

A case depends on the seed, the target and its number alone, so that any one can be run again.
"""
