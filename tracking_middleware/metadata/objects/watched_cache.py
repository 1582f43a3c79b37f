"""A framework's cache that keeps bodies: which of its entries an answer is, and what is kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...request.page import current_exchange
from .cached import body_of, key_of

MOST_ENTRIES = 100
"""Entries of one request that are looked at."""
_WATCHED = "_tracking_middleware_watched"


class Entry:
    """What a cache gave in a request, or was given to keep, and how something is kept beside it."""

    __slots__ = ("get", "is_kept", "key", "set", "value")

    def __init__(
        self,
        key: object,
        value: object,
        get: Callable[[str], Any],
        set_beside: Callable[[str, bytes], Any],
        *,
        is_kept: bool,
    ) -> None:
        self.key = key
        self.value = value
        self.get = get
        self.set = set_beside
        self.is_kept = is_kept
        """It was given to the cache to keep, and not by it."""


def watch_cache(cache: Any, note: Callable[[Entry], None]) -> None:
    """Have ``note`` called with what a cache gives by ``get(key)`` and takes by ``set(key, value, timeout)``.

    Of this one object alone: its class, and others of it, stay as they are. Once more changes nothing.
    """
    if vars(cache).get(_WATCHED):
        return
    get, set_ = cache.get, cache.set

    def noting_get(key: Any, *arguments: Any, **named: Any) -> Any:
        value = get(key, *arguments, **named)
        if value is not None:
            note(Entry(key, value, get, set_, is_kept=False))
        return value

    def noting_set(key: Any, value: Any, timeout: Any = None, **named: Any) -> Any:
        done = set_(key, value, timeout, **named)
        note(Entry(key, value, get, lambda key, kept: set_(key, kept, timeout), is_kept=True))
        return done

    cache.get, cache.set = noting_get, noting_set
    setattr(cache, _WATCHED, True)


def settle(entries: list[Entry], body: bytes) -> None:
    """The current page's body is this one: if it is an entry, keep what is the page's, or say it again."""
    exchange: Any = current_exchange()
    entry = next((one for one in reversed(entries) if body_of(one.value) == body), None)
    if entry is None or not exchange.is_open:
        return
    key = key_of(exchange.path, body, str(entry.key))
    if not entry.is_kept:
        exchange.recall(entry.get(key))
    elif (kept := exchange.remember()) is not None:
        entry.set(key, kept)
