"""``tracking-middleware forget``, ``anonymize`` and ``export-person``."""
