"""How often the reader of pages is right: pages that look like those of publishing systems, and what is true.

``python -m tests.metadata`` makes them and prints precision and recall by field. The pages are written here,
by templates in the manner of each system; texts, attribute order, quotes, entities, wrappings and damage come
from a seed. ``--show SYSTEM NUMBER`` prints one.
"""
