"""The sender: the thread that takes batches to the collector, and tells its failures apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ..settings.settings import Settings
from .conditions.fork_lock import ForkLock
from .conditions.troubles import Troubles
from .lending import Store
from .memory.batch import Batch
from .memory.buffer import Buffer
from .retry import Outcome, Verdict, backoff

_LOADING = 5.0
"""Seconds for which a fork waits for a connection that is being made, at the most."""


class Emitter(Protocol):
    """Takes encoded events to where they go; used by one thread."""

    def send(self, payloads: Sequence[bytes], *, is_anonymous: bool) -> Outcome:
        """Deliver a batch; never raises for what the network does."""

    def abort(self) -> None:
        """End the sending under way, from another thread."""

    def close(self) -> None:
        """Let go of connections."""


class Sender:
    """Sends what its stores have, one POST at a time, until it is told to end.

    After a failure it waits, and the batch that failed waits for itself, so that it does not block
    newer ones for good. ``failure`` counts a bug of ours.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        buffer: Buffer,
        stores: Sequence[Store],
        connect: Callable[[], Emitter],
        troubles: Troubles,
        failure: Callable[[str], None],
        uniform: Callable[[float, float], float],
    ) -> None:
        self.is_over = False
        self._settings = settings
        self._buffer = buffer
        self._stores = stores
        self._connect = connect
        self._troubles = troubles
        self._failure = failure
        self._uniform = uniform
        self._emitter: Emitter | None = None
        self._failures = 0  # in a row
        self._resume_at = 0.0
        self._hurries = 0  # so far: each is worth one try before the time has come
        self._hurries_spent = 0
        self._flushes = 0  # under way: nothing waits for company
        self._ends_at: float | None = None
        self._has_failed_at_end = False
        self._connecting = ForkLock(patience=_LOADING)
        self._post_lock = threading.RLock()
        self._post_ends_at: float | None = None

    # --- from other threads ---

    def hurry(self) -> None:
        """Somebody waits for everything to be sent, until ``calm``."""
        with self._buffer.changed:
            self._hurries += 1
            self._flushes += 1
            self._buffer.changed.notify_all()

    def calm(self) -> None:
        """Somebody waits no more."""
        with self._buffer.changed:
            self._flushes -= 1

    def end(self, *, at: float) -> None:
        """Send what there is, and be over by ``at``, in monotonic seconds."""
        with self._buffer.changed:
            self._ends_at = at
            self._hurries += 1
            self._buffer.changed.notify_all()

    def watch(self) -> float | None:
        """End a POST that takes too long; seconds until the one under way would, or None."""
        with self._post_lock:  # or it might be the next one that is ended
            if self._post_ends_at is None:
                return None
            rest = self._post_ends_at - time.monotonic()
            if rest > 0:
                return rest
            self.abort()
            return 0.1

    def abort(self) -> None:
        """End the POST under way, if there is one: its events are given back."""
        with self._post_lock:
            if self._post_ends_at is not None and self._emitter is not None:
                self._emitter.abort()

    def prepare_fork(self) -> None:
        """Let no connection be half made in a child.

        The first one loads modules. What another thread is loading at a fork is never finished in the
        child, whose own thread then waits for it for good, or finds half of a module.
        """
        self._connecting.hold_for_fork()

    def resume_parent(self) -> None:
        """After the fork, in the parent: go on."""
        self._connecting.resume_parent()

    # --- the thread ---

    def run(self) -> None:
        """Send until the end was asked for and is reached."""
        while not self._is_at_end():
            try:
                if not self._send_next():
                    self._wait()
            except Exception:  # noqa: BLE001
                # a bug of ours must not end the thread: what was in flight is counted, the rest goes on
                self._buffer.drop_in_flight("internal")
                self._failure("delivery")
                self._pause(1.0)
            except BaseException:
                self._buffer.drop_in_flight("internal")
                raise  # whoever runs this tells it
        for store in self._stores:
            store.close()
        if self._emitter is not None:
            self._emitter.close()
        with self._buffer.changed:
            self.is_over = True
            self._buffer.changed.notify_all()

    def _is_at_end(self) -> bool:
        if self._buffer.is_closed or self._ends_at is None:
            return self._buffer.is_closed
        if time.monotonic() >= self._ends_at:
            return True
        # what is in the outbox is safe: it is sent now if that is possible, else by the next process
        return not self._buffer.left() and (
            self._has_failed_at_end or all(store.is_drained for store in self._stores)
        )

    def _send_next(self) -> bool:
        """Whether there was a batch that might be sent now."""
        if self._seconds_paused() > 0:
            return False
        is_hurried = self._is_hurried()
        self._hurries_spent, spent = self._hurries, self._hurries_spent
        for store in self._stores:
            batch = store.claim(is_hurried=is_hurried)
            if batch is not None:
                self._deliver(store, batch)
                return True
        self._hurries_spent = spent
        return False

    def _is_hurried(self) -> bool:
        return self._flushes > 0 or self._ends_at is not None

    def _seconds_paused(self) -> float:
        return 0.0 if self._hurries > self._hurries_spent else self._resume_at - time.monotonic()

    def _pause(self, seconds: float) -> None:
        self._resume_at = time.monotonic() + seconds

    def _wait(self) -> None:
        """Until a batch is due, something is notified, or the end has come."""
        with self._buffer.changed:
            if self._is_at_end():
                return
            moments = [self._ends_at]
            if self._seconds_paused() > 0:
                moments.append(self._resume_at)
            else:
                is_hurried = self._is_hurried()
                moments += [store.next_due(is_hurried=is_hurried) for store in self._stores]
            soonest = min((moment for moment in moments if moment is not None), default=None)
            rest = None if soonest is None else soonest - time.monotonic()
            if rest is None or rest > 0:
                self._buffer.changed.wait(rest)

    def _deliver(self, store: Store, batch: Batch) -> None:
        """Send a batch; one whose content is refused is halved until the culprit is alone."""
        parts = [batch]
        while parts and not self._buffer.is_closed:
            part = parts.pop()
            if not store.hold(part):
                continue
            outcome = self._post(part)
            if outcome.verdict is Verdict.DELIVERED:
                store.deliver(part)
                self._succeed()
            elif outcome.verdict is not Verdict.CONTENT:
                self._put_off(store, [part, *reversed(parts)], outcome)
                return
            elif len(part) > 1:
                parts += reversed(list(part.halves()))
            else:
                store.refuse(part, outcome.detail)
                self._succeed()
                self._troubles.note(
                    "rejected",
                    f"the collector refuses an event of {len(part.payloads[0])} bytes ({outcome.detail}): "
                    "it is not sent again",
                )

    def _post(self, part: Batch) -> Outcome:
        self._post_ends_at = time.monotonic() + self._settings.timeout
        with self._buffer.queued:
            if self._buffer.is_writer_idle and not self._buffer.is_writer_watching:  # it watches the time
                self._buffer.queued.notify_all()
        try:
            if self._emitter is None:
                with self._connecting:
                    self._emitter = self._connect()
            return self._emitter.send(part.payloads, is_anonymous=part.is_anonymous)
        except Exception as error:  # noqa: BLE001
            # a bug of ours, or a broken installation: the events are kept
            self._failure("sending")
            return Outcome(Verdict.LATER, type(error).__name__)
        finally:
            with self._post_lock:
                self._post_ends_at = None

    def _succeed(self) -> None:
        self._failures = 0
        self._resume_at = 0.0
        self._troubles.end("collector")

    def _put_off(self, store: Store, parts: Sequence[Batch], outcome: Outcome) -> None:
        """Nothing was taken: everything is kept, and the next try is put off."""
        longest = self._settings.max_backoff
        for part in parts:
            wait = 0.0
            if outcome.verdict is Verdict.LATER:
                wait = backoff(outcome, attempt=part.attempt, max_backoff=longest, uniform=self._uniform)
            store.give_back(part, wait=wait)
        self._pause(backoff(outcome, attempt=self._failures, max_backoff=longest, uniform=self._uniform))
        self._failures += 1
        self._has_failed_at_end = self._ends_at is not None
        remedy = "they are kept and tried again"
        if outcome.verdict is Verdict.ADDRESS:
            remedy += f" every {longest:g} s; check collector_url, collector_headers and ca_bundle"
        self._troubles.report("collector", f"the collector does not take events ({outcome.detail}): {remedy}")
