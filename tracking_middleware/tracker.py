"""Tracker: from requests to recorded page views. It never raises into the host and never waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, ClassVar, Protocol, Self, TypeVar

from .errors import SettingsError
from .events import Recorded
from .exchange import NO_EXCHANGE, Exchange, RequestView
from .issuer import Issuer
from .open_exchange import OpenExchange
from .page import Page, enter_exchange, writes_outside_requests
from .privacy import signals_of
from .raw_request import RawRequest, ViewedRequest
from .rules import PathRules, request_reason
from .settings import Settings
from .skipped_exchange import Shared, SkippedExchange
from .tally import Tally
from .transactions import Deferred, Gate, leave_at_commit

logger = logging.getLogger(__name__)

S = TypeVar("S")

_MARK = "tracking_middleware.exchange"

_NOTHING: dict[str, Any] = dict.fromkeys(
    ("recorded", "buffered", "in_flight", "stored", "delivered", "dead"), 0
)


class Delivery(Protocol):
    """What takes recorded events away; everything behind it is on a background thread."""

    def record(self, recorded: Recorded) -> None:
        """Take one event: a single append, which never raises and never waits."""

    def drop(self, reason: str) -> None:
        """Count an event that was never recorded and will never be delivered."""

    def flush(self, timeout: float) -> int:
        """Try to send everything within ``timeout`` seconds; how many events are left."""

    def close(self, timeout: float) -> int:
        """Flush, then drop what is left and take nothing more; how many were dropped. Idempotent."""

    def stats(self) -> dict[str, Any]:
        """The ledger: recorded = buffered + in_flight + stored + delivered + dead + dropped."""

    def health(self) -> dict[str, Any]:
        """``status``, ``healthy`` or ``degraded``, and the ``reasons``."""


class Tracker:
    """Turns requests into page views and hands them to a delivery.

    ``Tracker(collector_url=…, app_id=…)`` takes every setting as a keyword, or one ``Settings``.
    An adapter makes three calls, none of which raises: ``begin``, and on the exchange that gives
    ``start`` and ``finish``.
    """

    gate: Gate | None = None
    """Keeps events that are tracked in a transaction until it commits, where the framework has any."""
    connect: ClassVar[Callable[[Settings, Tally], Delivery]]
    """How a tracker gets its delivery; the wiring sets it, so that the core imports none."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        delivery: Delivery | None = None,
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        """Raises SettingsError. ``clock`` gives seconds since the epoch."""
        if settings is not None and options:
            raise SettingsError(["give Settings or single settings, not both"])
        self.settings = settings if settings is not None else Settings.from_mapping(options)
        self.enabled = self.settings.enabled
        """Whether anything is tracked at all (the setting)."""
        self.tally = Tally()
        self._clock = clock
        self._paths = PathRules(exclude=self.settings.exclude, include=self.settings.include)
        self._delivery = delivery
        if delivery is None and self.settings.enabled:
            self._delivery = type(self).connect(self.settings, self.tally)
        self._shared = Shared(
            settings=self.settings,
            tally=self.tally,
            issuer=Issuer(self.settings, tally=self.tally) if self.settings.identity == "issue" else None,
            record=self._record,
            signals=signals_of(gpc=self.settings.gpc, dnt=self.settings.dnt),
        )

    @classmethod
    def from_env(cls) -> Self:
        """A tracker with settings from the environment, ``TRACKING_<NAME>``; raises SettingsError."""
        return cls(Settings.from_environ())

    def begin(self, request: RequestView, carrier: MutableMapping[str, Any] | None = None) -> Exchange:
        """Begin an exchange: from here on ``current_page()`` is its page. Never raises.

        ``carrier`` is what the request travels in through the stack, the environ or the scope: it
        takes a mark, by which an inner adapter knows that the request is tracked already.
        """
        return self.begin_from(ViewedRequest, request, {} if carrier is None else carrier)

    def begin_from(
        self,
        capture: Callable[[S, dict[str, Any]], RawRequest],
        source: S,
        carrier: MutableMapping[str, Any],
    ) -> Exchange:
        """``begin`` with what ``capture`` makes of ``source``, the adapter's own request. Never raises.

        ``capture`` is given a copy of the carrier as well.
        """
        try:
            request = capture(source, dict(carrier))
            outer = carrier.get(_MARK)
            if outer is not None and outer.is_open:
                self._shared.explain(request, "nested")
                return NO_EXCHANGE  # the outer adapter owns the event
            reason = request_reason(request, self._paths)
            exchange: SkippedExchange | OpenExchange
            if reason is None:
                page = Page(request, self.settings.max_entities, self.tally.error)
                begun = int(self._clock() * 1000)
                exchange = OpenExchange(True, self._shared, request, page, begun)  # noqa: FBT003
            else:
                exchange = SkippedExchange(False, self._shared, request, reason)  # noqa: FBT003
            carrier[_MARK] = exchange
            enter_exchange(exchange)
            return exchange
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self.tally.failure("begin")
            return NO_EXCHANGE

    def flush(self, timeout: float | None = None) -> int:
        """Send what is waiting, within ``timeout`` seconds; how many events are left."""
        return self._delivery.flush(self._patience(timeout)) if self._delivery else 0

    def close(self, timeout: float | None = None) -> int:
        """Flush, then stop: events recorded later are dropped as ``closed``. How many were dropped."""
        return self._delivery.close(self._patience(timeout)) if self._delivery else 0

    def stats(self) -> dict[str, Any]:
        """What happened so far in this process.

        ``recorded = buffered + in_flight + stored + delivered + dead + dropped`` holds at every
        instant; ``skipped`` counts requests that are no page views, by reason; ``errors`` what
        could not be used.
        """
        stats = self._delivery.stats() if self._delivery else {**_NOTHING, "dropped": {}}
        stats.update(self.tally.snapshot())
        if writes := writes_outside_requests():
            stats["errors"]["outside_request"] = writes
        return stats

    def health(self) -> dict[str, Any]:
        """Whether events reach the collector: ``status``, ``healthy`` or ``degraded``, and ``reasons``.

        ``reasons`` has a sentence for each trouble there is now, with what to check.
        """
        return self._delivery.health() if self._delivery else {"status": "healthy", "reasons": []}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _patience(self, timeout: float | None) -> float:
        return self.settings.shutdown_timeout if timeout is None else timeout

    def _record_at_commit(self, recorded: Recorded) -> None:
        """Record an event when the transaction commits in which it is tracked; where there is none, now."""
        if self._delivery:
            deferred = Deferred(
                leave=partial(self._record, recorded),
                drop=partial(self._delivery.drop, "rolled_back"),
                complete=lambda: recorded,
            )
            leave_at_commit(deferred, gate=self.gate, failure=self.tally.failure)

    def _record(self, recorded: Recorded) -> None:
        if self._delivery:
            self._delivery.record(recorded)
