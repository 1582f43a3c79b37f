"""What may be collected, what may be given to a browser, and what may leave in a URL."""

from .consent import consent_cookie
from .platforms import consent_platform
from .tcf import consent_tcf

__all__ = ["consent_cookie", "consent_platform", "consent_tcf"]
