"""Background delivery: one for each process, through every fork."""

from __future__ import annotations

import os
from typing import Any

from ..events.events import Recorded
from .conditions import hosting, shutdown
from .process import Plan, ProcessDelivery


class BackgroundDelivery:
    """Sends what is recorded, from two threads a process, which start with the first event.

    The *writer* encodes events and writes them into the outbox, where there is one; the *sender*
    takes them to the collector, however long that takes. After a fork the child starts anew: an
    empty buffer, zero counts, threads and connections of its own. Raises SettingsError where the
    process can run no threads.
    """

    def __init__(self, plan: Plan) -> None:
        hosting.require_threads()
        if plan.settings.outbox is None:
            hosting.warn_of_lost_events()
        self._plan = plan
        self._process = ProcessDelivery(plan)
        shutdown.drain_at_exit(self, timeout=plan.settings.shutdown_timeout)
        hosting.after_fork(self.recover)
        self.recover()

    def recover(self) -> None:
        """Send what an earlier process left in the outbox; where there is nothing no thread is started."""
        if not hosting.is_before_fork() and self._current().has_left_over():
            self._process.start(self)

    def record(self, recorded: Recorded) -> None:
        """Take one event: an append. The first one in a process starts the threads."""
        process = self._process
        if process.pid != os.getpid():
            process = self._current()
        process.buffer.append(recorded)
        if not process.is_started:
            process.start(self)

    def drop(self, reason: str) -> None:
        """Count an event that was never recorded and will never be delivered."""
        self._current().buffer.pass_by(dropped=reason)

    def store_elsewhere(self) -> None:
        """An event is where the application keeps them: it is counted, and looked for there."""
        process = self._current()
        process.buffer.pass_by()
        process.expect(1)
        process.start(self)

    def stats(self) -> dict[str, Any]:
        """The ledger at this instant; with an outbox also its file's, as ``outbox``."""
        return self._current().stats()

    def health(self) -> dict[str, Any]:
        """``status``, ``healthy`` or ``degraded``, and the ``reasons``."""
        return self._current().health()

    def flush(self, timeout: float) -> int:
        """Send all that is waiting within ``timeout`` seconds; how many events are left."""
        process = self._current()
        if process.buffer.left() or process.has_places:
            process.start(self)
        return process.flush(timeout)

    def close(self, timeout: float) -> int:
        """Flush, then drop what is left as ``closed`` and take nothing more; how many were dropped."""
        return self._current().close(timeout)

    # --- the fork ---

    def prepare_fork(self) -> None:
        """Before a fork, in the parent: let no thread be within SQLite, nor load modules."""
        self._process.prepare_fork()

    def resume_parent(self) -> None:
        """After a fork, in the parent: go on."""
        self._process.resume_parent()

    def start_child(self) -> None:
        """In a forked child: begin anew, and leave what was inherited alone.

        What it inherited is kept, unused: closing it would end the parent's connections.
        """
        parent = self._process
        # two threads may come at once, and go on with what one of them made
        self._process = parent.successors.setdefault(os.getpid(), ProcessDelivery(self._plan))

    def _current(self) -> ProcessDelivery:
        if self._process.pid != os.getpid():  # not every fork tells Python
            self.start_child()
        return self._process
