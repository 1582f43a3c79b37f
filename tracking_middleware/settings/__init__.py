"""What a site may set: read, checked, and frozen once at start."""

from .settings import Settings

__all__ = ["Settings"]
