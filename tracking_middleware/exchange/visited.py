"""The visitor of an exchange: made when somebody asks for it, or has to be asked; of most nobody does."""

from __future__ import annotations

import msgspec

from ..privacy.consent import ConsentAnswer, signalled
from ..request.page import NO_PAGE, Page
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..tracking.blocks import CanTrack
from .shared import Shared
from .visitor import Visitor

Asked = tuple[RawRequest | None, Visitor | None]
"""A request and its visitor, if there is something to be asked about them."""


class Visited(msgspec.Struct, eq=False):
    """A request, and the visitor with the page, as an exchange has them from begin to finish."""

    _shared: Shared
    _request: RawRequest | None  # None once the exchange is over
    _reason: Reason | None
    """Why it is no page view, as far as it is known; ``status`` before a response starts."""
    _begun: int = 0  # in milliseconds since the epoch
    is_candidate: bool = False
    """False as soon as it is known that the exchange is no page view of its own."""
    may_be_page: bool = False
    """Whether the request may become a page view; then the response decides."""
    is_waiting: bool = False
    """Whether events wait in it for the visitor's consent; then ``settle`` is called before ``finish``."""
    _visitor: Visitor | None = None

    __repr__ = object.__repr__

    @property
    def tracker(self) -> CanTrack:
        """The tracker of the request."""
        return self._shared.tracker

    @property
    def is_open(self) -> bool:
        """Whether it is begun and not finished, and an inner adapter would join it."""
        return self._request is not None

    @property
    def is_being_served(self) -> bool:
        """Whether its response has started, as that of a page view, and has not ended."""
        return self.is_open and self._reason is None

    @property
    def page(self) -> Page:
        """The page; of what is no page view nothing but its events is sent."""
        visitor = self._visitor
        if visitor is not None:
            return visitor.page
        try:
            return self._made_visitor().page
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the application
            self._shared.tally.failure("page")
            return NO_PAGE

    def _made_visitor(self) -> Visitor:
        """The visitor, made once by whichever thread asks first."""
        visitor = self._visitor
        if visitor is None:
            visitor = self._shared.once(self, "_visitor", self._make_visitor)
            if self._request is None:  # it has ended meanwhile, in another thread
                visitor.page.end()
        return visitor

    def _make_visitor(self) -> Visitor:
        page = Page(self._request, self._shared.settings.max_entities, self._shared.count)
        if self._request is None:
            page.end()
        return Visitor(self._shared, page)

    def _unasked_consent(self, request: RawRequest) -> ConsentAnswer | None:
        """What the browser's own signals allow, where nobody is asked or has said anything; else None."""
        shared = self._shared
        if self._visitor is not None or shared.asks or shared.settings.opt_out_cookie is not None:
            return None
        return signalled(request, shared.signals)

    def _to_be_asked(self) -> Asked:
        """Request and visitor, if there is something to be asked about them."""
        if self._request is None or not (self.is_candidate or self.is_waiting):
            return None, None
        visitor = self._made_visitor()
        is_asked = self.is_waiting or visitor.page.skip_reason is None
        return (self._request, visitor) if is_asked else (None, None)
