"""``track()`` from anywhere: what is tracked, for whom, and how it leaves."""
