"""An exchange that asks what the visitor of a request agrees to, and who they are, each thing once."""

from __future__ import annotations

import inspect
from typing import Any

from ..identity.cookies import first_cookies
from ..privacy.consent import ConsentAnswer, consent_answer, signalled, strictest
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.view import RequestView
from ..tracking.blocks import CanTrack
from .exchange import Exchange
from .shared import Shared


class AskingExchange(Exchange):
    """What the browser's signals say, and what the application's callables answer, about a visitor.

    The callables are asked while the application answers, since what they look at may be gone later.
    """

    _shared: Shared
    _request: RawRequest | None
    page: Page
    _begun: int
    """In milliseconds since the epoch; 0 where nobody asks."""
    _kept: RawRequest | None = None
    """The request once the exchange is over: without the framework's own, maybe packed."""
    _view: RequestView | None = None
    _consent: ConsentAnswer | None = None
    """What the setting ``consent`` answered; asked once."""
    _pending: Any = None
    """What the setting ``consent`` gave to be awaited."""
    _allowed: ConsentAnswer | None = None
    """The most that the browser's own signals allow, once they were looked at."""
    _has_opted_out: bool = False
    _has_asked_for_user_id: bool = False

    __repr__ = object.__repr__

    @property
    def tracker(self) -> CanTrack:
        """The tracker of the request."""
        return self._shared.tracker

    @property
    def is_open(self) -> bool:
        return self._request is not None

    async def settle(self) -> None:
        request = self._request
        if request is not None and self.is_waiting:
            try:
                await self._settle_async(request)
            except Exception:  # noqa: BLE001
                # a bug of ours must not reach the response
                self._shared.tally.failure("settle")

    def ask_now(self) -> None:
        """Ask the callables while the application answers; what is to be awaited is kept for ``settle``."""
        request = self._request
        if request is None:
            return
        self._look_at_signals(request)
        if self._must_ask() and self._pending is None:
            answer = self._call_consent(request)
            if inspect.isawaitable(answer):
                self._pending = answer
            else:
                self._accept_consent(answer)
        self._ask_for_user_id(request)

    async def _settle_async(self, request: RawRequest) -> None:
        self._look_at_signals(request)
        if self._must_ask():
            self._accept_consent(await self._await_consent(request))
        if not self._has_asked_for_user_id:
            self._ask_for_user_id(request)

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
        """What the setting answers at once; ``None`` where it cannot."""
        answer = self._pending or self._call_consent(request)
        if not inspect.isawaitable(answer):
            return answer
        self._pending = answer
        self._drop_pending()  # there is no loop to run it
        return None

    async def _await_consent(self, request: RawRequest) -> object:
        answer, self._pending = self._pending or self._call_consent(request), None
        try:
            return await answer if inspect.isawaitable(answer) else answer
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

    def _call_consent(self, request: RawRequest) -> object:
        consent = self._shared.settings.consent
        try:
            return None if consent is None else consent(self._view_of(request))
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything
            return None

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

    def _settle_consent(self, request: RawRequest) -> ConsentAnswer:
        """The visitor's consent, with all asked that was not asked yet."""
        self._look_at_signals(request)
        if self._must_ask():
            self._accept_consent(self._ask_for_consent(request))
        return self._consent_now()

    def _ask_for_user_id(self, request: RawRequest) -> None:
        user_id = self._shared.settings.user_id
        if user_id is None or self._kept is not None or self.page.user_id is not None:
            return
        if self._consent_now() != "full":
            return
        self._has_asked_for_user_id = True
        try:
            self.page.user_id = user_id(self._view_of(request))
        except Exception:  # noqa: BLE001
            # the application's callable may raise anything: then nobody is named
            self._shared.tally.error("user_id_failed")

    def _drop_pending(self) -> None:
        """Let an answer be that nobody will await any more."""
        answer, self._pending = self._pending, None
        if inspect.iscoroutine(answer):
            answer.close()
