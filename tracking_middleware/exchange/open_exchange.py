"""The exchange of a tracked request: consent and cookies when its response starts, an event when it ends."""

from __future__ import annotations

from collections.abc import Iterable

from ..headers import Header, RawHeader
from ..ids import new_uuid
from ..privacy.consent import ConsentAnswer
from ..privacy.shared_caches import cache_answer
from ..request.raw_request import RawRequest
from ..request.rules import Reason, response_reason
from ..request.view import ResponseView
from .capture import NOTHING_GIVEN, CapturedPageView, Given
from .eventful_exchange import EventfulExchange
from .issuer import Issued


class OpenExchange(EventfulExchange):
    """The exchange of a request that is tracked unless a rule says otherwise."""

    _response_reason: Reason | None = "status"  # an error is what comes where no response starts
    _issued: Issued | None = None
    _web_page_id: str | None = None

    __repr__ = object.__repr__

    @property
    def is_being_served(self) -> bool:
        """Whether its response has started, as that of a page view, and has not ended."""
        return self.is_open and self._response_reason is None

    def start(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        try:
            headers = tuple(headers)
            request = self._observe(status, headers)
            if request is None:
                return ()
            if self._must_ask():
                self._accept_consent(self._ask_for_consent(request))
            return self._answer(request, status, headers)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("start")
            return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        if self._shared.settings.consent is None:  # nothing to wait for
            return self.start(status, headers)
        try:
            headers = tuple(headers)
            request = self._observe(status, headers)
            if request is None:
                return ()
            if self._must_ask():
                self._accept_consent(await self._await_consent(request))
            return self._answer(request, status, headers)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("start")
            return ()

    def _observe(self, status: int, headers: tuple[RawHeader, ...]) -> RawRequest | None:
        """Note how the response starts; the request, if there is something to be asked about its visitor."""
        if self._request is None:
            return None
        self._response_reason = response_reason(ResponseView.of(status, headers), self._shared.settings)
        self.is_candidate = self._response_reason is None
        if (not self.is_candidate or self.page.skip_reason is not None) and not self.is_waiting:
            return None
        self._look_at_signals(self._request)
        return self._request

    def _answer(self, request: RawRequest, status: int, headers: tuple[RawHeader, ...]) -> tuple[Header, ...]:
        """What a page view's response tells the browser, once consent is known."""
        settings = self._shared.settings
        if settings.user_id is not None:
            self._ask_for_user_id(request)
        if self._shared.issuer is None and not settings.server_timing:
            return ()
        if not self.is_candidate or self.page.skip_reason is not None:  # asked for its events alone
            return ()
        return self._tell_the_browser(request, status, headers)

    def _tell_the_browser(
        self, request: RawRequest, status: int, headers: tuple[RawHeader, ...]
    ) -> tuple[Header, ...]:
        """The headers that carry identity and page view to the browser: only past every shared cache."""
        answer = cache_answer(status, headers)
        if answer == "shared":
            return ()
        if self._consent_now() == "full":
            extra = (*self._identity_headers(request, headers), *self._server_timing())
        else:
            issuer = self._shared.issuer
            extra = () if issuer is None else issuer.withdraw(request, headers)
        return (*extra, ("Cache-Control", "private")) if extra and answer == "mendable" else extra

    def _identity_headers(self, request: RawRequest, headers: tuple[RawHeader, ...]) -> tuple[Header, ...]:
        issuer = self._shared.issuer
        if issuer is None:
            return ()
        if self._issued is None:  # a response started again (PEP 3333, exc_info) tells the same
            self._issued = issuer.issue(request, headers, now=self._begun // 1000)
        return self._issued.headers if self._issued else ()

    def _server_timing(self) -> tuple[Header, ...]:
        if not self._shared.settings.server_timing:
            return ()
        self._web_page_id = self._web_page_id or new_uuid()
        return (("Server-Timing", f'sp_pv;desc="{self._web_page_id}"'),)

    def _given(self) -> Given:
        issued = self._issued
        if issued is None and self._web_page_id is None:
            return NOTHING_GIVEN
        if issued is None:
            return Given(web_page_id=self._web_page_id)
        return Given(issued.identity, issued.session_start, self._web_page_id)

    def _finish(self, request: RawRequest, how: str) -> None:
        page = self.page
        reason = self._response_reason
        if reason is None and page.skip_reason is not None:
            reason = "skipped_by_app"
        if reason is None:
            consent = self._consent_now()
            if consent != "none":
                self._capture(request, consent)
                return
            reason = "opt_out" if self._has_opted_out else "consent_none"
        self._shared.explain(request, reason, page.skip_reason)
        if self.is_waiting or how == "lingering":
            self._hold(request)

    def _capture(self, request: RawRequest, consent: ConsentAnswer) -> None:
        shared = self._shared
        self.page.end()  # from here on it belongs to the background thread
        request.pack()
        self._held, self._kept = consent, request
        if self.is_waiting:  # the page's events share its entity
            self._web_page_id = self._web_page_id or new_uuid()
        is_anonymous = consent == "anonymous"
        given = self._given_to_nobody() if is_anonymous else self._given()
        shared.record(
            CapturedPageView(
                shared.settings, shared.tally.error, request, self.page, given, is_anonymous, self._begun
            )
        )
