"""The delivery of one process: its buffer and outbox, and the two threads that empty them."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..protocol import Encoder
from ..settings.settings import Settings
from .conditions import hosting, shutdown
from .conditions.troubles import Troubles
from .lending import Elsewhere, LeasedStore, MemoryStore, Store
from .memory.buffer import Buffer
from .outbox import neighbours
from .outbox.file import Outbox, OutboxError
from .outbox.troubled_outbox import OutboxGuard, outbox_of
from .sender import Emitter, Sender
from .threads import Threads
from .writer import BUFFER_FULL, Writer

logger = logging.getLogger("tracking_middleware.delivery")

_LOOK_EVERY = 0.02
_BATCHES, _SMALL_BATCH, _FEWEST = 20, 100, 3
"""Batches that a buffer has room for, unless they are small, and then."""
_GRACE = 0.25
"""Seconds beyond its time that an end takes to let go of what is leased, where the sender cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a delivery is made from, in each process anew.

    ``connect`` makes the emitter, on the sender's thread. ``elsewhere`` opens what the application
    itself keeps events in. ``count`` counts what could not be used by name, ``failure`` a bug of ours.
    """

    settings: Settings
    connect: Callable[[], Emitter]
    count: Callable[[str], None]
    failure: Callable[[str], None]
    elsewhere: Callable[[Buffer, Troubles], Elsewhere] | None = None
    # not the module's own: its state is the application's, which may have seeded it, as tests do
    uniform: Callable[[float, float], float] = random.SystemRandom().uniform


class ProcessDelivery:
    """The delivery of one process, from its first event to its end."""

    def __init__(self, plan: Plan) -> None:
        settings = plan.settings
        self.pid = os.getpid()
        self.successors: dict[int, ProcessDelivery] = {}
        """What threads of a forked child made in its place, by process."""
        self.is_started = False
        self._flush_ran_out = (0.0, 0.0)
        """When the last flush gave up, and after how many seconds."""
        self._troubles = Troubles()
        self.buffer = _buffer_of(settings)
        self._file: LeasedStore | None = None
        self.outbox = outbox_of(settings)
        self._guard = self._guard_of(plan)
        self._elsewhere = plan.elsewhere(self.buffer, self._troubles) if plan.elsewhere else None
        self._sender = Sender(
            settings=settings,
            buffer=self.buffer,
            stores=self._stores(settings),
            connect=plan.connect,
            troubles=self._troubles,
            failure=plan.failure,
            uniform=plan.uniform,
        )
        self._writer = Writer(
            buffer=self.buffer,
            encoder=_encoder_of(settings, plan.count),
            outbox=self._guard,
            troubles=self._troubles,
            arrived=self._file.arrived if self._file else _nobody_asks,
            failure=plan.failure,
            watch=self._sender.watch,
        )
        self._threads = Threads(
            {"sender": self._sender.run, "writer": self._writer.run},
            failure=plan.failure,
            is_over=lambda: self.buffer.is_closed,
            at_end=self._let_go,  # however long after ``close`` that is
        )

    def _guard_of(self, plan: Plan) -> OutboxGuard | None:
        if self.outbox is None:
            return None
        url = plan.settings.collector_url
        if trouble := neighbours.enter(self, path=self.outbox.path, collector_url=url):
            self._troubles.report("outbox_shared", trouble)
        return OutboxGuard(self.outbox, troubles=self._troubles, count=plan.count)

    def _stores(self, settings: Settings) -> list[Store]:
        """Where the sender finds batches: memory, the outbox, and where the application keeps events."""
        bury = self._guard.bury if self._guard else None
        stores: list[Store] = [MemoryStore(self.buffer, bury=bury)]
        if self._guard is not None:
            self._file = LeasedStore(self._guard, buffer=self.buffer, settings=settings)
            stores.append(self._file)
        return [*stores, *(self._elsewhere.stores if self._elsewhere else ())]

    def start(self, delivery: object) -> None:
        """Start the threads, once; they keep ``delivery`` alive, so that it is drained at the end."""
        if hosting.is_before_fork():
            self._write_before_fork()
            return
        with self.buffer.changed:
            if self.is_started:
                return
            if not self._threads.start(delivery):  # close() sends what there is
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
        if self.outbox is None or not os.path.exists(self.outbox.path):
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
        reasons += [*self._threads.reasons(), *self._writer.reasons()]
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
        in_memory = self.buffer.left()  # first, or what goes to the file meanwhile were nowhere
        if in_memory:
            self._flush_ran_out = (time.monotonic(), timeout)
        return in_memory + self._left_in_file() + (self._elsewhere.left() if self._elsewhere else 0)

    def _left_in_file(self) -> int:
        """How many events wait in the outbox; where it cannot say, those that this process put there."""
        if self._guard is None or self._file is None:
            return 0
        ledger = self._guard.ledger()
        return self._file.left if ledger is None else ledger.pending + ledger.leased

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
            if self.has_places and not self._sender.is_over:
                self._release()
        left = self.buffer.close()
        neighbours.leave(self)
        self._threads.join(until=deadline)
        if not self._threads:
            self._let_go()
        if left:
            logger.warning("tracking: %d events were not delivered within %.3g s at the end", left, timeout)
        return left

    def _release(self) -> None:
        """The time is up while the sender is at a batch: others are to send it now, not when its lease ends.

        A POST that waits for an answer is ended, and the sender gives the batch back; one that has not
        begun, since a name is looked up or certificates are read, cannot be ended.
        """
        self._sender.abort()
        self._wait(lambda: self._sender.is_over, until=time.monotonic() + _GRACE)
        if self._guard is not None and self._file is not None and not self._sender.is_over:
            self._guard.forgive()
            release = partial(Outbox.release, leases=self._file.leases(), patience=_GRACE)
            with contextlib.suppress(OutboxError):  # told by the guard; at worst the leases run out
                self._guard.use(release)

    def prepare_fork(self) -> None:
        """Before a fork, in the parent: let a child inherit nothing that is half done."""
        self._sender.prepare_fork()
        if self.outbox is not None:
            self.outbox.prepare_fork()

    def resume_parent(self) -> None:
        """After the fork, in the parent: go on."""
        if self.outbox is not None:
            self.outbox.resume_parent()
        self._sender.resume_parent()

    def _patience_left(self, timeout: float) -> float:
        """The end is one: an ASGI server's shutdown flushes, and is followed by the end of the process."""
        when, seconds = self._flush_ran_out
        return max(0.0, timeout - seconds) if time.monotonic() - when < 1 else timeout

    def _is_drained_elsewhere(self) -> bool:
        return self._elsewhere is None or all(store.is_drained for store in self._elsewhere.stores)

    def _wait(self, condition: Callable[[], bool], *, until: float) -> None:
        """Until the condition holds; other processes, which notify nobody, may be the ones to bring it."""
        while not condition() and (rest := until - time.monotonic()) > 0 and self._threads.are_alive():
            # the condition may look into the file, which nobody who records has to wait for
            with self.buffer.changed:
                self.buffer.changed.wait(min(rest, _LOOK_EVERY))


def _nobody_asks(_events: int) -> None:
    """Without an outbox there is no file for events to arrive in."""


def _buffer_of(settings: Settings) -> Buffer:
    small = max(1, min(_SMALL_BATCH, settings.buffer_size // _FEWEST))
    return Buffer(
        size=settings.buffer_size,
        on_full=settings.on_full,
        # what waits to fill a batch leaves most of the room to what comes meanwhile
        batch_size=min(settings.batch_size, max(small, settings.buffer_size // _BATCHES)),
        batch_bytes=settings.batch_bytes,
        linger=settings.linger,
    )


def _encoder_of(settings: Settings, count: Callable[[str], None]) -> Encoder:
    return Encoder(
        app_id=settings.app_id, namespace=settings.namespace, platform=settings.platform, count=count
    )
