"""Whether a user agent names a crawler."""

from __future__ import annotations

import functools


@functools.lru_cache(maxsize=4096)
def is_crawler(useragent: str) -> bool:
    """By the list of the crawler-user-agents project, which takes 20 ms to load: only when it is asked."""
    from crawleruseragents import is_crawler as is_listed  # type: ignore[import-untyped]

    return bool(is_listed(useragent))
