"""Events that wait for a transaction: they leave when it commits, and are counted when it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..events.events import Recorded


class Deferred:
    """A tracked event that has not left yet: called, it leaves; forgotten without that, it is dropped.

    Nobody tells of a rollback, but whoever holds the event until the commit then forgets it.
    ``leave`` lets the event go, ``drop`` counts it, and ``complete`` gives what would be recorded at
    this moment, or None where that is not known yet. None of them may hold this object.
    """

    __slots__ = ("_drop", "_is_waiting", "_leave", "_process", "complete")

    def __init__(
        self, *, leave: Callable[[], None], drop: Callable[[], None], complete: Callable[[], Recorded | None]
    ) -> None:
        self._leave = leave
        self._drop = drop
        self.complete = complete
        self._is_waiting = True
        self._process = os.getpid()

    def __call__(self) -> None:
        """Leave, once."""
        if self._is_waiting:
            self._is_waiting = False
            self._leave()

    def leave_by(self, leave: Callable[[], None]) -> None:
        """Another way for the event to leave."""
        self._leave = leave

    def __del__(self) -> None:
        # a forked child forgets a copy: the event is its parent's
        if self._is_waiting and self._process == os.getpid():
            self._drop()


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


def may_wait(gate: Gate | None) -> bool:
    """Whether there is anybody to ask: ``gate``, or that of a surrounding ``gated`` block."""
    return gate is not None or _gate_here.get() is not None


def leave_at_commit(deferred: Deferred, *, gate: Gate | None, failure: Callable[[str], None]) -> None:
    """Let an event leave when the transaction commits in which it is tracked; where there is none, now.

    The gate of the surrounding ``gated`` block is asked first, then ``gate``. ``failure`` counts a
    bug of ours; the event then leaves at once.
    """
    try:
        if any(asked is not None and asked(deferred) for asked in (_gate_here.get(), gate)):
            return
    except Exception:  # noqa: BLE001
        failure("transaction")
    deferred()
