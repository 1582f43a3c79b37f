"""The background delivery of a process: its buffer and outbox, and the two threads that empty them."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ..events import Recorded
from ..protocol import Encoder
from ..settings import Settings
from . import hosting, shutdown
from .buffer import Buffer
from .outbox import OutboxError
from .outbox_guard import OutboxGuard, outbox_of
from .sender import Emitter, Sender
from .stores import Elsewhere, LeasedStore, MemoryStore, Store
from .troubles import Troubles
from .writer import BUFFER_FULL, Writer

logger = logging.getLogger("tracking_middleware.delivery")

_LOOK_EVERY = 0.02


class BackgroundDelivery:
    """Sends what is recorded, from two threads a process, which start with the first event.

    The *writer* encodes events and writes them into the outbox, where there is one; the *sender*
    takes them to the collector, however long that takes. After a fork the child starts anew: an
    empty buffer, zero counts, threads and connections of its own. Raises SettingsError where the
    process can run no threads.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Callable[[], Emitter],
        count: Callable[[str], None],
        failure: Callable[[str], None],
        elsewhere: Callable[[Buffer, Troubles], Elsewhere] | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """``connect`` makes the emitter, on the sender's thread.

        ``elsewhere`` opens, for each process, what the application itself keeps events in.
        ``count`` counts what could not be used by name, ``failure`` a bug of ours.
        """
        hosting.require_threads()
        if settings.outbox is None:
            hosting.warn_of_lost_events()
        self._make: Callable[[], _Process] = partial(
            _Process,
            settings,
            connect=connect,
            count=count,
            failure=failure,
            elsewhere=elsewhere,
            uniform=uniform,
        )
        self._process = self._make()
        shutdown.drain_at_exit(self, timeout=settings.shutdown_timeout)
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
        """Before a fork, in the parent: let no thread be within SQLite."""
        if self._process.outbox is not None:
            self._process.outbox.prepare_fork()

    def resume_parent(self) -> None:
        """After a fork, in the parent: go on."""
        if self._process.outbox is not None:
            self._process.outbox.resume_parent()

    def start_child(self) -> None:
        """In a forked child: begin anew, and leave what was inherited alone.

        What it inherited is kept, unused: closing it would end the parent's connections.
        """
        parent = self._process
        # two threads may come at once, and go on with what one of them made
        self._process = parent.successors.setdefault(os.getpid(), self._make())

    def _current(self) -> _Process:
        if self._process.pid != os.getpid():  # not every fork tells Python
            self.start_child()
        return self._process


class _Process:
    """The delivery of one process, from its first event to its end."""

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Callable[[], Emitter],
        count: Callable[[str], None],
        failure: Callable[[str], None],
        elsewhere: Callable[[Buffer, Troubles], Elsewhere] | None,
        uniform: Callable[[float, float], float],
    ) -> None:
        self.pid = os.getpid()
        self.successors: dict[int, _Process] = {}
        self.is_started = False
        self._flush_ran_out = (0.0, 0.0)
        """When the last flush gave up, and after how many seconds."""
        self.buffer = Buffer(
            size=settings.buffer_size,
            on_full=settings.on_full,
            batch_size=settings.batch_size,
            batch_bytes=settings.batch_bytes,
            linger=settings.linger,
        )
        self._troubles = Troubles()
        self.outbox = outbox_of(settings)
        self._guard: OutboxGuard | None = None
        stores: list[Store] = [MemoryStore(self.buffer)]
        arrived: Callable[[int], None] = _nobody_asks
        if self.outbox is not None:
            self._guard = OutboxGuard(self.outbox, troubles=self._troubles, count=count)
            file = LeasedStore(self._guard, buffer=self.buffer, settings=settings)
            arrived = file.arrived
            stores.append(file)
        self._elsewhere = elsewhere(self.buffer, self._troubles) if elsewhere else None
        stores += self._elsewhere.stores if self._elsewhere else ()
        self._sender = Sender(
            settings=settings,
            buffer=self.buffer,
            stores=stores,
            connect=connect,
            troubles=self._troubles,
            failure=failure,
            uniform=uniform,
        )
        self._writer = Writer(
            buffer=self.buffer,
            encoder=Encoder(app_id=settings.app_id, namespace=settings.namespace, platform=settings.platform),
            outbox=self._guard,
            troubles=self._troubles,
            arrived=arrived,
            failure=failure,
            watch=self._sender.watch,
        )
        self._threads: list[threading.Thread] = []
        self._threads_left = 2

    def start(self, delivery: BackgroundDelivery) -> None:
        """Start the threads, once; they keep ``delivery`` alive, so that it is drained at the end."""
        if hosting.is_before_fork():
            self._write_before_fork()
            return
        with self.buffer.changed:
            if self.is_started:
                return
            runs = {"sender": self._sender.run, "writer": self._writer.run}
            try:
                for name in list(runs)[len(self._threads) :]:  # one may run, where the system had no other
                    thread = threading.Thread(
                        target=self._run,
                        args=(runs[name], delivery),
                        name=f"tracking_middleware {name}",
                        daemon=True,
                    )
                    thread.start()
                    self._threads.append(thread)
            except RuntimeError:  # none to be had, or the interpreter is ending: close() sends what there is
                return
            self.is_started = True
        shutdown.drain_at_process_end()

    def _write_before_fork(self) -> None:
        """In uWSGI's master, which never sends: the outbox takes its events; without one they are lost."""
        self._writer.write()
        self._let_go()
        if self.buffer.left():
            lost = self.buffer.close()
            logger.warning(
                "tracking: %d events of uWSGI's master are lost: record none before it forks, or set outbox",
                lost,
            )

    def _run(self, run: Callable[[], None], _delivery: BackgroundDelivery) -> None:
        """A thread; the last of them lets go of the file, however long after ``close`` that is."""
        run()
        with self.buffer.changed:
            self._threads_left -= 1
        if not self._threads_left:
            self._let_go()

    def _let_go(self) -> None:
        if self.outbox is not None:
            self.outbox.close()

    @property
    def has_places(self) -> bool:
        """Whether events may wait that no process has in memory."""
        return self.outbox is not None or self._elsewhere is not None

    def has_left_over(self) -> bool:
        """Whether the outbox has events already, or they are where that cannot be asked here."""
        if self._elsewhere is not None:
            return True
        if self.outbox is None or not self.outbox.path.exists():
            return False
        try:
            has_left_over = self.outbox.has_until(2**62)
        except OutboxError:  # the writer will tell
            return False
        if not has_left_over:
            self._let_go()  # nobody will use it before the first event
        return has_left_over

    def expect(self, events: int) -> None:
        """There are so many more where the application keeps events; it is looked for them there."""
        for store in self._elsewhere.stores if self._elsewhere else ():
            store.arrived(events)

    def stats(self) -> dict[str, Any]:
        stats = self.buffer.stats()
        if self._guard is not None and (ledger := self._guard.ledger()):
            stats["outbox"] = ledger.as_dict()
        if self.buffer.is_closed:
            self._let_go()
        return stats

    def health(self) -> dict[str, Any]:
        reasons = self._troubles.present()
        if self.buffer.is_full():
            reasons.append(BUFFER_FULL)
        return {"status": "degraded" if reasons else "healthy", "reasons": reasons}

    def flush(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        self._sender.hurry()
        self._writer.hurry()
        self._wait(lambda: not self.buffer.left(), until=deadline)
        if self._guard is not None:
            self._wait(self._guard.is_emptied(), until=deadline)
        self.expect(0)
        self._wait(self._is_drained_elsewhere, until=deadline)
        self._sender.calm()
        ledger = self._guard.ledger() if self._guard else None
        in_file = ledger.pending + ledger.leased if ledger else 0
        if self.buffer.left():
            self._flush_ran_out = (time.monotonic(), timeout)
        return self.buffer.left() + in_file + (self._elsewhere.left() if self._elsewhere else 0)

    def close(self, timeout: float) -> int:
        if self.buffer.is_closed:
            return 0
        deadline = time.monotonic() + self._patience_left(timeout)
        self.expect(0)
        self._sender.end(at=deadline)
        self._writer.hurry()
        if not self.is_started and self.buffer.left():
            self._writer.write()  # no thread can be started any more at the interpreter's end
            if not self._threads:
                self._sender.run()
        if self._threads:
            self._wait(lambda: self._sender.is_over, until=deadline)
        left = self.buffer.close()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not self._threads:
            self._let_go()
        if left:
            logger.warning("tracking: %d events were not delivered within %g s at the end", left, timeout)
        return left

    def _patience_left(self, timeout: float) -> float:
        """The end is one: an ASGI server's shutdown flushes, and is followed by the end of the process."""
        when, seconds = self._flush_ran_out
        return max(0.0, timeout - seconds) if time.monotonic() - when < 1 else timeout

    def _is_drained_elsewhere(self) -> bool:
        return self._elsewhere is None or all(store.is_drained for store in self._elsewhere.stores)

    def _wait(self, condition: Callable[[], bool], *, until: float) -> None:
        """Until the condition holds; other processes, which notify nobody, may be the ones to bring it."""
        while not condition() and (rest := until - time.monotonic()) > 0 and self._is_running():
            # the condition may look into the file, which nobody who records has to wait for
            with self.buffer.changed:
                self.buffer.changed.wait(min(rest, _LOOK_EVERY))

    def _is_running(self) -> bool:
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)


def _nobody_asks(_events: int) -> None:
    """Without an outbox there is no file for events to arrive in."""
