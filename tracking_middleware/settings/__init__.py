"""What a site may set: read, checked, and frozen once at start."""

from .secret_names import DEFAULT_SCRUB_QUERY
from .settings import Settings

__all__ = ["DEFAULT_SCRUB_QUERY", "Settings"]
