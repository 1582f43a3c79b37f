"""What may be collected, what may be given to a browser, and what may leave in a URL."""

from .consent import consent_cookie

__all__ = ["consent_cookie"]
