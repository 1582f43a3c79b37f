"""The language that a browser asks for first. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST_KNOWN_LANGUAGES = 100
"""Characters of a header that is remembered with what it says: browsers of one language send the same."""
_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    if len(accept_language) > _LONGEST_KNOWN_LANGUAGES:
        return _first_language(accept_language)
    return _known_language(accept_language)


def _first_language(accept_language: str) -> str:
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""


_known_language = lru_cache(maxsize=256)(_first_language)
