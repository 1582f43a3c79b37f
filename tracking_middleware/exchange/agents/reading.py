"""The exchange of an agent, and how what it read becomes an event on the background thread."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ...events.entities import encode_entity
from ...events.events import Event, StructuredEvent
from ...headers import Header, RawHeader, content_length
from ...identity.subject import Subject
from ...ids import NewId, new_uuid
from ...metadata.kept import BodyMemory, KeptBody
from ...privacy.consent import ConsentAnswer
from ...request.client_ip import Client
from ...request.page import Page
from ...request.raw_request import RawRequest, Sent
from ...request.rules import answer_reason
from ...request.view import ResponseView
from ...tracking.complete import filtered
from ..answer import Answer
from ..capture import CapturedPageView
from ..exchange import Exchange
from ..visited import Asked
from .entity import AgentRead
from .files import AgentFile, is_feed

CATEGORY = "agent"
"""The category of the events that say that an agent asked for what is no page; the action says what."""

_NOT_READ = BodyMemory(most=0, of_each=0)


class CountedBody(KeptBody):
    """A body whose length is counted, and of which the begin is kept where the page is to be read."""

    size: int = 0

    def add(self, chunk: bytes) -> None:
        try:
            self.size += memoryview(chunk).nbytes
        except TypeError:  # no bytes at all: the server is the one to complain
            return
        super().add(chunk)

    def add_all(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.add(chunk)


class CapturedAgentRead(CapturedPageView, frozen=True, kw_only=True, gc=False):
    """A page view of an agent's, or its event about what is no page. It names nobody by a cookie."""

    file: AgentFile | None
    status: int
    size: int | None
    seconds: float
    rate: float

    __repr__ = object.__repr__

    def to_event(self, new_id: NewId = new_uuid) -> Event | None:
        view, agent = self.page_view(new_id), self.agent()
        read = AgentRead(
            agent_class=agent.agent_class,
            operator=agent.operator or None,
            product=agent.product or None,
            proof=agent.proof,
            status=self.status,
            bytes=self.size,
            seconds=round(self.seconds, 6),
            rate=self.rate if self.rate < 1 else None,
        )
        entities = (*view.entities, encode_entity(read)[1])
        event: Event = replace(view, entities=entities)
        if self.file is not None:
            event = replace(
                StructuredEvent(CATEGORY, self.file, agent.product or None),
                event_id=view.event_id,
                dvce_created_tstamp=view.dvce_created_tstamp,
                page_url=view.page_url,
                page_referrer=view.page_referrer,
                subject=view.subject,
                entities=entities,
                is_anonymous=view.is_anonymous,
            )
        before_send = self.shared.settings.before_send
        return event if before_send is None else filtered(event, before_send)

    def _subject(
        self, sent: Sent, given_id: str | None, client: Client | None, origin: str
    ) -> tuple[Subject, bool]:
        """The device alone; whoever the cookies are of has not asked, and the application names people."""
        without_cookies = (*sent[:6], "", *sent[7:])
        subject, _ = super()._subject(without_cookies, None, client, origin)
        return subject, False  # what was tracked in the request is to look for itself


class AgentExchange(Exchange, kw_only=True):
    """The exchange of an agent: a page view whatever it accepts, or an event about what is no page.

    Its answer carries no identity.
    """

    rate: float
    file: AgentFile | None
    _since: float
    _status: int = 0
    _length: int | None = None

    __repr__ = object.__repr__

    @property
    def body(self) -> KeptBody | None:
        """What is counted of the body; adapters add what they send."""
        if self._body is None and self._reason is None:
            bodies, headers = self._shared.bodies, self._page_headers
            if bodies is None or headers is None:
                self._body = CountedBody(_NOT_READ, (), 0)
            else:
                self._body = CountedBody(bodies, headers, bodies.of_each)
        return self._body

    def start(self, status: int, headers: Sequence[RawHeader]) -> tuple[Header, ...]:
        try:
            shared, request = self._shared, self._request
            if request is None:
                return ()
            self._look_at(request, status, headers)
            if self.file is None:
                return self._tell(request, status, headers) if shared.asks or shared.tells else ()
            if shared.asks and self.is_candidate:
                self._made_visitor().settle(request)
            return ()
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure("start")
            return ()

    def _observed(self, status: int, headers: Sequence[RawHeader]) -> Asked:
        if self._request is not None:
            self._look_at(self._request, status, headers)
        return self._to_be_asked()

    def _look_at(self, request: RawRequest, status: int, headers: Sequence[RawHeader]) -> None:
        """Note how the response starts, and what it makes of the request."""
        settings, response = self._shared.settings, ResponseView.of(status, headers)
        if self.file is None and status in settings.track_status:
            self.file = "feed" if is_feed(response.content_type, request.path) else None
        self._reason = None if self.file is not None else answer_reason(status, headers, settings)
        self.is_candidate = self._reason is None
        self._status, self._body = status, None
        self._length = 0 if status == 304 else content_length(headers)
        self._page_headers = tuple(headers) if self.file is None and self._shared.bodies is not None else None

    def _capture(
        self, request: RawRequest, page: Page, consent: ConsentAnswer, last: Sequence[bytes]
    ) -> None:
        body, length, is_to_be_read = self.body, self._length, self._page_headers is not None
        if isinstance(body, CountedBody):
            body.add_all(last)
            length = length if length is not None or not body.size else body.size
        self._answer = answer = self._answer or Answer(self._shared)
        self._held = consent
        self._kept = kept = request.kept()
        self._shared.record(
            CapturedAgentRead(
                self._shared,
                kept,
                page,
                None,
                consent == "anonymous",
                answer,
                self._begun,
                body if is_to_be_read else None,
                file=self.file,
                status=self._status,
                size=length,
                seconds=time.perf_counter() - self._since,
                rate=self.rate,
            )
        )
