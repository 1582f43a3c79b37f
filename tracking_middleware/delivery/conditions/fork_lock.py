"""A lock that a fork waits for, so that no child inherits what is half done under it."""

from __future__ import annotations

import threading
from types import TracebackType


class ForkLock:
    """A lock whose ``hold_for_fork`` and ``resume_parent`` are called around each fork, in the parent.

    ``patience``: seconds for which a fork waits at the most; then the child has to do without.
    """

    def __init__(self, *, patience: float) -> None:
        self._lock = threading.Lock()
        self._patience = patience
        self._held_by: int | None = None
        """The thread that forks: two may at once, and neither is to let go of what the other holds."""

    def acquire(self, *, timeout: float) -> bool:
        """Whether the lock was to be had within ``timeout`` seconds; -1 waits as long as it takes."""
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        """Let others have it."""
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def hold_for_fork(self) -> bool:
        """Before a fork: keep others out until it is over; whether that is so."""
        if not self._lock.acquire(timeout=self._patience):
            return False
        self._held_by = threading.get_ident()
        return True

    def resume_parent(self) -> None:
        """After the fork: let others in again, if this thread kept them out."""
        if self._held_by == threading.get_ident():
            self._held_by = None
            self._lock.release()
