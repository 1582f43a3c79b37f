"""Forward-confirmed reverse DNS: an address has a name of the operator's, and the name has the address.

The names are those that the operators themselves document for it.
"""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from ...addresses import parse_address

MOST_ADDRESSES = 4096
MOST_WAITING = 256
KEPT_SECONDS = 3600.0
ASKED_AGAIN = 60.0
"""Seconds until an address is asked for again whose names were not told."""

NameVerdict = Literal["confirmed", "refuted", "unknown"]

OPERATORS_NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("google", "googlebot"): (".googlebot.com", ".google.com"),
    ("microsoft", "bingbot"): (".search.msn.com",),
    ("apple", "applebot"): (".applebot.apple.com",),
    ("yandex", "yandexbot"): (".yandex.ru", ".yandex.net", ".yandex.com"),
    ("baidu", "baiduspider"): (".baidu.com", ".baidu.jp"),
    ("common crawl", "ccbot"): (".crawl.commoncrawl.org",),
    ("amazon", "amazonbot"): (".crawl.amazonbot.amazon",),
    ("seznam", "seznambot"): (".seznam.cz",),
}
"""By operator and product, lower case: the domains in which the operator says its crawler's names end."""

_OF_IPV4_ALONE = frozenset({("common crawl", "ccbot")})
"""Whose addresses of IPv6 have no names."""
_ALL_ENDS = tuple(end for ends in OPERATORS_NAMES.values() for end in ends)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")

Names = tuple[str, ...] | None
"""The confirmed names of an address; None where the name system did not say."""


class NotAnsweredError(Exception):
    """The name system did not answer, which says nothing about an address."""


def names_of(address: str) -> list[str]:
    """The names of an address; none where it has none. Raises NotAnsweredError."""
    try:
        name, aliases, _ = socket.gethostbyaddr(address)
    except socket.herror as error:
        if error.errno == 1:  # HOST_NOT_FOUND: an answer, and it is no
            return []
        raise NotAnsweredError from error
    except OSError as error:
        raise NotAnsweredError from error
    return [name, *aliases]


def addresses_of(name: str) -> list[str]:
    """The addresses of a name; none where it has none. Raises NotAnsweredError."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM)]
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            return []
        raise NotAnsweredError from error
    except OSError as error:
        raise NotAnsweredError from error


class ReverseNames:
    """Confirmed names of addresses, asked for by a thread of its own; queue and memory are bounded.

    For one thread, which never waits: an address is ``unknown`` until its names were told.
    """

    def __init__(
        self,
        *,
        names: Callable[[str], list[str]] = names_of,
        addresses: Callable[[str], list[str]] = addresses_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resolve = (names, addresses)
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Names]] = OrderedDict()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[tuple[str, Names]] = queue.SimpleQueue()
        self._process = 0

    def __len__(self) -> int:
        return len(self._known)

    def check(self, address: str, operator: str, product: str) -> NameVerdict | None:
        """Whether the address has a name of the operator's; None where it documents none for the product."""
        parsed, ends = parse_address(address), _ends(operator, product)
        if ends is None or parsed is None:
            return None
        if parsed.version == 6 and (operator.casefold(), product.casefold()) in _OF_IPV4_ALONE:
            return None
        if self._process == os.getpid():
            self._take_told()
        until, names = self._known.get(address, (0.0, None))
        if until <= self._clock():
            self._ask(address, names)
        if names is None:
            return "unknown"
        return "confirmed" if any(name.endswith(ends) for name in names) else "refuted"

    def _take_told(self) -> None:
        while not self._told.empty():
            address, names = self._told.get()
            self._keep(address, KEPT_SECONDS if names is not None else ASKED_AGAIN, names)

    def _keep(self, address: str, seconds: float, names: Names) -> None:
        self._known[address] = (self._clock() + seconds, names)
        self._known.move_to_end(address)
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)

    def _ask(self, address: str, names: Names) -> None:
        if self._process != os.getpid():  # a fork has no thread, and its queues may be locked
            self._start()
        if self._waiting.qsize() < MOST_WAITING:
            self._keep(address, ASKED_AGAIN, names)
            self._waiting.put(address)

    def _start(self) -> None:
        self._process = os.getpid()
        self._waiting, self._told = queue.SimpleQueue(), queue.SimpleQueue()
        weakref.finalize(self, self._waiting.put, None).atexit = False
        arguments = (self._waiting, self._told, *self._resolve)
        threading.Thread(target=_run, args=arguments, name="tracking names", daemon=True).start()


def confirmed_names(
    address: str, names: Callable[[str], list[str]], addresses: Callable[[str], list[str]]
) -> Names:
    """The names of an address that lead back to it, of those that are any operator's. Never raises."""
    own = parse_address(address)
    try:
        sent = [name.rstrip(".").lower() for name in names(address)[:4]]
        known = [name for name in sent if name.endswith(_ALL_ENDS) and _NAME.fullmatch(name)]
        return tuple(name for name in known if own in map(parse_address, addresses(name)))
    except Exception:  # noqa: BLE001
        # that nobody answered, a name that no encoding takes, and whatever else a resolver finds
        return None


def _run(
    waiting: queue.SimpleQueue[str | None],
    told: queue.SimpleQueue[tuple[str, Names]],
    names: Callable[[str], list[str]],
    addresses: Callable[[str], list[str]],
) -> None:
    while (address := waiting.get()) is not None:
        told.put((address, confirmed_names(address, names, addresses)))


def _ends(operator: str, product: str) -> tuple[str, ...] | None:
    """The domains of a product; ``Googlebot-Image`` is a Googlebot."""
    operator, product = operator.casefold(), product.casefold()
    ends = OPERATORS_NAMES.get((operator, product))
    return OPERATORS_NAMES.get((operator, product.partition("-")[0])) if ends is None else ends
