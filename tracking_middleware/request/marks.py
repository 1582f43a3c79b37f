"""The mark by which an adapter knows that another one, around it, tracks the request already.

It is a number, which can be copied and pickled with whatever carries it, and means the same in any thread,
also where no context came along. Once the request is over it means nothing. No lock is taken, so that
a fork leaves none locked.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any

MARK = "tracking_middleware.exchange"
"""Under this name a scope or an environ carries a number."""


MOST_OPEN = 100_000
"""So many requests may be answered at a time; of more, begun and never ended, the oldest are let go."""

_open: dict[int, None] = {}
close_mark = _open.pop
"""``close_mark(number, None)``: the request of a number is over."""


def _numbers() -> itertools.count[int]:
    """Such as no other process gives, since a pickled carrier may come from there."""
    return itertools.count(secrets.randbits(60) + 1)


_given = _numbers()


def put_mark(carrier: MutableMapping[str, Any]) -> int:
    """Mark what carries a request, if that lets itself be marked; the number, which its exchange closes."""
    number = next(_given)
    try:
        carrier[MARK] = number
    except Exception:  # noqa: BLE001
        # a mapping that is nobody's to write to goes without a mark
        return 0
    _open[number] = None
    if len(_open) > MOST_OPEN:
        _close_oldest()
    return number


def _close_oldest() -> None:
    with suppress(RuntimeError):  # another thread closes one at this moment
        close_mark(next(iter(_open)), None)


def has_open_mark(carrier: Mapping[str, Any]) -> bool:
    """Whether the request that this carries is being answered and tracked."""
    number = carrier.get(MARK)
    return type(number) is int and number in _open


def _start_child() -> None:
    global _given  # noqa: PLW0603
    _given = _numbers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_child)
