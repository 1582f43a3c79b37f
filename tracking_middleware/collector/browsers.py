"""What kind of browser a user agent names, and whether it names a crawler; pure."""

from __future__ import annotations

import functools
import re

# the first that fits: almost all of them also claim to be Chrome or Safari
_FAMILIES = (
    ("Edge", re.compile(r"\bEdg(e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(OPR|OPT|Opera)\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Headless)?(Chrome|Chromium|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/[0-9.]+.*\bSafari/")),
)


@functools.lru_cache(maxsize=4096)
def family_of(useragent: str | None) -> str:
    """The browser's name; a browser that hides its own, as Brave does, counts as the one it claims to be."""
    if not useragent:
        return "not given"
    return next((name for name, pattern in _FAMILIES if pattern.search(useragent)), "other")


@functools.lru_cache(maxsize=4096)
def is_crawler(useragent: str) -> bool:
    """By the list of the crawler-user-agents project, which takes 20 ms to load: only when it is asked."""
    from crawleruseragents import is_crawler as is_listed  # type: ignore[import-untyped]

    return bool(is_listed(useragent))
