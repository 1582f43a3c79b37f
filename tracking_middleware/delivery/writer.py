"""The writer: the thread that encodes what was recorded, and puts it into the outbox or back in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from ..errors import FilterFailedError
from ..events.events import Event, Recorded, event_name
from ..ids import NewId, uuids_for
from ..log_text import one_line
from ..protocol import MAX_EVENT_BYTES, Encoder
from .conditions.troubles import Troubles
from .memory.buffer import Buffer
from .outbox.file import OutboxError, OutboxFullError
from .outbox.troubled_outbox import OutboxGuard

GATHER = 0.05
"""Seconds from one stride to the next on a busy site."""
AT_FIRST = 0.02
"""Seconds for which the first event on an idle site waits: its request goes on, and may track others."""
AT_ONCE = 64
"""Events after which the thread lets others run: encoding them takes less than a millisecond."""

_PUT_AT_ONCE = 1000
"""Events that share a transaction of the outbox at the most."""
_LONG_QUEUE = 1000
"""So many events take more memory before they are encoded than anybody gains by the politeness."""

HANGS_AFTER = 10.0
"""Seconds for one event that are too many."""

BUFFER_FULL = "events are dropped, the buffer is full: the collector takes less than comes"

Encoded = tuple[bytes, bool]
"""A payload, and whether it is anonymous."""


class Writer:
    """Empties the queue of a buffer, from one thread.

    ``arrived`` is told how many events came into the outbox, ``failure`` counts a bug of ours, and
    ``watch`` is called whenever the thread comes by; it gives the seconds after which it wants to be
    called again, or None.
    """

    def __init__(
        self,
        *,
        buffer: Buffer,
        encoder: Encoder,
        outbox: OutboxGuard | None,
        troubles: Troubles,
        arrived: Callable[[int], None],
        failure: Callable[[str], None],
        watch: Callable[[], float | None],
    ) -> None:
        self._buffer = buffer
        self._encoder = encoder
        self._outbox = outbox
        self._troubles = troubles
        self._arrived = arrived
        self._failure = failure
        self._watch = watch
        self._is_hurried = False
        self._busy_since: float | None = None
        """When the event that is being encoded was taken up, in monotonic seconds."""
        self._next_stride = 0.0
        """Not before, in monotonic seconds, unless there are many events or somebody is in a hurry."""

    def hurry(self) -> None:
        """Write what there is without gathering more; from any thread."""
        with self._buffer.queued:
            self._is_hurried = True
            self._buffer.queued.notify_all()

    def run(self) -> None:
        """Write until the buffer is closed."""
        self._next_stride = time.monotonic() + AT_FIRST  # it is started by the first event
        while not self._buffer.is_closed:
            self._wait()
            self.write()

    def write(self) -> None:
        """Write all that is queued now; what comes meanwhile is gathered for the next stride."""
        self._is_hurried = False
        if self._buffer.is_full_untold:
            self._buffer.is_full_untold = False
            self._troubles.note("buffer_full", f"{BUFFER_FULL}; see stats() for how many")
        encoded: list[Encoded] = []
        queued = self._buffer.queued_events()
        while not self._buffer.is_closed and (taken := self._buffer.take(min(AT_ONCE, queued))):
            self._encode_all(deque(taken), encoded)
            queued -= len(taken)
            if not queued or len(encoded) >= _PUT_AT_ONCE:
                self._put(encoded)
                encoded = []
            if self._buffer.queued_events() < _LONG_QUEUE:
                time.sleep(0)
        self._put(encoded)
        self._next_stride = time.monotonic() + GATHER

    def _encode_all(self, taken: deque[Recorded], encoded: list[Encoded]) -> None:
        """Encode one event after the other; where even telling of a failure fails, the others are counted."""
        new_id = uuids_for(2 * len(taken))
        clock, encode = time.monotonic, self._encode
        try:
            while taken:
                self._busy_since = clock()
                if each := encode(taken.popleft(), new_id):
                    encoded.append(each)
        except BaseException:
            self._buffer.drop("internal", len(taken))
            self._buffer.keep(encoded)
            raise
        finally:
            self._busy_since = None

    def reasons(self) -> list[str]:
        """A sentence where an event takes so long that only a callable of the application's can be it."""
        since = self._busy_since
        waited = 0.0 if since is None else time.monotonic() - since
        if waited < HANGS_AFTER:
            return []
        reason = (
            f"before_send or rewrite_url has not answered for {waited:.0f} s, and nothing else is sent "
            "until it does: let it neither wait nor ask others"
        )
        return [reason]

    def _put(self, encoded: Sequence[Encoded]) -> None:
        """Put encoded events where the sender finds them."""
        is_stored = not encoded
        try:
            is_stored = is_stored or self._store(encoded)
        except Exception:  # noqa: BLE001
            # a bug of ours must not cost the events, nor end the thread
            self._failure("writing")
        finally:
            if not is_stored:
                self._buffer.keep(encoded)

    def _wait(self) -> None:
        """Until there are events, and where the last ones were written just now for more to come together."""
        queued, buffer = self._buffer.queued, self._buffer
        self._watch()
        with queued:
            self._rest(self._next_stride)
            if not buffer.queued_events():
                while not (buffer.queued_events() or self._is_called()):
                    seconds = self._watch()
                    buffer.is_writer_idle, buffer.is_writer_watching = True, seconds is not None
                    queued.wait(seconds)
                buffer.is_writer_idle = False
                self._rest(time.monotonic() + AT_FIRST)

    def _rest(self, until: float) -> None:
        """Let events come together, until a moment in monotonic seconds or until somebody calls."""
        while not self._is_called() and (rest := until - time.monotonic()) > 0:
            self._buffer.queued.wait(rest)

    def _is_called(self) -> bool:
        """Whether there is something to be done now."""
        buffer = self._buffer
        return self._is_hurried or buffer.is_closed or buffer.is_full_untold or buffer.has_many_queued()

    def _encode(self, recorded: Recorded, new_id: NewId) -> Encoded | None:
        """The payload of an event; where there is none it is counted why."""
        try:
            event = recorded.to_event(new_id)
            if event is None:
                self._buffer.drop("filtered")
                return None
            payload = self._encoder.encode(event)
        except FilterFailedError as error:
            self._drop_failed(str(error))
        except Exception:  # noqa: BLE001
            # a bug of ours costs one event, which is counted, not the others
            self._buffer.drop("internal")
            self._failure("encoding")
        except BaseException as error:
            # sys.exit() in a callable of the application's is no reason for this thread to end
            if _is_for_process(error):
                self._buffer.drop("internal")
                raise
            self._drop_failed(f"before_send or rewrite_url raised {type(error).__name__}")
        else:
            if len(payload) <= MAX_EVENT_BYTES:
                return payload, event.is_anonymous
            self._bury(event, payload)
        return None

    def _drop_failed(self, cause: str) -> None:
        self._buffer.drop("filter_failed")
        self._troubles.note("filter_failed", f"an event was dropped: {cause}")

    def _bury(self, event: Event, payload: bytes) -> None:
        """An event that no collector takes never leaves; where there is an outbox it can be looked at."""
        reason = f"too large: {len(payload)} bytes, a collector takes {MAX_EVENT_BYTES}"
        self._troubles.note("too_large", f"{one_line(event_name(event))} is not sent, it is {reason}")
        if self._outbox is None:
            self._buffer.drop("too_large")
            return
        try:
            self._outbox.use(
                lambda outbox: outbox.bury(payload, is_anonymous=event.is_anonymous, reason=reason)
            )
        except OutboxError:  # told by the guard
            self._buffer.drop("too_large")
        else:
            self._buffer.bury()

    def _store(self, encoded: Sequence[Encoded]) -> bool:
        """Whether the events are in the outbox, or counted as too many for it."""
        if self._outbox is None:
            return False
        try:
            self._outbox.use(lambda outbox: outbox.store(encoded))
        except OutboxFullError as error:
            self._troubles.report("outbox_full", f"new events are dropped: {error}")
            self._buffer.drop("outbox_full", len(encoded))
        except OutboxError:  # told by the guard
            return False
        else:
            self._troubles.end("outbox_full")
            self._arrived(len(encoded))
            self._buffer.store(len(encoded))
        return True


def _is_for_process(error: BaseException) -> bool:
    """Whether somebody wants the process to end: signals come to its main thread alone."""
    return isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
