"""Tracker: from requests to recorded page views. It never raises into the host and never waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from msgspec.structs import replace

from .errors import SettingsError, TokenError, TrackingError
from .events.events import Recorded
from .exchange.agents.choosing import other_begin
from .exchange.doubts import Doubts
from .exchange.exchange import NO_EXCHANGE, Exchange
from .exchange.shared import Shared
from .identity.sealing import Sealer
from .identity.subject import Subject
from .log_text import show
from .request.marks import MARK, has_open_mark, put_mark
from .request.page import enter_exchange
from .request.raw_request import RawRequest, ViewedRequest
from .request.rules import Open, Opened, PathRules, Reason, request_reason
from .request.view import RequestView
from .settings.settings import Settings
from .tally import Tally
from .tracking import living_trackers as living
from .tracking.audience import audience_limited
from .tracking.blocks import current_subject, enter_block, is_within, leave_block, tracking_block
from .tracking.departure import depart_at_commit, depart_now
from .tracking.destination import NOTHING, Delivery, Lifetime
from .tracking.preparation import Moment, Tracked, encode_entities, prepare, sound_subject
from .tracking.tokens import seal_here
from .tracking.transactions import Gate
from .tracking.unfinished import Unfinished

logger = logging.getLogger(__name__)

S = TypeVar("S")


class Tracker:
    """Turns requests into page views and hands them to a delivery.

    ``Tracker(collector_url=…, app_id=…)`` takes every setting as a keyword, or one ``Settings``.
    An adapter makes three calls, none of which raises: ``begin``, and on the exchange that gives
    ``start`` and ``finish``.
    """

    gate: Gate | None
    """Keeps events that are tracked in a transaction until it commits, where the framework has any."""
    on_begin: Callable[[Exchange], None] | None
    """Is shown each exchange that begins; for tests."""
    reconsider: Callable[[RawRequest, Reason], Reason | None] | None
    """Is asked about each request that is to be no page view; for tests."""
    on_first_event: Callable[[], None] | None
    """Is called once, before the first exchange or event."""
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
        self.settings = audience_limited(settings if settings is not None else Settings.from_mapping(options))
        self.enabled = self.settings.enabled
        """Whether anything is tracked at all (the setting)."""
        self.gate = self.on_begin = self.reconsider = self.on_first_event = None
        self.tally = Tally()
        self.lifetime = Lifetime(self.tally)
        self._clock = clock
        self._has_own_delivery = delivery is None and self.settings.enabled
        self._sealer = Sealer(key, clock=clock) if (key := self.settings.secret_key) is not None else None
        self._paths = PathRules.of(self.settings)
        self._begin_other, self._tells_agents = other_begin(self.settings)
        self._shared = Shared(
            tracker=self,
            settings=self.settings,
            tally=self.tally,
            record=self._record,
            doubts=Doubts(self.settings),
        )
        self._delivery = type(self).connect(self.settings, self.tally) if self._has_own_delivery else delivery
        self.asks = self._shared.asks  # and may await
        self.unfinished = Unfinished(self.tally)
        """Exchanges that their server let go of without an end."""
        if self.settings.debug:
            show("tracking_middleware.shared")
        living.enter(self)

    @classmethod
    def from_env(cls) -> Self:
        """A tracker with settings from the environment, ``TRACKING_<NAME>``; raises SettingsError."""
        return cls(Settings.from_environ())

    def begin(self, request: RequestView, carrier: MutableMapping[str, Any] | None = None) -> Exchange:
        """Begin an exchange: from here on ``current_page()`` is its page. Never raises.

        ``carrier`` is what the request travels in through the stack, the environ or the scope: it
        takes a mark, by which an inner adapter knows that the request is tracked already.
        """
        self.lifetime.is_shared = True
        return self.begin_from(ViewedRequest, request, {} if carrier is None else carrier)

    def begin_from(
        self,
        capture: Callable[[S, dict[str, Any]], RawRequest],
        source: S,
        carrier: MutableMapping[str, Any],
        open_most: Open | None = None,
    ) -> Exchange:
        """``begin`` with what ``capture`` makes of ``source``, the adapter's own request. Never raises.

        ``capture`` is given a copy of the carrier as well. ``open_most`` is asked before.
        """
        try:
            if self.unfinished.left:
                self.unfinished.end()
            if MARK in carrier and has_open_mark(carrier):
                self._shared.explain(capture(source, dict(carrier)), "nested")
                return NO_EXCHANGE  # the outer adapter owns the event
            opened = None
            if open_most is not None and self.reconsider is None:
                opened = open_most(source, carrier, self._paths)
            request, reason = opened or self._opened(capture(source, dict(carrier)))
            mark = put_mark(carrier)
            if reason is None and not self._tells_agents:
                begun = self._clock()
                exchange = Exchange(self._shared, request, mark, "status", begun, True, True)  # noqa: FBT003
            else:
                exchange = self._begin_other(self._shared, request, mark, reason, self._clock)
            enter_exchange(exchange)
            if self.on_first_event is not None:
                self._begin_events()
            if self.on_begin is not None:
                self.on_begin(exchange)
            return exchange
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self.tally.failure("begin")
            return NO_EXCHANGE

    def _opened(self, request: RawRequest) -> Opened:
        reason = request_reason(request, self._paths)
        if reason is not None and self.reconsider is not None:
            reason = self.reconsider(request, reason)
        return request, reason

    def track(
        self,
        event: object,
        *,
        entities: Iterable[object] = (),
        subject: Subject | None = None,
        at: Moment | None = None,
        key: object = None,
        on_commit: bool = True,
    ) -> str:
        """Track an event, and give its ``event_id``. Never raises and never waits.

        ``event`` is an instance of an ``@event`` class, a StructuredEvent, or a self-describing dict.
        ``subject`` is who it is about: without it that of ``with tracker.subject(…)``, else the visitor
        of the request, whose page the event then has; the event waits for the visitor's consent, until
        the response has ended. ``at`` is when it happened by the source's own clock: a datetime (a naive
        one is local time) or seconds since the epoch. ``key`` is what the application knows it by: the
        same key gives the same ``event_id`` (``ids.uuid_of_key``), so that a repeat counts once.
        In a transaction (Django's, or one named by ``sqlalchemy.after_commit``) the event leaves when that
        commits and is dropped when it does not; ``on_commit=False`` sends it either way.

        What cannot be tracked is counted as ``event_invalid``, what comes after ``close()`` as
        ``tracker_closed``; both give ``""``.
        """
        try:
            if self.on_first_event is not None:
                self._begin_events()
            settings, count = self.settings, self.tally.error
            prepared = prepare(event, settings, now=self._clock(), at=at, key=key, count=count)
            if encoded := encode_entities(entities, settings, count):
                prepared = replace(prepared, entities=encoded)
            named = current_subject() if subject is None else subject
            named = None if named is None else sound_subject(named, settings, count)
        except TrackingError as error:
            self.tally.error("event_invalid", str(error))
            return ""
        except Exception as error:  # noqa: BLE001
            # texts and iterables of the application's may raise anything, and quote what is confidential
            self.tally.error("event_invalid", f"{type(error).__name__} while it was read")
            return ""
        delivery = self._delivery
        if self.enabled and delivery is not None:
            if self.lifetime.has_ended():
                delivery.drop("closed")
                return ""
            tracked = Tracked(prepared, named, settings.before_send, self._record)
            if on_commit:
                depart_at_commit(tracked, delivery=delivery, gate=self.gate, tally=self.tally)
            else:
                depart_now(tracked, tally=self.tally)
        return prepared.event_id

    def subject(self, subject: Subject) -> AbstractContextManager[None]:
        """``with tracker.subject(subject):`` events tracked within are about it, in this thread or task."""
        return tracking_block(self, subject)

    def seal(self, subject: Subject | None = None) -> str:
        """A signed, URL-safe token that stands for a subject, by default the visitor of the request.

        It holds ``domain_userid``, the session, ``user_id`` and the consent of this moment; without
        full consent it names nobody. Without a ``secret_key``, and without a subject outside a request,
        it is ``""``, and a warning says so once.
        """
        return seal_here(self._sealer, subject, self.settings, self.tally)

    def unseal(self, token: str | bytes, max_age: float | timedelta | None = None) -> Subject:
        """The subject that a token stands for; ``max_age`` is in seconds.

        Its session is not claimed to be the current one: events about it carry it in a
        ``cross_navigation`` entity. Raises TrackingError for a ``max_age`` that is none, or a child of
        TokenError: TokenSignatureError, TokenExpiredError, TokenTooLongError or TokenFormatError.
        """
        if self._sealer is None:
            raise TokenError("tokens cannot be unsealed without a key: set secret_key")
        return self._sealer.unseal(token, max_age=max_age)

    def flush(self, timeout: float | None = None) -> int:
        """Send what is waiting, within ``timeout`` seconds; how many events are left."""
        self.unfinished.end()
        return self._delivery.flush(self._patience(timeout)) if self._delivery else 0

    def close(self, timeout: float | None = None) -> int:
        """Flush, then stop for good: later events are dropped as ``closed``. How many were dropped."""
        self.unfinished.end()
        self.lifetime.end()
        return self._delivery.close(self._patience(timeout)) if self._delivery else 0

    def stats(self) -> dict[str, Any]:
        """What happened so far in this process.

        ``recorded = buffered + in_flight + stored + delivered + dead + dropped`` holds at every
        instant; ``skipped`` counts requests that are no page views, by reason; ``errors`` what
        could not be used.
        """
        self.unfinished.end()
        stats = self._delivery.stats() if self._delivery else {**NOTHING, "dropped": {}}
        stats.update(self.tally.snapshot())
        return self._shared.told(stats)

    def health(self) -> dict[str, Any]:
        """Whether events reach the collector, and who it is: ``status``, ``healthy`` or ``degraded``.

        ``reasons`` has a sentence for each trouble there is now, with what to check.
        """
        health = self._delivery.health() if self._delivery else {"status": "healthy", "reasons": []}
        doubts = [*self._shared.reasons(), *self.lifetime.reasons()]
        return {"status": "degraded", "reasons": [*health["reasons"], *doubts]} if doubts else health

    def divert(self, instead: Callable[[Delivery], Delivery]) -> None:
        """Put something before the delivery that the settings gave this tracker, as tests do.

        A delivery that somebody made and handed in stays as it is.
        """
        if self._has_own_delivery and self._delivery is not None:
            self._delivery = instead(self._delivery)

    def __enter__(self) -> Self:
        """For ``track()`` in the block; at its end all is sent, and it is closed if nothing else has it."""
        enter_block(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        leave_block(self)
        (self.flush if self.lifetime.is_shared or is_within(self) else self.close)()

    def _begin_events(self) -> None:
        tell, self.on_first_event = self.on_first_event, None
        if tell is not None:
            tell()

    def _patience(self, timeout: float | None) -> float:
        return self.settings.shutdown_timeout if timeout is None else timeout

    def _record(self, recorded: Recorded) -> None:
        if self._delivery:
            if self.lifetime.closed_in is not None:
                self.lifetime.has_ended()  # which tells
            self._delivery.record(recorded)
