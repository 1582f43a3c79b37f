"""The exchange of a tracked request: consent and cookies when its response starts, an event when it ends."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from .capture import NOTHING_GIVEN, CapturedPageView, Given
from .exchange import Exchange, Header, RawHeader, RequestView, ResponseView
from .identity import first_cookies
from .ids import new_uuid
from .issuer import Issued
from .page import Page
from .privacy import ConsentAnswer, cache_answer, consent_answer, signalled, strictest
from .raw_request import RawRequest
from .rules import Reason, response_reason
from .skipped_exchange import Shared


class OpenExchange(Exchange):
    """The exchange of a request that is tracked unless a rule says otherwise.

    ``_begun`` is in milliseconds since the epoch.
    """

    _shared: Shared
    _request: RawRequest | None
    page: Page
    _begun: int
    _response_reason: Reason | None = "status"  # an error is what comes where no response starts
    _view: RequestView | None = None
    _consent: ConsentAnswer | None = None
    """What the setting ``consent`` answered; asked once."""
    _allowed: ConsentAnswer | None = None
    """The most that the browser's own signals allow, once they were looked at."""
    _has_opted_out: bool = False
    _issued: Issued | None = None
    _web_page_id: str | None = None

    __repr__ = object.__repr__

    @property
    def is_open(self) -> bool:
        return self._request is not None

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
        """Note how the response starts; the request, if this makes it a page view."""
        if self._request is None:
            return None
        self._response_reason = response_reason(ResponseView.of(status, headers), self._shared.settings)
        self.is_candidate = self._response_reason is None
        if not self.is_candidate or self.page.skip_reason is not None:
            return None
        self._look_at_signals(self._request)
        return self._request

    def _look_at_signals(self, request: RawRequest) -> None:
        """What the browser itself says of tracking, whatever consent says; looked at once."""
        if self._allowed is not None:
            return
        settings = self._shared.settings
        if settings.opt_out_cookie is not None:
            cookies = first_cookies(request.header("cookie") or "")
            self._has_opted_out = bool(cookies.get(settings.opt_out_cookie))
        self._allowed = signalled(request, self._shared.signals)

    def _must_ask(self) -> bool:
        """Whether the setting ``consent`` decides: nobody else has said it yet."""
        return (
            self._shared.settings.consent is not None
            and self._consent is None
            and self._allowed != "none"
            and not self._has_opted_out
            and self.page.consent is None
        )

    def _ask_for_consent(self, request: RawRequest) -> object:
        try:
            answer = self._call_consent(request)
            if inspect.iscoroutine(answer):
                answer.close()  # there is no loop to run it
                return None
            return answer
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

    async def _await_consent(self, request: RawRequest) -> object:
        try:
            answer = self._call_consent(request)
            return await answer if inspect.isawaitable(answer) else answer
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

    def _call_consent(self, request: RawRequest) -> object:
        consent = self._shared.settings.consent
        return None if consent is None else consent(self._view_of(request))

    def _view_of(self, request: RawRequest) -> RequestView:
        """The one picture of the request that all of the application's callables see."""
        if self._view is None:
            self._view = request.view()
        return self._view

    def _accept_consent(self, answer: object) -> None:
        """Take what the setting answered; where that is no answer nothing is collected."""
        checked = consent_answer(answer)
        if checked is None:
            self._shared.tally.error("consent_failed")
        self._consent = checked or "none"

    def _answer(self, request: RawRequest, status: int, headers: tuple[RawHeader, ...]) -> tuple[Header, ...]:
        """What a page view's response tells the browser, once consent is known."""
        settings = self._shared.settings
        if settings.user_id is not None and self.page.user_id is None and self._consent_now() == "full":
            self._ask_for_user_id(request)
        if self._shared.issuer is None and not settings.server_timing:
            return ()
        return self._tell_the_browser(request, status, headers)

    def _consent_now(self) -> ConsentAnswer:
        """The page's own word, else the stricter of the setting's and the browser's signals."""
        if self._has_opted_out:
            return "none"
        if (own := consent_answer(self.page.consent)) is not None:
            return own
        allowed = self._allowed or "none"
        return (
            allowed if self._shared.settings.consent is None else strictest(allowed, self._consent or "none")
        )

    def _ask_for_user_id(self, request: RawRequest) -> None:
        user_id = self._shared.settings.user_id
        if user_id is not None:
            try:
                self.page.user_id = user_id(self._view_of(request))
            except Exception:  # noqa: BLE001
                # the application's callable may raise anything: then nobody is named
                self._shared.tally.error("user_id_failed")

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
        return (*extra, ("Cache-Control", "private")) if extra and answer == "unsaid" else extra

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

    def finish(self, how: str) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        try:
            self._finish(request)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure(f"finish ({how})")
        finally:
            self.page.end()
            self._view = None

    def _finish(self, request: RawRequest) -> None:
        page = self.page
        reason = self._response_reason
        if reason is None and page.skip_reason is not None:
            reason = "skipped_by_app"
        if reason is None:
            consent = self._consent_now()
            if consent != "none":
                self._capture(request, is_anonymous=consent == "anonymous")
                return
            reason = "opt_out" if self._has_opted_out else "consent_none"
        self._shared.explain(request, reason, page.skip_reason)

    def _capture(self, request: RawRequest, *, is_anonymous: bool) -> None:
        shared = self._shared
        self.page.end()  # from here on it belongs to the background thread
        request.pack()
        given = NOTHING_GIVEN if is_anonymous else self._given()
        shared.record(
            CapturedPageView(
                shared.settings, shared.tally.error, self._begun, request, self.page, given, is_anonymous
            )
        )
