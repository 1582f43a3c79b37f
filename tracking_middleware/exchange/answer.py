"""What the answer to a page view tells the browser, and its events repeat: identity and web page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ..agents import classify
from ..headers import Header, RawHeader
from ..identity.identity import Identity, SessionStart
from ..ids import new_uuid
from ..privacy.consent import ConsentAnswer
from ..privacy.shared_caches import cache_answer
from ..request.raw_request import RawRequest
from .issuer import Issued
from .shared import Shared


class Answer(msgspec.Struct, eq=False, gc=False):
    """What an exchange tells the browser, and the id that its page view and its events share."""

    _shared: Shared
    _issued: Issued | None = None
    _web_page_id: str | None = None

    __repr__ = object.__repr__

    @property
    def identity(self) -> Identity | None:
        """Who the visitor is from now on, where the answer says so."""
        return None if self._issued is None else self._issued.identity

    @property
    def session_start(self) -> SessionStart | None:
        """The session that begins with this answer."""
        return None if self._issued is None else self._issued.session_start

    @property
    def shown_page_id(self) -> str | None:
        """The web page's id, where somebody has asked for it."""
        return self._web_page_id

    def web_page_id(self, new_id: Callable[[], str] = new_uuid) -> str:
        """The web page's id, made when it is first asked for, by whichever thread that is."""
        return self._web_page_id or self._shared.once(self, "_web_page_id", new_id)

    def headers(
        self,
        request: RawRequest,
        status: int,
        headers: Sequence[RawHeader],
        *,
        consent: ConsentAnswer,
        begun: float,
    ) -> tuple[Header, ...]:
        """The headers that carry identity and page view to the browser: only past every shared cache.

        ``begun`` is when the exchange began, in seconds since the epoch.
        """
        cached = cache_answer(status, headers)
        if cached == "shared":
            return ()
        if consent == "full":
            extra = (*self._identity_headers(request, headers, begun), *self._server_timing())
        else:
            issuer = self._shared.issuer
            extra = () if issuer is None else issuer.withdraw(request, headers)
        return (*extra, ("Cache-Control", "private")) if extra and cached == "mendable" else extra

    def _identity_headers(
        self, request: RawRequest, headers: Sequence[RawHeader], begun: float
    ) -> tuple[Header, ...]:
        issuer = self._shared.issuer
        if issuer is None:
            return ()
        shared = self._shared
        if shared.spares_agents and is_to_no_person(
            request, is_tracked_as_agent=shared.settings.agents == "all"
        ):
            return ()
        if self._issued is None:  # a response started again (PEP 3333, exc_info) tells the same
            self._issued = issuer.issue(request, headers, now=int(begun))
        return self._issued.headers if self._issued else ()

    def _server_timing(self) -> tuple[Header, ...]:
        if not self._shared.settings.server_timing:
            return ()
        return (("Server-Timing", f'sp_pv;desc="{self.web_page_id()}"'),)


def is_to_no_person(request: RawRequest, *, is_tracked_as_agent: bool) -> bool:
    """Whether an agent asks that is given no identity; what was said before is remembered, and so looked up.

    Where agents are not tracked as such, only one that names itself, and no tool: who is only guessed to be
    one may be a person, and a browser that is driven by a program may be the site's own tests.
    """
    signer = "" if request.is_ordinary else request.header("signature-agent") or ""
    agent = classify(request.header("user-agent") or "", signature_agent=signer)
    if is_tracked_as_agent or not agent.is_agent:
        return agent.is_agent
    return agent.proof == "declared" and agent.agent_class != "tool"
