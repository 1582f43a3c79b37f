"""The exchange of a request that is no page view."""

from __future__ import annotations

from collections.abc import Iterable

from ..headers import Header, RawHeader
from ..identity.subject import Subject
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..tracking.blocks import CanTrack
from ..tracking.preparation import Tracked
from .capture import CapturedEvent
from .eventful_exchange import NOBODY, EventfulExchange
from .exchange import Exchange
from .shared import Shared


class SkippedExchange(Exchange):
    """The exchange of a request that is no page view, whatever its answer.

    Most such requests have no use for a page, nor for events: both are made when they are asked for.
    """

    _shared: Shared
    _request: RawRequest | None
    _reason: Reason
    _page: Page | None = None
    _eventful: EventfulExchange | None = None

    __repr__ = object.__repr__

    @property
    def tracker(self) -> CanTrack:
        """The tracker of the request."""
        return self._shared.tracker

    @property
    def page(self) -> Page:
        """A page like any other, of which nothing but its events is sent."""
        page = self._page
        if page is None:
            shared = self._shared
            made = Page(self._request, shared.settings.max_entities, shared.tally.error)
            if self._request is None:
                made.end()
            claimed: Page = shared.claim(self, made)
            if self._page is None:
                self._page = claimed
            shared.end_claim(self, Page)
            page = self._page
        return page

    @property
    def is_open(self) -> bool:
        return self._request is not None

    def visitor(self) -> Subject:
        """Who the visitor is as far as it is known now, with their consent and without a device."""
        return self._with_events(self._request).visitor()

    def expect(self, tracked: Tracked) -> None:
        """Take an event that waits for the visitor's consent, until the exchange is over."""
        request = self._request
        eventful = self._with_events(request)
        eventful.expect(tracked)
        if self._request is None:
            eventful.finish("late")  # it may have been made just when this one was over
        else:
            self.is_waiting = True
            eventful.ask_now()  # nobody may tell when the response starts

    def complete(self, tracked: Tracked) -> CapturedEvent | None:
        """The event by the consent of this moment; None where there is none, or the exchange is over."""
        request = self._request
        return None if request is None else self._with_events(request).complete(tracked)

    def _with_events(self, request: RawRequest | None) -> EventfulExchange:
        if self._eventful is None:
            shared, is_not = self._shared, False
            kept = None if request is not None else NOBODY
            made = EventfulExchange(is_not, is_not, shared, request, self.page, 0, kept)
            claimed: EventfulExchange = shared.claim(self, made)
            if self._eventful is None:
                self._eventful = claimed
            shared.end_claim(self, EventfulExchange)
        return self._eventful

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        await self.settle()
        return ()

    async def settle(self) -> None:
        if self._eventful is not None:
            await self._eventful.settle()

    def finish(self, how: str) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        try:
            page = self._page
            self._shared.explain(request, self._reason, None if page is None else page.skip_reason)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure(f"finish ({how})")
        finally:
            # who asked for the page may have something to track later
            if self._page is not None or how == "lingering":
                self._with_events(request).finish(how)
