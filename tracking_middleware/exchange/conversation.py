"""The exchange of a websocket: no page view, and its events do not wait for its end."""

from __future__ import annotations

from ..privacy.urls import is_readable_url
from ..tracking.preparation import Tracked
from .exchange import Exchange
from .visitor import Visitor


class Conversation(Exchange):
    """A websocket from its handshake to its end, which may be days later.

    Its visitor is the handshake's, with its cookies and its consent; of the page that opened it the handshake
    tells the origin. An event leaves as soon as the consent of its moment is known.
    """

    __repr__ = object.__repr__

    def expect(self, tracked: Tracked) -> None:
        super().expect(tracked)
        self._pass_on_what_waits()

    async def settle(self) -> None:
        await super().settle()
        self._pass_on_what_waits()

    def show(self, context: object) -> None:
        """There is no page that shows it."""

    def _pass_on_what_waits(self) -> None:
        request, visitor = self._request, self._visitor
        if request is None or visitor is None or visitor.is_pending:
            return
        self.is_waiting = False  # before looking, so that what comes meanwhile says so again
        try:
            self._pass_on(visitor.settle(request), request.packed())
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the application
            self._shared.tally.failure("track")

    def _make_visitor(self) -> Visitor:
        visitor, request = super()._make_visitor(), self._request
        origin = None if request is None else request.header("origin")
        # "null" is that of a page that hides where it is from, and what is none is not the app's fault
        if origin and origin.startswith(("http://", "https://")) and is_readable_url(f"{origin}/"):
            visitor.page.referrer = f"{origin}/"
        return visitor
