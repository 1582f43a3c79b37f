"""The exchange of a tracked request: consent and cookies when its response starts, an event when it ends."""

from __future__ import annotations

import inspect
import logging
import uuid
from collections.abc import Callable, Iterable

from .capture import NOTHING_GIVEN, CapturedPageView, Given
from .events import Recorded
from .exchange import Exchange, Header, RawHeader, RequestView, ResponseView
from .issuer import Issued, Issuer
from .page import Page
from .privacy import ConsentAnswer, cache_answer, consent_answer, signalled, strictest
from .rules import Reason, response_reason
from .settings import Settings
from .tally import Tally

logger = logging.getLogger(__name__)


def explain(
    request: RequestView, reason: Reason, *, settings: Settings, tally: Tally, detail: str | None = None
) -> None:
    """Why a request is no page view: counted, and told to who asked for it."""
    tally.skip(reason)
    level = logging.INFO if settings.debug else logging.DEBUG
    if logger.isEnabledFor(level):
        logger.log(level, "not tracked: %s %r: %s %s", request.method, request.path, reason, detail or "")


class OpenExchange(Exchange):
    """The exchange of a request that is tracked unless a rule says otherwise."""

    __slots__ = (
        "_begun",
        "_consent",
        "_has_opted_out",
        "_issued",
        "_issuer",
        "_page",
        "_record",
        "_request",
        "_request_reason",
        "_response_reason",
        "_settings",
        "_signalled",
        "_tally",
        "_web_page_id",
    )

    def __init__(
        self,
        request: RequestView,
        page: Page,
        *,
        reason: Reason | None,
        begun: int,
        settings: Settings,
        tally: Tally,
        issuer: Issuer | None,
        record: Callable[[Recorded], None],
    ) -> None:
        """``reason``: why the request alone says that it is no page view; ``begun``: epoch milliseconds."""
        self.is_candidate = reason is None
        self.is_open = True
        self._settings = settings
        self._tally = tally
        self._issuer = issuer
        self._record = record
        self._request: RequestView | None = request
        self._page = page
        self._request_reason = reason
        self._response_reason: Reason | None = "status"  # an error is what comes where no response starts
        self._begun = begun
        self._consent: ConsentAnswer | None = None
        """What the setting ``consent`` answered; asked once."""
        self._signalled = signalled(request.headers, gpc=settings.gpc, dnt=settings.dnt)
        self._has_opted_out = settings.opt_out_cookie is not None and bool(
            request.cookies.get(settings.opt_out_cookie)
        )
        self._issued: Issued | None = None
        self._web_page_id: str | None = None

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
            self._tally.failure("start")
            return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
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
            self._tally.failure("start")
            return ()

    def _observe(self, status: int, headers: tuple[RawHeader, ...]) -> RequestView | None:
        """Note how the response starts; the request, if this makes it a page view."""
        if self._request is None or self._request_reason is not None:
            return None
        self._response_reason = response_reason(ResponseView.of(status, headers), self._settings)
        self.is_candidate = self._response_reason is None
        return self._request if self.is_candidate and self._page.skip_reason is None else None

    def _must_ask(self) -> bool:
        """Whether the setting ``consent`` decides: nobody else has said it yet."""
        return (
            self._settings.consent is not None
            and self._consent is None
            and self._signalled != "none"
            and not self._has_opted_out
            and self._page.consent is None
        )

    def _ask_for_consent(self, request: RequestView) -> object:
        try:
            answer = self._call_consent(request)
            if inspect.iscoroutine(answer):
                answer.close()  # there is no loop to run it
                return None
            return answer
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

    async def _await_consent(self, request: RequestView) -> object:
        try:
            answer = self._call_consent(request)
            return await answer if inspect.isawaitable(answer) else answer
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

    def _call_consent(self, request: RequestView) -> object:
        consent = self._settings.consent
        return None if consent is None else consent(request)

    def _accept_consent(self, answer: object) -> None:
        """Take what the setting answered; where that is no answer nothing is collected."""
        checked = consent_answer(answer)
        if checked is None:
            self._tally.error("consent_failed")
        self._consent = checked or "none"

    def _answer(
        self, request: RequestView, status: int, headers: tuple[RawHeader, ...]
    ) -> tuple[Header, ...]:
        """What a page view's response tells the browser, once consent is known."""
        if self._consent_now() == "full":
            self._ask_for_user_id(request)
        return self._tell_the_browser(request, status, headers)

    def _consent_now(self) -> ConsentAnswer:
        """The page's own word, else the stricter of the setting's and the browser's signals."""
        if self._has_opted_out:
            return "none"
        unasked: ConsentAnswer = "full" if self._settings.consent is None else "none"
        return consent_answer(self._page.consent) or strictest(self._signalled, self._consent or unasked)

    def _ask_for_user_id(self, request: RequestView) -> None:
        user_id = self._settings.user_id
        if user_id is not None and self._page.user_id is None:
            try:
                self._page.user_id = user_id(request)
            except Exception:  # noqa: BLE001
                # the application's callable may raise anything: then nobody is named
                self._tally.error("user_id_failed")

    def _tell_the_browser(
        self, request: RequestView, status: int, headers: tuple[RawHeader, ...]
    ) -> tuple[Header, ...]:
        """The headers that carry identity and page view to the browser: only past every shared cache."""
        if self._issuer is None and not self._settings.server_timing:
            return ()
        answer = cache_answer(status, headers)
        if answer == "shared":
            return ()
        extra = (*self._identity_headers(request, headers), *self._server_timing())
        return (*extra, ("Cache-Control", "private")) if extra and answer == "unsaid" else extra

    def _identity_headers(self, request: RequestView, headers: tuple[RawHeader, ...]) -> tuple[Header, ...]:
        if self._issuer is None:
            return ()
        if self._consent_now() != "full":
            return self._issuer.withdraw(request, headers)
        if self._issued is None:  # a response started again (PEP 3333, exc_info) tells the same
            self._issued = self._issuer.issue(request, headers, now=self._begun // 1000)
        return self._issued.headers if self._issued else ()

    def _server_timing(self) -> tuple[Header, ...]:
        if not self._settings.server_timing or self._consent_now() != "full":
            return ()
        self._web_page_id = self._web_page_id or str(uuid.uuid4())
        return (("Server-Timing", f'sp_pv;desc="{self._web_page_id}"'),)

    def _given(self) -> Given:
        issued = self._issued
        if issued is None and self._web_page_id is None:
            return NOTHING_GIVEN
        return Given(
            identity=issued.identity if issued else None,
            session_start=issued.session_start if issued else None,
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
            self._tally.failure(f"finish ({how})")
        finally:
            self._page.end()

    def _finish(self, request: RequestView) -> None:
        page = self._page
        reason = self._request_reason or self._response_reason
        if reason is None and page.skip_reason is not None:
            reason = "skipped_by_app"
        consent = self._consent_now()
        if reason is None and consent == "none":
            reason = "opt_out" if self._has_opted_out else "consent_none"
        if reason is not None:
            explain(request, reason, settings=self._settings, tally=self._tally, detail=page.skip_reason)
            return
        self._record(
            CapturedPageView.of(
                request,
                page,
                begun=self._begun,
                settings=self._settings,
                count=self._tally.error,
                given=self._given(),
                is_anonymous=consent == "anonymous",
            )
        )
