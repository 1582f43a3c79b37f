"""Events that wait for a transaction: they leave when it commits, and are counted when it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from .events import Recorded


class Destination(Protocol):
    """What of a delivery an event that waits has to do with."""

    def record(self, recorded: Recorded) -> None:
        """Take one event."""

    def drop(self, reason: str) -> None:
        """Count an event that was never recorded and will never be delivered."""


class Deferred:
    """A tracked event that has not left yet: called, it leaves; forgotten without that, it is dropped.

    Nobody tells of a rollback, but whoever holds the event until the commit then forgets it, and
    that is counted as ``rolled_back``.
    """

    __slots__ = ("_destination", "_leave", "_process", "recorded")

    def __init__(self, recorded: Recorded, destination: Destination) -> None:
        self.recorded = recorded
        self._destination = destination
        self._leave: Callable[[], None] | None = self._record
        self._process = os.getpid()

    def __call__(self) -> None:
        """Leave, once."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def leave_by(self, leave: Callable[[], None]) -> None:
        """Another way for the event to leave than to be recorded in memory."""
        self._leave = leave

    def __del__(self) -> None:
        # a forked child forgets a copy: the event is its parent's
        if self._leave is not None and self._process == os.getpid():
            self._destination.drop("rolled_back")

    def _record(self) -> None:
        self._destination.record(self.recorded)


Gate = Callable[[Deferred], bool]
"""Keeps an event until the transaction commits in which it is tracked, and says whether there is one."""

_gate_here: ContextVar[Gate | None] = ContextVar("tracking_middleware.gate", default=None)


@contextmanager
def gated(gate: Gate) -> Iterator[None]:
    """Ask ``gate`` about each event that is tracked within this block."""
    token = _gate_here.set(gate)
    try:
        yield
    finally:
        _gate_here.reset(token)


def record_at_commit(
    recorded: Recorded,
    destination: Destination,
    *,
    gate: Gate | None,
    failure: Callable[[str], None],
) -> None:
    """Record an event when the transaction commits in which it is tracked; where there is none, now.

    The gate of the surrounding ``gated`` block is asked first, then ``gate``. ``failure`` counts a
    bug of ours; the event then leaves at once.
    """
    deferred = Deferred(recorded, destination)
    try:
        if any(asked is not None and asked(deferred) for asked in (_gate_here.get(), gate)):
            return
    except Exception:  # noqa: BLE001
        failure("transaction")
    deferred()
