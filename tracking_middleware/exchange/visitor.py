"""What the visitor of a request agrees to, and who the application says they are: each asked once."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from ..identity.cookie_scope import configured_domain
from ..identity.cookies import first_cookies, ordinary_identity, read_identity
from ..identity.identity import UNKNOWN_IDENTITY, Identity
from ..identity.subject import Subject, subject_of
from ..identity.user_id import valid_user_id
from ..plain_setting import plainly_set
from ..privacy.consent import ConsentAnswer, consent_answer, signalled, strictest
from ..request.client_ip import visited_origin
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..request.view import RequestView
from .answer import Answer
from .doubts import NotAwaitedError
from .shared import Shared


@plainly_set
class Visitor(msgspec.Struct, eq=False):
    """What the browser's signals say, and what the application's callables answer, about a visitor.

    The callables are asked while the application answers, since what they look at may be gone later.
    """

    _shared: Shared
    page: Page
    _view: RequestView | None = None
    _consent: ConsentAnswer | None = None
    """What the setting ``consent`` answered; asked once."""
    _pending: Any = None
    """What the setting ``consent`` gave to be awaited."""
    _allowed: ConsentAnswer | None = None
    """The most that the browser's own signals allow, once they were looked at."""
    _pending_user_id: Any = None
    """What the setting ``user_id`` gave to be awaited."""
    _has_opted_out: bool = False
    is_gone: bool = False
    """Whether it was let go: nobody is asked any more."""
    has_named: bool = False
    """The setting ``user_id`` was asked, or nobody may be named."""

    __repr__ = object.__repr__

    @property
    def is_pending(self) -> bool:
        """Whether an answer is still to be awaited."""
        return self._pending is not None or self._pending_user_id is not None

    @property
    def must_be_asked(self) -> bool:
        """Whether the setting ``consent`` decides: nobody else has said it yet."""
        return (
            self._consent is None
            and self._shared.settings.consent is not None
            and self._allowed != "none"
            and not self._has_opted_out
            and self.page.consent is None
        )

    def consent(self) -> ConsentAnswer:
        """As far as it is known: the page's own word, else the stricter of the setting's and the signals."""
        if self._has_opted_out:
            return "none"
        if (own := consent_answer(self.page.consent)) is not None:
            return own
        allowed = self._allowed or "none"
        return (
            allowed if self._shared.settings.consent is None else strictest(allowed, self._consent or "none")
        )

    def refusal(self) -> Reason:
        """Why nothing is collected of a visitor whose consent is ``none``."""
        return "opt_out" if self._has_opted_out else "consent_none"

    def look(self, request: RawRequest) -> None:
        """Look at what the browser itself says of tracking, whatever consent says; once."""
        if self._allowed is not None:
            return
        shared = self._shared
        if shared.settings.opt_out_cookie is not None:
            cookies = first_cookies(request.header("cookie") or "")
            self._has_opted_out = bool(cookies.get(shared.settings.opt_out_cookie))
        self._allowed = signalled(request, shared.signals)

    def ask_now(self, request: RawRequest) -> ConsentAnswer | None:
        """Ask the callables while the application answers; the consent, if it is known without awaiting.

        What is to be awaited is kept for ``settle_async``.
        """
        self.look(request)
        if self.must_be_asked and self._pending is None:
            answer = self._call_consent(request)
            if inspect.isawaitable(answer):
                self._pending = answer
            else:
                self._accept_consent(answer)
        if self._may_name():
            answer = self._call_user_id(request)
            if inspect.isawaitable(answer):
                self._pending_user_id = answer
            else:
                self._accept_user_id(answer)
        return None if self.must_be_asked else self.consent()

    def settle(self, request: RawRequest) -> ConsentAnswer:
        """Ask all that was not asked yet, where nothing can be awaited; the visitor's consent."""
        self.look(request)
        if self.must_be_asked:
            self._accept_consent(_at_once(self._pending or self._call_consent(request)))
            self._pending = None
        if self._pending_user_id is not None or self._may_name():
            self._accept_user_id(_at_once(self._pending_user_id or self._call_user_id(request)))
            self._pending_user_id = None
        return self.consent()

    async def settle_async(self, request: RawRequest) -> ConsentAnswer:
        """``settle`` where the application's callables may be awaited."""
        self.look(request)
        if self.must_be_asked:
            answer, self._pending = self._pending or self._call_consent(request), None
            self._accept_consent(await _in_time(answer))
        if self._pending_user_id is not None or self._may_name():
            answer, self._pending_user_id = self._pending_user_id or self._call_user_id(request), None
            self._accept_user_id(await _in_time(answer))
        return self.consent()

    def let_go(self) -> None:
        """The exchange is over: end the page, forget the view, and answers that nobody will await."""
        self.page.end()
        self.is_gone = True
        if self._view is not None:
            self._view = None
        if self._pending is not None or self._pending_user_id is not None:
            _drop(self._pending)
            _drop(self._pending_user_id)
            self._pending = self._pending_user_id = None

    def _view_of(self, request: RawRequest) -> RequestView:
        """The one picture of the request that all of the application's callables see."""
        if self._view is None:
            self._view = request.view()
        return self._view

    def _call_consent(self, request: RawRequest) -> object:
        consent = self._shared.settings.consent
        try:
            return None if consent is None else consent(self._view_of(request))
        except Exception as error:  # noqa: BLE001
            # the application's callable may raise anything
            return error

    def _accept_consent(self, answer: object) -> None:
        """Take what the setting answered; where that is no answer nothing is collected."""
        checked, doubts = consent_answer(answer), self._shared.doubts
        if checked is None:
            self._shared.tally.error("consent_failed", doubts.consent_failed(answer))
        elif doubts.consent:
            doubts.consent = ""
        self._consent = checked or "none"

    def _may_name(self) -> bool:
        """Whether the setting ``user_id`` is to be asked: nobody else has said it, and consent allows it."""
        return (
            not (self.has_named or self.is_gone)
            and self._shared.settings.user_id is not None
            and self.page.user_id is None
            and self.consent() == "full"
        )

    def _call_user_id(self, request: RawRequest) -> object:
        self.has_named = True
        user_id = self._shared.settings.user_id
        try:
            return None if user_id is None else user_id(self._view_of(request))
        except Exception as error:  # noqa: BLE001
            # the application's callable may raise anything
            return error

    def _accept_user_id(self, answer: object) -> None:
        """Take what the setting answered; where it failed nobody is named."""
        if isinstance(answer, NotAwaitedError):
            self._shared.tally.error("user_id_failed", _ASYNC_USER_ID)
        elif isinstance(answer, Exception):
            self._shared.tally.error("user_id_failed", f"the setting user_id raised {type(answer).__name__}")
        elif answer is not None:
            self.page.user_id = answer  # the page takes what it can


_ASYNC_USER_ID = "the setting user_id is async, which nothing can await under WSGI: give a plain function"


def _at_once(answer: Any) -> object:
    """An answer that is there; a NotAwaitedError where it would have to be awaited."""
    if not inspect.isawaitable(answer):
        return answer
    _drop(answer)
    return NotAwaitedError()


async def _in_time(answer: Any) -> object:
    try:
        return await answer if inspect.isawaitable(answer) else answer
    except Exception as error:  # noqa: BLE001
        # the application's callable may raise anything
        return error


def _drop(answer: Any) -> None:
    """Let an answer be that nobody will await any more."""
    if inspect.iscoroutine(answer):
        answer.close()


def visitor_of(shared: Shared, request: RawRequest, page: Page, answer: Answer | None) -> Subject:
    """Who the visitor is that agreed to everything, without a device."""
    identity = None if answer is None else answer.identity
    if identity is None:
        settings = shared.settings
        origin = visited_origin(request, public_url=settings.public_url, trusted=settings.trusted_proxies)
        cookies = request.header("cookie") or ""
        identity, _ = identity_in(cookies, shared, origin or f"://{request.host}")
    return subject_of(
        identity=identity,
        user_id=valid_user_id(page.user_id, shared.tally.error),
        consent="full",
    )


def identity_in(cookies: str, shared: Shared, origin: str) -> tuple[Identity, bool]:
    """The identity in a Cookie header that an origin was sent, and whether there was nothing to count."""
    if not cookies:
        return UNKNOWN_IDENTITY, True
    settings, malformed = shared.settings, 0
    identity = ordinary_identity(cookies, settings.cookie_prefix)
    if identity is None:
        host = origin.partition("://")[2]
        reading = read_identity(
            cookies,
            host=host,
            cookie_prefix=settings.cookie_prefix,
            cookie_domain=configured_domain(host, settings.cookie_domain),
            cookie_path=settings.cookie_path,
        )
        identity, malformed = reading.identity, reading.malformed
        for _ in range(malformed):
            shared.tally.error("malformed_cookie")
    if shared.doubts.is_known:
        return identity, not malformed
    shared.doubts.read_cookies(cookies, is_known=identity.domain_userid is not None, malformed=malformed)
    return identity, False
