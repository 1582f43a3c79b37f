"""Guards of databases: while one stands, what would be a query is refused instead."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NoReturn

Refuse = Callable[[], NoReturn]
Guard = Callable[[Refuse, Sequence[object]], AbstractContextManager[None]]
"""Is given how to refuse, and the objects that are being described."""

_guards: list[Guard] = []
_guards_of: dict[str, str] = {}


def add_guard(guard: Guard) -> None:
    """Have a guard stand while objects are described."""
    _guards.append(guard)


def add_guard_of(module: str, *, guard: str) -> None:
    """Have the guard ``"module:name"`` stand once a module is loaded, which we do not load ourselves."""
    _guards_of[module] = guard


def guards() -> tuple[Guard, ...]:
    """Those of this process."""
    for module in [name for name in _guards_of if name in sys.modules]:
        if (named := _guards_of.pop(module, None)) is not None:  # else another thread was the first
            place, _, name = named.partition(":")
            add_guard(getattr(importlib.import_module(place), name))
    return tuple(_guards)


class QueryRefusedError(Exception):
    """A query that a describing function would have made."""
