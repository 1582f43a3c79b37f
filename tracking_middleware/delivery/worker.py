"""The background thread of a process: takes events from the buffer, encodes them, and sends batches."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..errors import FilterFailedError
from ..events import Recorded
from ..protocol import MAX_EVENT_BYTES, Encoder
from ..settings import Settings
from . import shutdown
from .buffer import Buffer
from .retry import Outcome, Verdict, backoff

logger = logging.getLogger("tracking_middleware.delivery")

_abandoned: list[object] = []
"""What a forked child inherited: closing it would end the parent's connections, so it is kept, unused."""


class Emitter(Protocol):
    """Takes encoded events to where they go; used by one thread."""

    def send(self, payloads: Sequence[bytes], *, is_anonymous: bool) -> Outcome:
        """Deliver a batch; never raises for what the network does."""

    def close(self) -> None:
        """Let go of connections."""


class BackgroundDelivery:
    """Sends what is recorded, from one thread a process, which starts with the first event.

    After a fork the child starts anew: an empty buffer, zero counts, a thread and connections of
    its own.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Callable[[], Emitter],
        failure: Callable[[str], None],
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """``connect`` makes the emitter, on the background thread; ``failure`` counts a bug of ours."""
        self._settings = settings
        self._connect = connect
        self._failure = failure
        self._uniform = uniform
        self._encoder = Encoder(
            app_id=settings.app_id, namespace=settings.namespace, platform=settings.platform
        )
        self._start_process()
        shutdown.drain_at_exit(self, timeout=settings.shutdown_timeout)

    def _start_process(self) -> None:
        settings = self._settings
        self._process = os.getpid()
        self._buffer = Buffer(
            size=settings.buffer_size, on_full=settings.on_full, wake_at=settings.batch_size
        )
        self._pending: dict[bool, deque[bytes]] = {False: deque(), True: deque()}
        """Encoded events, the anonymous ones apart: the two never share a POST."""
        self._thread: threading.Thread | None = None
        self._emitter: Emitter | None = None
        self._flushes = 0  # under way: nobody waits for company
        self._hurries = 0  # so far: each ends the wait for the next try
        self._deadline: float | None = None
        self._last_complaint = 0.0

    def start_child(self) -> None:
        """In a forked child: begin anew, and leave what was inherited alone."""
        _abandoned.append((self._emitter, self._thread, self._buffer))
        self._start_process()

    def record(self, recorded: Recorded) -> None:
        """Take one event: an append. The first one in a process starts the thread."""
        if self._process != os.getpid():
            self.start_child()
        self._buffer.append(recorded)
        if self._thread is None:
            self._start_thread()

    def stats(self) -> dict[str, Any]:
        """The ledger at this instant."""
        if self._process != os.getpid():
            self.start_child()
        return self._buffer.stats()

    def flush(self, timeout: float) -> int:
        """Send all that is waiting within ``timeout`` seconds; how many events are left."""
        if self._process != os.getpid():
            self.start_child()
        buffer = self._buffer
        deadline = time.monotonic() + timeout
        with buffer.changed:
            self._hurries += 1
            self._flushes += 1
            buffer.changed.notify_all()
            while buffer.left() and (rest := deadline - time.monotonic()) > 0 and self._is_running():
                buffer.changed.wait(rest)
            self._flushes -= 1
            return buffer.left()

    def close(self, timeout: float) -> int:
        """Flush, then drop what is left as ``closed`` and take nothing more; how many were dropped."""
        if self._process != os.getpid():
            self.start_child()
        begun = time.monotonic()
        self._deadline = begun + timeout
        if not self._is_running():
            self._run()  # no thread can be started any more at the interpreter's end
        self.flush(self._deadline - time.monotonic())
        left = self._buffer.close()
        if self._thread is not None:
            self._thread.join(max(0.0, self._deadline - time.monotonic()))
        if left:
            logger.warning("tracking: %d events were not delivered within %g s at the end", left, timeout)
        return left

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start_thread(self) -> None:
        with self._buffer.changed:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="tracking_middleware", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending: close() sends what there is
                return
            self._thread = thread
        shutdown.drain_at_process_end()

    # --- from here on: the background thread ---

    def _run(self) -> None:
        while not self._is_over():
            try:
                self._prepare()
                for is_anonymous in self._pending:
                    if batch := self._cut_batch(self._pending[is_anonymous]):
                        self._deliver(batch, is_anonymous=is_anonymous)
            except Exception:  # noqa: BLE001
                # a bug of ours must not end the thread: what it held is counted, the rest goes on
                self._failure("delivery")
                for pending in self._pending.values():
                    pending.clear()
                self._buffer.drop_held("internal")
        if self._emitter is not None:
            self._emitter.close()
            self._emitter = None

    def _is_over(self) -> bool:
        """Whether the end was asked for and is reached."""
        if self._buffer.is_closed:
            return True
        if self._deadline is None:
            return False
        return time.monotonic() >= self._deadline or not self._buffer.left()

    def _prepare(self) -> None:
        """Wait for events, then for company for up to ``linger``; then encode what came."""
        if not any(self._pending.values()):
            self._wait_for_company()
            for recorded in self._buffer.take(self._settings.batch_size):
                self._encode(recorded)

    def _wait_for_company(self) -> None:
        changed = self._buffer.changed
        with changed:
            while not self._buffer.queued() and not self._is_ending():
                changed.wait()
            deadline = time.monotonic() + self._settings.linger
            while (
                self._buffer.queued() < self._settings.batch_size
                and not self._is_hurried()
                and (rest := deadline - time.monotonic()) > 0
            ):
                changed.wait(rest)

    def _is_hurried(self) -> bool:
        return self._flushes > 0 or self._is_ending()

    def _is_ending(self) -> bool:
        return self._deadline is not None or self._buffer.is_closed

    def _encode(self, recorded: Recorded) -> None:
        try:
            event = recorded.to_event()
            if event is None:
                self._buffer.drop("filtered")
                return
            payload = self._encoder.encode(event)
        except FilterFailedError as error:
            logger.warning("tracking: an event was dropped: %s", error)
            self._buffer.drop("filter_failed")
        except Exception:  # noqa: BLE001
            # a bug of ours costs one event, which is counted, not the batch
            self._failure("encoding")
            self._buffer.drop("internal")
        else:
            if len(payload) > MAX_EVENT_BYTES:
                self._buffer.drop("too_large")
            else:
                self._pending[event.is_anonymous].append(payload)

    def _cut_batch(self, pending: deque[bytes]) -> list[bytes]:
        """The next events that share one POST, by count and bytes."""
        batch: list[bytes] = []
        room = self._settings.batch_bytes
        while pending and len(batch) < self._settings.batch_size:
            room -= len(pending[0])
            if batch and room < 0:
                break
            batch.append(pending.popleft())
        return batch

    def _deliver(self, batch: list[bytes], *, is_anonymous: bool) -> None:
        """Send a batch; one whose content is refused is halved until the culprit is alone."""
        parts = [batch]
        while parts and not self._buffer.is_closed:
            part = parts.pop()
            if self._send_until_answered(part, is_anonymous=is_anonymous):
                continue
            if len(part) == 1:
                self._buffer.drop("rejected")
                self._complain("the collector refuses an event of %d bytes: it was dropped", len(part[0]))
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]

    def _send_until_answered(self, part: list[bytes], *, is_anonymous: bool) -> bool:
        """Whether the collector took the events (or the end came); False where it refused their content."""
        attempt = 0
        while not self._buffer.is_closed:
            outcome = self._send(part, is_anonymous=is_anonymous)
            if outcome.verdict is Verdict.DELIVERED:
                return True
            if outcome.verdict is Verdict.CONTENT:
                return False
            self._complain(
                "the collector does not take events (%s): they are kept and tried again", outcome.detail
            )
            wait = backoff(
                outcome, attempt=attempt, max_backoff=self._settings.max_backoff, uniform=self._uniform
            )
            self._wait(wait)
            attempt += 1
        return True

    def _send(self, part: list[bytes], *, is_anonymous: bool) -> Outcome:
        self._buffer.depart(len(part))
        try:
            if self._emitter is None:
                self._emitter = self._connect()
            outcome = self._emitter.send(part, is_anonymous=is_anonymous)
        except Exception as error:  # noqa: BLE001
            # a bug of ours, or a broken installation: the events are kept
            self._failure("sending")
            outcome = Outcome(Verdict.LATER, type(error).__name__)
        if outcome.verdict is Verdict.DELIVERED:
            self._buffer.arrive(len(part))
        else:
            self._buffer.come_back(len(part))
        return outcome

    def _wait(self, seconds: float) -> None:
        """Wait before the next try, unless somebody is in a hurry meanwhile."""
        changed = self._buffer.changed
        with changed:
            hurries, deadline = self._hurries, time.monotonic() + seconds
            while (
                hurries == self._hurries
                and not self._buffer.is_closed
                and (rest := deadline - time.monotonic()) > 0
            ):
                changed.wait(rest)

    def _complain(self, message: str, detail: object) -> None:
        """Log a trouble, at most once a minute."""
        if time.monotonic() - self._last_complaint >= 60 or not self._last_complaint:
            self._last_complaint = time.monotonic()
            logger.warning("tracking: " + message, detail)
