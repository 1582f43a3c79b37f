"""Where in a scope's headers those are that are read: a browser sends the same names in the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from ..request.client_ip import FORWARDING_HEADERS
from ..request.raw_request import SIGNATURE_HEADERS, UNUSUAL_HEADERS

FORWARDED = tuple(name.encode() for name in FORWARDING_HEADERS)
KEPT_HEADERS = (b"user-agent", b"accept-language", b"cookie", b"referer", b"host", *FORWARDED)
"""What an event is made from."""
SIGNED = (b":method", *(name.encode() for name in SIGNATURE_HEADERS))
"""What is kept beyond that of a request that is signed."""
USUAL_HEADERS = KEPT_HEADERS[:5]
"""Those without a proxy's."""
_UNUSUAL = frozenset(name.encode() for name in UNUSUAL_HEADERS)
_MOST_NAMES, _MOST_BYTES = 50, 1_000


class HeaderNames(msgspec.Struct, frozen=True):
    """The places of an ordinary request's headers."""

    destination: int
    """That of ``Sec-Fetch-Dest``."""
    accept: int | None
    host: int
    kept: tuple[bytes, ...]
    """Those of ``KEPT_HEADERS`` that were sent; the host is among them."""
    pairs: Callable[[list[Any]], tuple[Any, ...]]
    """Takes these out of the headers."""


_recent: dict[int, tuple[list[bytes], HeaderNames | None]] = {}
"""The last names of each number of headers: equal ones are seen in fewer steps than their hashes are made."""


def header_names(sent: list[Any]) -> HeaderNames | None:
    """What the headers of a scope are; None where all of them are to be looked at.

    Raises TypeError where one of them is an iterator, which could be read only once, and ValueError, which is
    not remembered, where they are longer than those of any browser.
    """
    names = [pair[0] for pair in sent]
    number = len(names)
    recent = _recent.get(number)
    if recent is not None and recent[0] == names:
        return recent[1]
    found = _places(tuple(names))
    _recent[number] = names, found
    return found


@lru_cache(maxsize=256)
def _places(names: tuple[bytes, ...]) -> HeaderNames | None:
    if len(names) > _MOST_NAMES or sum(map(len, names)) > _MOST_BYTES:
        raise ValueError("longer than what is worth remembering")
    places = {name: place for place, name in enumerate(names)}
    kept = tuple(name for name in KEPT_HEADERS if name in places)
    if kept == USUAL_HEADERS:
        kept = USUAL_HEADERS  # the very same, so that it is known again
    destination = places.get(b"sec-fetch-dest")
    if len(places) < len(names) or destination is None or not _UNUSUAL.isdisjoint(places):
        return None
    if b"host" not in kept or len(kept) == 1:
        return None
    pairs = itemgetter(*[places[name] for name in kept])
    return HeaderNames(destination, places.get(b"accept"), places[b"host"], kept, pairs)
