"""An exchange: a request and its answer, from begin to finish, in the order in which things happen.

*Begun* by an adapter, through the tracker. *Tracked during*: events wait until consent is known. *Response
started*: the rules decide, the visitor is asked, and the answer may tell the browser something. *Finished*:
the page view is recorded, and what waited. *Tracked late*: by the consent that held. Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from ..headers import Header, RawHeader
from ..identity.subject import Subject
from ..metadata.kept import KeptBody
from ..plain_setting import plainly_set
from ..privacy.consent import ConsentAnswer
from ..request.marks import close_mark
from ..request.page import NO_PAGE, Page
from ..request.raw_request import RawRequest
from ..request.rules import answer_reason
from ..tracking.preparation import Tracked
from .answer import Answer
from .capture import CapturedEvent, CapturedPageView, captured_event
from .visited import Asked, Visited
from .visitor import visitor_of
from .waiting import WaitingEvents

NOBODY = RawRequest(None, {})
"""What is kept of a request in which nobody asked for anything."""


@plainly_set
class Exchange(Visited, eq=False):
    """A request and its answer. It has a visitor with a page, an answer, and events that wait."""

    _answer: Answer | None = None
    _events: WaitingEvents | None = None
    _body: KeptBody | None = None
    _page_headers: tuple[RawHeader, ...] | None = None
    """Of a page that is to be read, until it is over."""
    _kept: RawRequest | None = None  # once it is over: without the framework's own, maybe packed
    _held: ConsentAnswer | None = None  # the consent that held then, once it was asked for

    __repr__ = object.__repr__

    # --- tracked during, and late ---

    def expect(self, tracked: Tracked) -> None:
        """Take an event that waits for the visitor's consent, until the exchange is over."""
        events = self._events or self._shared.once(self, "_events", WaitingEvents)
        events.add(tracked)
        self.is_waiting = True
        request, kept = self._request, self._kept
        if kept is not None:
            self._pass_late(kept)
        elif request is not None:
            visitor = self._made_visitor()
            if not self.may_be_page:
                visitor.ask_now(request)  # nobody may tell when the response starts
            if events.are_many and not visitor.is_pending:
                self._pass_on(visitor.settle(request), request.packed())

    def complete(self, tracked: Tracked) -> CapturedEvent | None:
        """The event by the consent of this moment; None where there is none, or the exchange is over.

        What the response is yet to tell the browser, such as a new identity, is not in it.
        """
        request = self._request
        if request is None:
            return None
        consent = self._made_visitor().ask_now(request)
        if consent is None or consent == "none":
            return None
        return self._captured(tracked, request.packed(), consent)

    def visitor(self) -> Subject:
        """Who the visitor is as far as it is known now, with their consent and without a device."""
        request, kept, visitor = self._request, self._kept, self._made_visitor()
        consent: ConsentAnswer | None = "none"
        if request is not None:
            consent = visitor.ask_now(request)
            if consent is None:
                self._shared.tally.error("consent_unknown", "set current_page().consent before seal()")
        elif kept is not None:
            consent = self._consent_that_held(kept)
            if consent == "full":
                request = kept
                request.unpack()
        if request is None or consent != "full":
            return Subject(consent=consent or "none")
        return visitor_of(self._shared, request, visitor.page, self._answer)

    # --- the response starts ---

    @property
    def body(self) -> KeptBody | None:
        """What is kept of the body of a page that is to be read; adapters add what they send."""
        headers = self._page_headers
        if self._body is None and headers is not None and (bodies := self._shared.bodies) is not None:
            self._body = KeptBody(bodies, headers, bodies.of_each)
        return self._body

    def keep(self, chunk: bytes) -> None:
        """Tell ``body`` of what is sent, and of which more follows."""
        if (body := self.body) is not None:
            body.add(chunk)

    def start(self, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        """The response starts; headers to add to it. Called again (PEP 3333, exc_info), the last holds."""
        try:
            shared, request = self._shared, self._request
            if request is None:
                return ()
            if self.may_be_page:
                self._reason = reason = answer_reason(status, headers, shared.settings)
                self.is_candidate = reason is None
                if reason is None and shared.bodies is not None:
                    self._page_headers, self._body = tuple(headers), None
            return self._tell(request, status, headers) if shared.asks or shared.tells else ()
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("start")
            return ()

    def _tell(self, request: RawRequest, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        """Ask of the visitor what is to be asked, and what the answer then tells the browser."""
        consent = self._unasked_consent(request) if self.is_candidate else None
        if consent is None:
            _, visitor = self._to_be_asked()
            if visitor is None:
                return ()
            consent = visitor.settle(request)
            if not self._shared.tells or not self.is_candidate or visitor.page.skip_reason is not None:
                return ()
        self._answer = answer = self._answer or Answer(self._shared)
        return answer.headers(request, status, headers, consent=consent, begun=self._begun)

    async def start_async(self, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        """``start`` where the application's callables may be awaited."""
        if self._request is not None and self._shared.asks:
            await self._ask(lambda: self._observed(status, headers))
        return self.start(status, headers)

    def _observed(self, status: int, headers: Sequence[RawHeader]) -> Asked:
        """Note how the response starts; request and visitor, if there is something to be asked about them."""
        if self.may_be_page:
            self._reason = answer_reason(status, headers, self._shared.settings)
            self.is_candidate = self._reason is None
        return self._to_be_asked()

    async def settle(self) -> None:
        """Ask for the consent that events wait for, where the application's callables may be awaited."""
        if self.is_waiting:
            await self._ask(lambda: (self._request, self._visitor))

    async def _ask(self, whom: Callable[[], Asked]) -> None:
        try:
            request, visitor = whom()
            if request is not None and visitor is not None:
                await visitor.settle_async(request)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("settle")

    # --- finished ---

    def finish(self, how: str, last: Sequence[bytes] = ()) -> None:
        """The response ended: ``complete``, ``closed``, ``returned``, ``raised``; ``unsent``: raised at once.

        ``lingering``: so did it, and something of the application may go on and track events, such as a task.
        ``last`` is what its body ends with, of which ``body`` was not told.
        """
        request, shared = self._request, self._shared
        if request is None:
            return
        if self._shown is not None:
            self.describe()
            self._shown = None
        visitor = self._visitor  # what describes the page may have made it
        self._request = None
        close_mark(self._mark, None)
        try:
            if self._reason is not None or how == "unsent":
                self._end_other(request, how)
            elif visitor is None and request.is_ordinary and shared.asks_nobody:
                self._capture(request, NO_PAGE, "full", last)
            else:
                self._end_page(request, how, last)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            shared.tally.failure(f"finish ({how})")
            self._kept = self._kept or NOBODY
        finally:
            visitor = self._visitor
            if visitor is not None and not visitor.is_gone:
                visitor.let_go()
            if self._page_headers is not None:  # a context would keep the body that outlives the request
                self._page_headers = self._body = None
            if self.is_waiting:
                self._pass_late(self._kept or NOBODY)

    def _end_page(self, request: RawRequest, how: str, last: Sequence[bytes]) -> None:
        """Record the page view, unless the app or the visitor is against it."""
        consent, visitor = self._unasked_consent(request), self._visitor
        if consent is not None and consent != "none":
            page = NO_PAGE
            if visitor is not None:
                visitor.let_go()  # from here on its page belongs to the background thread
                page = visitor.page
            self._capture(request, page, consent, last)
            return
        visitor = self._made_visitor()
        visitor.look(request)
        consent, skip_reason = visitor.consent(), visitor.page.skip_reason
        if skip_reason is None and consent != "none":
            visitor.let_go()  # from here on its page belongs to the background thread
            self._capture(request, visitor.page, consent, last)
            return
        self._reason = visitor.refusal() if skip_reason is None else "skipped_by_app"
        self._end_other(request, how)

    def _capture(
        self, request: RawRequest, page: Page, consent: ConsentAnswer, last: Sequence[bytes]
    ) -> None:
        shared, answer, is_anonymous, told = self._shared, self._answer, consent == "anonymous", None
        if answer is None:
            self._answer = answer = Answer(shared)
        elif not is_anonymous:
            told = answer.identity
        self._held = consent
        self._kept = kept = request.kept()
        body = None
        # as it mostly is: the view has said all that would be read
        if self._page_headers is not None and not (
            page is not NO_PAGE and shared.reads_titles_alone and page.title is not None
        ):
            body = self.body
            if body is not None and last:
                body.add_all(last)
        shared.record(CapturedPageView(shared, kept, page, told, is_anonymous, answer, self._begun, body))

    def _end_other(self, request: RawRequest, how: str) -> None:
        """Say why it is no page view; keep what its events need, where there may be any."""
        if how == "unsent":
            self._reason, self._answer = self._reason or "status", None  # the browser was told nothing
        visitor, reason = self._visitor, self._reason or "status"
        self._shared.explain(request, reason, None if visitor is None else visitor.page.skip_reason)
        # who asked for the page of what is none may have something to track later
        is_touched = visitor is not None and not self.may_be_page
        if self.is_waiting or is_touched or how == "lingering":
            self._hold(request)
        else:
            self._kept = NOBODY

    def _hold(self, request: RawRequest) -> None:
        """Keep what events need, and the consent of those that wait, which holds for later ones too."""
        visitor = self._made_visitor()
        if self.is_waiting:
            self._held = visitor.settle(request)
        else:
            visitor.look(request)
        self._kept = request.kept()

    # --- what waited is passed on, when the exchange is over and later ---

    def _pass_late(self, kept: RawRequest) -> None:
        """The exchange is over: pass on what waits, by the consent that held."""
        try:
            if kept is not NOBODY:
                self._pass_on(self._consent_that_held(kept), kept)
            elif self._events is not None:
                self._events.forget(self._shared.tally)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("track")

    def _consent_that_held(self, kept: RawRequest) -> ConsentAnswer:
        if self._held is None:
            self._held = "none" if kept is NOBODY else self._made_visitor().settle(kept)
        return self._held

    def _pass_on(self, consent: ConsentAnswer, request: RawRequest) -> None:
        events, visitor = self._events or WaitingEvents(), self._made_visitor()
        if consent == "none":
            events.drop(lambda: self._shared.tally.skip(visitor.refusal()))
        else:
            events.pass_on(lambda tracked: self._captured(tracked, request, consent))

    def _captured(self, tracked: Tracked, request: RawRequest, consent: ConsentAnswer) -> CapturedEvent:
        """An event with its request; one of a page view shares its web page."""
        page, answer = self._made_visitor().page, self._answer
        if answer is not None and self._reason is None and self._kept is not None:
            answer.web_page_id()
        return captured_event(self._shared, tracked, request, page, answer, consent=consent)


NO_EXCHANGE = Exchange(cast("Any", None), None, 0, None)
"""One that is over: it does nothing, for a request that an outer adapter already tracks."""
