"""The exchange of a page that is fetched ahead, where the setting ``track_prefetch`` is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from ..events.events import StructuredEvent
from ..headers import Header, RawHeader
from ..ids import new_uuid
from ..request.raw_request import RawRequest
from ..request.rules import PrefetchKind, Reason, answer_reason, prefetched_as
from ..tracking.preparation import Tracked
from .conversation import Conversation
from .exchange import Exchange
from .shared import Shared

CATEGORY = "prefetch"
"""The category of the structured events that say that a page was fetched ahead; the action says how."""


class PrefetchedExchange(Exchange, kw_only=True):
    """An exchange that is no page view, and has an event if a page is what was fetched ahead.

    The event waits for the visitor's consent as one of the application's does. The response is told
    nothing, above all no identity: the browser may keep it, and nobody has seen the page.
    """

    kind: PrefetchKind
    _is_page: bool = False

    __repr__ = object.__repr__

    def start(self, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        try:
            self._is_page = self.is_candidate = answer_reason(status, headers, self._shared.settings) is None
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("start")
        return ()

    async def start_async(self, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        self.start(status, headers)
        if self._shared.asks:  # what is asked may be awaited here, and nowhere later
            self._track()
        await self.settle()
        return ()

    def finish(self, how: str, last: Sequence[bytes] = ()) -> None:
        self._track()
        super().finish(how, last)

    def _track(self) -> None:
        """Track the event, once."""
        is_page, self._is_page = self._is_page, False
        if not is_page or self._request is None:
            return
        try:
            if self.page.skip_reason is not None:
                return
            event = replace(
                StructuredEvent(CATEGORY, self.kind),
                event_id=new_uuid(),
                dvce_created_tstamp=int(self._begun * 1000),
                entities=self.page.entities,
            )
            shared = self._shared
            self.expect(Tracked(event, None, shared.settings.before_send, shared.record))
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("track")


def other_exchange(
    shared: Shared, request: RawRequest, mark: int, reason: Reason | None, clock: Callable[[], float]
) -> Exchange:
    """The exchange of a request that is no page view; ``clock`` gives seconds since the epoch."""
    if reason == "fetch" or reason == "excluded":  # as most are
        return Exchange(shared, request, mark, reason)
    if reason == "websocket":
        return Conversation(shared, request, mark, reason)
    if reason == "prefetch" and shared.settings.track_prefetch:
        kind = prefetched_as(request.headers)
        if kind is not None:  # it is not a part of a page
            return PrefetchedExchange(shared, request, mark, reason, clock(), is_candidate=True, kind=kind)
    return Exchange(shared, request, mark, reason)
