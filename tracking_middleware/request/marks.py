"""The mark by which an adapter knows that another one, around it, tracks the request already."""

from __future__ import annotations

import itertools
import os
import secrets
import weakref
from collections.abc import Mapping, MutableMapping
from typing import Any

from .raw_request import RawRequest

MARK = "tracking_middleware.exchange"
"""Under this name a scope or an environ carries a number."""

_FEW = 128


class Marks:
    """The numbers of the requests that are being answered.

    A number can be copied and pickled with whatever carries it, and found again from any thread, also
    where no context came along. What a carrier that outlives its request says means nothing. No lock is
    taken, so that a fork leaves none locked.
    """

    def __init__(self) -> None:
        self._requests: dict[int, weakref.ref[RawRequest]] = {}
        self._most = _FEW
        self.start_child()

    def start_child(self) -> None:
        """After a fork: numbers that no other process gives, since a pickled carrier may come from there."""
        self._next = itertools.count(secrets.randbits(60)).__next__

    def put(self, carrier: MutableMapping[str, Any], request: RawRequest) -> None:
        """Mark what carries a request, if that lets itself be marked."""
        number = self._next()
        try:
            carrier[MARK] = number
        except Exception:  # noqa: BLE001
            # a mapping that is nobody's to write to goes without a mark
            return
        self._requests[number] = weakref.ref(request)
        if len(self._requests) > self._most:
            self._sweep()

    def is_open(self, carrier: Mapping[str, Any]) -> bool:
        """Whether the request that this carries is being answered and tracked."""
        number = carrier.get(MARK)
        if type(number) is not int or (found := self._requests.get(number)) is None:
            return False
        request = found()
        return request is not None and not request.is_packed

    def _sweep(self) -> None:
        """Forget those that are over; how many there are decides when the next sweep is worth its time."""
        for number, request in self._requests.copy().items():
            if request() is None:
                self._requests.pop(number, None)
        self._most = max(_FEW, 2 * len(self._requests))


marks = Marks()
"""Those of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=marks.start_child)
