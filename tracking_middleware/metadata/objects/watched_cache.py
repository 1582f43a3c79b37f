"""A framework's cache that keeps bodies: which of its entries an answer is, and what is kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...request.page import current_exchange
from .cached import body_of, key_of, said_since

MOST_ENTRIES = 200
"""What a cache is asked for and given to keep in one request, as far as it is looked at."""
_WATCHED = "_tracking_middleware_watched"


class Entry:
    """What a cache gave in a request, or was given to keep, and how something is kept beside it."""

    __slots__ = ("get", "is_kept", "key", "set", "title", "value")

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
        exchange: Any = current_exchange()
        self.title: str | None = exchange.title if exchange.is_open else None
        """The title that was said until then."""


def watch_cache(cache: Any, note: Callable[[Entry], None]) -> None:
    """Have ``note`` called with what a cache gives by ``get(key)`` and takes by ``set(key, value, timeout)``.

    Of this one object alone: its class, and others of it, stay as they are. Once more changes nothing.
    """
    if vars(cache).get(_WATCHED):
        return
    get, set_ = cache.get, cache.set

    def noting_get(key: Any, *arguments: Any, **named: Any) -> Any:
        value = get(key, *arguments, **named)
        note(Entry(key, value, get, set_, is_kept=False))
        return value

    def noting_set(key: Any, value: Any, timeout: Any = None, **named: Any) -> Any:
        done = set_(key, value, timeout, **named)
        note(Entry(key, value, get, lambda key, kept: set_(key, kept, timeout), is_kept=True))
        return done

    cache.get, cache.set = noting_get, noting_set
    setattr(cache, _WATCHED, True)


def settle(entries: list[Entry], body: bytes) -> None:
    """The current page's body is this one: if it is an entry, keep what is the page's, or say it again.

    What the cache was asked for and did not have is an entry without a value.
    """
    exchange: Any = current_exchange()
    entry = next((one for one in reversed(entries) if body_of(one.value) == body), None)
    if entry is None or not exchange.is_open:
        return
    key = key_of(exchange.path, body, str(entry.key))
    if not entry.is_kept:
        exchange.recall(entry.get(key))
    elif (kept := exchange.remember(_title_of_render(entry, entries))) is not None:
        entry.set(key, kept)


def _title_of_render(page: Entry, entries: list[Entry]) -> str | None:
    """What was said from when the cache was asked for the page until it was given it.

    None where it was not asked, as with ``forced_update``: nobody can tell what the view said from what
    was said around it.
    """
    for one in reversed(entries[: entries.index(page)]):
        if one.key == page.key and not one.is_kept:
            return said_since(one.title, page.title)
    return None
