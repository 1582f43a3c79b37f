"""The visitor of an exchange: made when somebody asks for it, or has to be asked; of most nobody does."""

from __future__ import annotations

from typing import Any

import msgspec

from ..metadata.objects.cached import said_since, unpacked
from ..metadata.objects.describing import describe_more, describe_shown
from ..metadata.objects.remembering import remembered, say_again
from ..metadata.objects.shown import Shown
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
    _mark: int
    """What its carrier has for a mark, until it is over."""
    _reason: Reason | None
    """Why it is no page view, as far as it is known; ``status`` before a response starts."""
    _begun: float = 0.0  # in seconds since the epoch
    is_candidate: bool = False
    """False as soon as it is known that the exchange is no page view of its own."""
    may_be_page: bool = False
    """Whether the request may become a page view; then the response decides."""
    is_waiting: bool = False
    """Whether events wait in it for the visitor's consent; then ``settle`` is called before ``finish``."""
    _visitor: Visitor | None = None
    _shown: Shown | None = None
    """What templates were given, until the page is over."""

    __repr__ = object.__repr__

    @property
    def tracker(self) -> CanTrack:
        """The tracker of the request."""
        return self._shared.tracker

    @property
    def native(self) -> Any:
        """The framework's own request, while it is open."""
        request = self._request
        return None if request is None else request.native_source()()

    @property
    def path(self) -> str:
        """The path of the request, while it is open."""
        request = self._request
        return "" if request is None else request.path

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

    def show(self, context: object) -> None:
        """Keep what a template of the page was given, for the functions that describe it."""
        shown = self._shown
        if shown is None:
            self._shown = shown = Shown()
        shown.add(context)

    def describe(self) -> None:
        """Describe what was shown, where it is a page view: once it is made, before its database goes."""
        shown, shared = self._shown, self._shared
        if shown is None or self._reason is not None or self._request is None:
            return
        self._shown = None
        try:
            count = shared.tally.error
            describe_shown(shown, page=lambda: self.page, max_entities=shared.max_entities, count=count)
            if shown.recalled is not None:
                say_again(shown.recalled, lambda: self.page, count)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            shared.tally.failure("describe")

    @property
    def title(self) -> str | None:
        """The title that was said until now; asking makes no page."""
        visitor = self._visitor
        return None if visitor is None else visitor.page.title

    @property
    def title_of_render(self) -> str | None:
        """The title that was said since the render began."""
        shown = self._shown
        return self.title if shown is None else said_since(shown.title_before, self.title)

    def begin_render(self) -> None:
        """A cache had no page, and it is rendered now: what was said before is not said by its view."""
        title, shown = self.title, self._shown
        if title is not None or shown is not None:
            self._shown = shown = shown or Shown()
            shown.title_before = title

    def remember(self, title: str | None) -> bytes | None:
        """What a cache is to keep with the page that it is about to; None where there is none, or it is over.

        Also of a request that is no page view: whoever comes next may be given that page. ``title`` is what
        the render said, and not what stands around it, which runs for each request.
        """
        request, shared = self._request, self._shared
        if request is None:
            return None
        try:
            shown, page = self._shown or Shown(), self.page
            describe_more(
                shown, page=lambda: page, max_entities=shared.max_entities, count=shared.tally.error
            )
            visitor = self._made_visitor()
            kept = remembered(
                shown,
                page,
                title=title,
                address=request.path,
                is_named=page.user_id is not None and not visitor.has_named,
                reads_titles="title" in shared.settings.metadata,
            )
            shown.remembered.add(kept)
            self._shown = shown
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            shared.tally.failure("remember")
            return None
        return kept

    def has_remembered(self, kept: object) -> bool:
        """Whether it is from this very request, as in a copy of its response."""
        shown = self._shown
        return shown is not None and isinstance(kept, bytes) and kept in shown.remembered

    def recall(self, kept: object) -> None:
        """The page is one that a cache had, and kept this with it, if anything."""
        request, shown = self._request, self._shown or Shown()
        if request is not None and not self.has_remembered(kept):
            shown.recalled = unpacked(kept, request.path)
            self._shown = shown

    def _made_visitor(self) -> Visitor:
        """The visitor, made once by whichever thread asks first."""
        visitor = self._visitor
        if visitor is None:
            # as Shared.once() does, in fewer steps
            claims, made, claim = self._shared.claims, self._make_visitor(), id(self)
            made = claims.setdefault(claim, made)
            visitor = self._visitor
            if visitor is None:
                self._visitor = visitor = made
            claims.pop(claim, None)
            if self._request is None:  # it has ended meanwhile, in another thread
                visitor.page.end()
        return visitor

    def _make_visitor(self) -> Visitor:
        shared = self._shared
        return Visitor(shared, shared.page(self._request, shared.max_entities, shared.count))

    def _unasked_consent(self, request: RawRequest) -> ConsentAnswer | None:
        """What the browser's own signals allow, where nobody is asked or has said anything; else None."""
        shared, visitor = self._shared, self._visitor
        if not shared.asks_nobody or (visitor is not None and visitor.page.has_say()):
            return None
        is_silent = request.is_ordinary or request.is_silent()
        return "full" if is_silent else signalled(request, shared.signals)

    def _to_be_asked(self) -> Asked:
        """Request and visitor, if there is something to be asked about them."""
        if self._request is None or not (self.is_candidate or self.is_waiting):
            return None, None
        visitor = self._made_visitor()
        is_asked = self.is_waiting or visitor.page.skip_reason is None
        return (self._request, visitor) if is_asked else (None, None)
