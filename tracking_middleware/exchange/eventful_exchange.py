"""An exchange in which events are tracked: they wait in it until the visitor's consent is known."""

from __future__ import annotations

from collections import deque

from ..identity.subject import Subject, subject_of
from ..identity.user_id import valid_user_id
from ..privacy.consent import ConsentAnswer
from ..request.raw_request import RawRequest
from ..tracking.preparation import Tracked
from .asking_exchange import AskingExchange
from .capture import NOTHING_GIVEN, CapturedEvent, Given, identity_of_request

_MOST_WAITING = 1000
"""Events after which those of a request that goes on and on are passed on before it is over."""
_FORGOTTEN = (
    "an event was tracked after the answer to a request that is no page view, and its visitor is not known "
    "any more: call current_page() while the request is answered"
)

NOBODY = RawRequest(None, {})
"""What is kept of a request in which nobody asked for anything."""


class EventfulExchange(AskingExchange):
    """The events of an exchange, and the visitor of its request, during it and after."""

    _held: ConsentAnswer | None = None
    """The consent that held when the exchange was over, once it was asked for."""
    _waiting: deque[Tracked] | None = None

    __repr__ = object.__repr__

    def visitor(self) -> Subject:
        """Who the visitor is as far as it is known now, with their consent and without a device."""
        consent: ConsentAnswer = "none"
        if (request := self._request) is not None:
            self.ask_now()
            if self._must_ask():  # it would have to be awaited
                self._shared.tally.error("consent_unknown", "set current_page().consent before seal()")
            consent = self._consent_now()
        elif (kept := self._kept) is not None:
            consent = self._consent_that_held(kept)
            if consent == "full":
                request = kept
                request.unpack()
        if request is None or consent != "full":
            return Subject(consent=consent)
        tally = self._shared.tally
        return subject_of(
            identity=self._given().identity
            or identity_of_request(request, self._shared.settings, tally.error),
            user_id=valid_user_id(self.page.user_id, tally.error),
            consent=consent,
        )

    def expect(self, tracked: Tracked) -> None:
        """Take an event that waits for the visitor's consent, until the exchange is over."""
        if (waiting := self._waiting) is None:
            waiting = self._first_waiting()
        self.is_waiting = True
        waiting.append(tracked)
        request, kept = self._request, self._kept
        if kept is not None:
            self._pass_late(kept)
        elif request is not None and len(waiting) > _MOST_WAITING and self._pending is None:
            self._pass_on(self._settle_consent(request), request.packed())

    def complete(self, tracked: Tracked) -> CapturedEvent | None:
        """The event by the consent of this moment; None where there is none, or the exchange is over.

        What the response is yet to tell the browser, such as a new identity, is not in it.
        """
        request = self._request
        if request is None:
            return None
        self.ask_now()
        if self._must_ask():  # it would have to be awaited
            return None
        consent = self._consent_now()
        if consent == "none":
            return None
        return self._captured(tracked, request.packed(), is_anonymous=consent == "anonymous")

    def _first_waiting(self) -> deque[Tracked]:
        claimed: deque[Tracked] = self._shared.claim(self, deque())
        if self._waiting is None:
            self._waiting = claimed
        self._shared.end_claim(self, deque)
        return self._waiting

    def finish(self, how: str) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        try:
            self._finish(request, how)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure(f"finish ({how})")
        finally:
            self.page.end()
            self._view = None
            if self._pending is not None:
                self._drop_pending()
            if self._kept is None:
                self._kept = NOBODY
            if self.is_waiting:
                self._pass_late(self._kept)

    def _finish(self, request: RawRequest, how: str) -> None:
        self._hold(request)

    def _hold(self, request: RawRequest) -> None:
        """Keep what events need, and the consent of those that wait, which holds for later ones too."""
        if self.is_waiting:
            consent = self._settle_consent(request)
            if not self._has_asked_for_user_id:
                self._ask_for_user_id(request)
            self._held = consent
        else:
            self._look_at_signals(request)
        request.pack()
        self._kept = request

    def _pass_late(self, kept: RawRequest) -> None:
        """The exchange is over: pass on what waits, by the consent that held."""
        try:
            if kept is NOBODY:
                self._forget()
                return
            self._pass_on(self._consent_that_held(kept), kept)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("track")

    def _consent_that_held(self, kept: RawRequest) -> ConsentAnswer:
        if self._held is None:
            self._held = "none" if kept is NOBODY else self._settle_consent(kept)
        return self._held

    def _forget(self) -> None:
        while self._waiting:
            self._waiting.popleft()
            self._shared.tally.error("visitor_forgotten", _FORGOTTEN)

    def _pass_on(self, consent: ConsentAnswer, request: RawRequest) -> None:
        waiting = self._waiting
        while waiting:
            try:
                tracked = waiting.popleft()
            except IndexError:  # another thread was quicker
                return
            if consent == "none":
                self._shared.tally.skip("opt_out" if self._has_opted_out else "consent_none")
            else:
                tracked.record(self._captured(tracked, request, is_anonymous=consent == "anonymous"))

    def _captured(self, tracked: Tracked, request: RawRequest, *, is_anonymous: bool) -> CapturedEvent:
        shared = self._shared
        given = self._given_to_nobody() if is_anonymous else self._given()
        return CapturedEvent(
            shared.settings,
            shared.tally.error,
            request,
            self.page,
            given,
            is_anonymous,
            tracked.event,
            tracked.subject,
            tracked.before_send,
        )

    def _given(self) -> Given:
        """What the response told the browser."""
        return NOTHING_GIVEN

    def _given_to_nobody(self) -> Given:
        """Of what the response told the browser that which names nobody."""
        web_page_id = self._given().web_page_id
        return NOTHING_GIVEN if web_page_id is None else Given(web_page_id=web_page_id)
