"""Tracker: from requests to recorded page views. It never raises into the host and never waits."""

from __future__ import annotations

import inspect
import logging
import time
import uuid
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, ClassVar, Protocol, Self, TypeVar

from .capture import NOTHING_GIVEN, CapturedPageView, Given
from .errors import SettingsError
from .events import Recorded
from .exchange import Exchange, Header, RawHeader, RequestView, ResponseView
from .issuer import Issued, Issuer
from .page import Page, enter_page, writes_outside_requests
from .privacy import ConsentAnswer, cache_answer, consent_answer
from .rules import PathRules, Reason, request_reason, response_reason
from .settings import Settings
from .tally import Tally

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

    def flush(self, timeout: float) -> int:
        """Try to send everything within ``timeout`` seconds; how many events are left."""

    def close(self, timeout: float) -> int:
        """Flush, then drop what is left and take nothing more; how many were dropped. Idempotent."""

    def stats(self) -> dict[str, Any]:
        """The ledger: recorded = buffered + in_flight + stored + delivered + dead + dropped."""


class Tracker:
    """Turns requests into page views and hands them to a delivery.

    ``Tracker(collector_url=…, app_id=…)`` takes every setting as a keyword, or one ``Settings``.
    An adapter makes three calls, none of which raises: ``begin``, and on the exchange that gives
    ``start`` and ``finish``.
    """

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
        self.tally = Tally()
        self._clock = clock
        self._paths = PathRules(exclude=self.settings.exclude, include=self.settings.include)
        self._issuer = (
            Issuer(self.settings, count=self.tally.error) if self.settings.identity == "issue" else None
        )
        self._delivery = delivery
        if delivery is None and self.settings.enabled:
            self._delivery = type(self).connect(self.settings, self.tally)

    @classmethod
    def from_env(cls) -> Self:
        """A tracker with settings from the environment, ``TRACKING_<NAME>``; raises SettingsError."""
        return cls(Settings.from_environ())

    @property
    def enabled(self) -> bool:
        """Whether anything is tracked at all (the setting)."""
        return self.settings.enabled

    def begin(self, request: RequestView, carrier: MutableMapping[str, Any] | None = None) -> Exchange:
        """Begin an exchange: from here on ``current_page()`` is its page. Never raises.

        ``carrier`` is what the request travels in through the stack, the environ or the scope: it
        takes a mark, by which an inner adapter knows that the request is tracked already.
        """
        try:
            return self._begin(request, {} if carrier is None else carrier)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self.tally.failure("begin")
            return Exchange()

    def begin_from(
        self, build: Callable[[S], RequestView], source: S, carrier: MutableMapping[str, Any]
    ) -> Exchange:
        """``begin(build(source), carrier)``, with the building guarded as well. Never raises."""
        try:
            return self._begin(build(source), carrier)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self.tally.failure("begin")
            return Exchange()

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _patience(self, timeout: float | None) -> float:
        return self.settings.shutdown_timeout if timeout is None else timeout

    def _begin(self, request: RequestView, carrier: MutableMapping[str, Any]) -> Exchange:
        outer = carrier.get(_MARK)
        if outer is not None and outer.is_open:
            self._explain(request, "nested")
            return Exchange()  # the outer adapter owns the event
        page = Page(request, max_entities=self.settings.max_entities, count=self.tally.error)
        exchange = _OpenExchange(self, request, page, reason=request_reason(request, self._paths))
        carrier[_MARK] = exchange
        enter_page(page)
        return exchange

    def _record(self, recorded: Recorded) -> None:
        if self._delivery:
            self._delivery.record(recorded)

    def _explain(self, request: RequestView, reason: Reason, detail: str | None = None) -> None:
        """Why a request is no page view: counted, and told to who asked for it."""
        self.tally.skip(reason)
        level = logging.INFO if self.settings.debug else logging.DEBUG
        if logger.isEnabledFor(level):
            logger.log(level, "not tracked: %s %r: %s %s", request.method, request.path, reason, detail or "")


class _OpenExchange(Exchange):
    """The exchange of a request that is tracked unless a rule says otherwise."""

    __slots__ = (
        "_begun",
        "_consent",
        "_issued",
        "_page",
        "_request",
        "_request_reason",
        "_response",
        "_tracker",
        "_web_page_id",
    )

    def __init__(self, tracker: Tracker, request: RequestView, page: Page, *, reason: Reason | None) -> None:
        self.is_candidate = reason is None
        self.is_open = True
        self._tracker = tracker
        self._request: RequestView | None = request
        self._page = page
        self._request_reason = reason
        self._response = ResponseView(500)  # what the visitor gets where no response starts
        self._begun = int(tracker._clock() * 1000)
        self._consent: ConsentAnswer | None = None
        """What the setting ``consent`` answered; asked once."""
        self._issued: Issued | None = None
        self._web_page_id: str | None = None

    def start(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        try:
            if self._request is not None and self._request_reason is None:
                return self._start(self._request, status, headers)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._tracker.tally.failure("start")
        return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        headers = tuple(headers)
        try:
            request = self._request
            if request is not None and self._request_reason is None and self._must_ask(status, headers):
                answer = self._call_consent(request)
                self._consent = self._checked_consent(await answer if inspect.isawaitable(answer) else answer)
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything: then nothing is collected
            self._fail_consent()
        return self.start(status, headers)

    def _start(self, request: RequestView, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        headers = tuple(headers)
        self._response = ResponseView.of(status, headers)
        self.is_candidate = response_reason(self._response, self._tracker.settings) is None
        if not self.is_candidate or self._page.skip_reason is not None:
            return ()
        if self._must_ask(status, headers):
            self._ask_for_consent(request)
        if self._consent_now() == "full":
            self._ask_for_user_id(request)
        return self._tell_the_browser(request, status, headers)

    def _must_ask(self, status: int, headers: tuple[RawHeader, ...]) -> bool:
        """Whether the setting decides on this response: it is a page view, and nobody else has said it."""
        settings, page = self._tracker.settings, self._page
        return (
            settings.consent is not None
            and self._consent is None
            and page.consent is None
            and page.skip_reason is None
            and response_reason(ResponseView.of(status, headers), settings) is None
        )

    def _ask_for_consent(self, request: RequestView) -> None:
        try:
            answer = self._call_consent(request)
            if inspect.iscoroutine(answer):
                answer.close()  # there is no loop to run it: without an answer nothing is collected
                answer = None
            self._consent = self._checked_consent(answer)
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything: then nothing is collected
            self._fail_consent()

    def _call_consent(self, request: RequestView) -> object:
        consent = self._tracker.settings.consent
        return None if consent is None else consent(request)

    def _checked_consent(self, answer: object) -> ConsentAnswer:
        checked = consent_answer(answer)
        if checked is None:
            self._fail_consent()
        return checked or "none"

    def _fail_consent(self) -> None:
        self._consent = "none"
        self._tracker.tally.error("consent_failed")

    def _consent_now(self) -> ConsentAnswer:
        """The page's own word, else the setting's; full where nobody asks for any."""
        unasked: ConsentAnswer = "full" if self._tracker.settings.consent is None else "none"
        return consent_answer(self._page.consent) or self._consent or unasked

    def _ask_for_user_id(self, request: RequestView) -> None:
        user_id = self._tracker.settings.user_id
        if user_id is not None and self._page.user_id is None:
            try:
                self._page.user_id = user_id(request)
            except Exception:  # noqa: BLE001
                # the application's callable may raise anything: then nobody is named
                self._tracker.tally.error("user_id_failed")

    def _tell_the_browser(
        self, request: RequestView, status: int, headers: tuple[RawHeader, ...]
    ) -> tuple[Header, ...]:
        """The headers that carry identity and page view to the browser: only past every shared cache."""
        tracker = self._tracker
        if tracker._issuer is None and not tracker.settings.server_timing:
            return ()
        answer = cache_answer(status, headers)
        if answer == "shared":
            return ()
        extra: tuple[Header, ...] = ()
        if self._consent_now() != "full":
            extra = tracker._issuer.withdraw(request, headers) if tracker._issuer else ()
            return (*extra, ("Cache-Control", "private")) if extra and answer == "unsaid" else extra
        if tracker._issuer is not None:
            if self._issued is None:  # a response started again (PEP 3333, exc_info) tells the same
                self._issued = tracker._issuer.issue(request, headers, now=self._begun // 1000)
            extra = self._issued.headers if self._issued else ()
        if tracker.settings.server_timing:
            self._web_page_id = self._web_page_id or str(uuid.uuid4())
            extra = (*extra, ("Server-Timing", f'sp_pv;desc="{self._web_page_id}"'))
        if extra and answer == "unsaid":
            extra = (*extra, ("Cache-Control", "private"))
        return extra

    def _given(self) -> Given:
        if self._issued is None and self._web_page_id is None:
            return NOTHING_GIVEN
        decision = self._issued.decision if self._issued else None
        return Given(
            identity=decision.identity if decision else None,
            session_start=decision.session_start if decision else None,
            web_page_id=self._web_page_id,
        )

    def finish(self, how: str) -> None:
        self.is_open = False
        request, self._request = self._request, None
        if request is None:
            return
        try:
            self._finish(request)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._tracker.tally.failure(f"finish ({how})")
        finally:
            self._page.end()

    def _finish(self, request: RequestView) -> None:
        tracker, page = self._tracker, self._page
        reason = self._request_reason or response_reason(self._response, tracker.settings)
        if reason is None and page.skip_reason is not None:
            reason = "skipped_by_app"
        consent = self._consent_now()
        if reason is None and consent == "none":
            reason = "consent_none"
        if reason is not None:
            tracker._explain(request, reason, page.skip_reason)
            return
        tracker._record(
            CapturedPageView.of(
                request,
                page,
                begun=self._begun,
                settings=tracker.settings,
                count=tracker.tally.error,
                given=self._given(),
                is_anonymous=consent == "anonymous",
            )
        )
