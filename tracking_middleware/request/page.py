"""The page view under construction, and the way to it from anywhere in the application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import msgspec

from ..errors import EntityError, TrackingError
from ..events.entities import MAX_ENTITY_BYTES, encode_entity
from ..events.events import Recorded
from ..identity.subject import UNKNOWN_SUBJECT, Subject
from ..privacy.consent import consent_answer
from .raw_request import RawRequest
from .view import request_url

logger = logging.getLogger("tracking_middleware.page")


class Page(msgspec.Struct, eq=False):
    """The page that is being served; what is set here goes onto its page view.

    Text becomes ``str`` and entities are encoded when they are set, so that nothing changed later
    changes the event. Nothing here raises: what cannot be used is left out and counted in
    ``stats()["errors"]``. Once the response has ended, writes are ignored (``late_write``).
    """

    _request: RawRequest | None
    _max_entities: int
    _count: Callable[..., None]
    skip_reason: str | None = None
    _title: str | None = None
    _url: str | None = None
    _referrer: str | None = None
    _user_id: str | None = None
    _consent: str | None = None
    _entities: list[tuple[str, bytes]] = []
    _is_open: bool = True

    __repr__ = object.__repr__  # what the application sets is nobody's to log

    @property
    def title(self) -> str | None:
        """``page_title``; ``None`` until the application sets it."""
        return self._title

    @title.setter
    def title(self, value: object) -> None:
        self._title = self._text(value, self._title)

    @property
    def url(self) -> str | None:
        """``page_url``: the URL of the request, unless the application sets another (a canonical one)."""
        if self._url:
            return self._url
        return None if (request := self._request) is None else request_url(request)

    @url.setter
    def url(self, value: object) -> None:
        self._url = self._text(value, self._url)

    @property
    def referrer(self) -> str | None:
        """``page_referrer``: the request's Referer, unless the application sets another."""
        if self._referrer:
            return self._referrer
        return None if (request := self._request) is None else request.header("referer")

    @referrer.setter
    def referrer(self, value: object) -> None:
        self._referrer = self._text(value, self._referrer)

    @property
    def user_id(self) -> str | None:
        """``user_id``: the application's own id of the person; wins over the setting ``user_id``."""
        return self._user_id

    @user_id.setter
    def user_id(self, value: object) -> None:
        self._user_id = self._text(value, self._user_id)

    @property
    def consent(self) -> str | None:
        """``full``, ``anonymous`` or ``none`` where the application says it; wins over the setting."""
        return self._consent

    @consent.setter
    def consent(self, value: object) -> None:
        if value is None or consent_answer(value) is not None:
            self._consent = self._text(value, self._consent)
        elif self._is_writable():  # nobody knows what was meant, so that nothing is collected
            self._count("consent_invalid")
            self._consent = "none"

    @property
    def given_url(self) -> str | None:
        """The URL that the application set, if it did."""
        return self._url

    @property
    def given_referrer(self) -> str | None:
        """The referrer that the application set, if it did."""
        return self._referrer

    @property
    def entities(self) -> tuple[bytes, ...]:
        """The attached entities, as encoded self-describing JSON."""
        return tuple(encoded for _, encoded in self._entities)

    def attach(self, entity: object) -> None:
        """Attach an entity: an object whose class has ``@entity``, or a self-describing dict."""
        encoded = self._encode(entity)
        if encoded is not None:
            self._add(encoded)

    def replace(self, entity: object) -> None:
        """Attach an entity in place of those that have its schema."""
        encoded = self._encode(entity)
        if encoded is not None:
            self._entities = [kept for kept in self._entities if kept[0] != encoded[0]]
            self._add(encoded)

    def skip(self, reason: str = "") -> None:
        """Let this exchange be no page view; ``reason`` goes to the debug log."""
        if self._is_writable():
            self.skip_reason = str(reason)

    def seal(self) -> str:
        """A signed token that stands for the page's visitor where there is no request.

        It is short and may stand in a URL, a job's arguments or a printed code; ``unseal()`` of a
        tracker with the same ``secret_key`` gives the Subject. ``""``, with a warning, outside a
        request and without a ``secret_key``.
        """
        exchange = _current.get()
        tracker = exchange.tracker
        if tracker is None or exchange.page is not self:
            self._count("seal_outside_request")
            return ""
        return str(tracker.seal())

    def end(self) -> None:
        """End the construction: the response has ended."""
        self._is_open = False
        self._request = None  # a page may outlive its request in a context, the request must not

    def _add(self, encoded: tuple[str, bytes]) -> None:
        if len(self._entities) >= self._max_entities:
            self._count("too_many_entities")
        elif len(encoded[1]) + sum(len(kept) for _, kept in self._entities) > MAX_ENTITY_BYTES:
            self._count("entity_too_large")
        else:
            self._entities.append(encoded)

    def _text(self, value: object, kept: str | None) -> str | None:
        """``value`` as text; ``kept``, what is there already, where it cannot or may not be written."""
        if not self._is_writable():
            return kept
        if value is None or type(value) is str:
            return value
        try:
            # plain text at once: a lazy translation would be rendered later, in another language
            return str.__str__(str(value))
        except Exception:  # noqa: BLE001
            # the value's own __str__ may raise anything, and must not into the view
            self._count(
                "text_invalid", f"str() of a {type(value).__name__} raised, and it was left out: give text"
            )
            return kept

    def _encode(self, entity: object) -> tuple[str, bytes] | None:
        if not self._is_writable():
            return None
        try:
            return encode_entity(entity)
        except Exception as error:  # noqa: BLE001
            # a model's own serializer may raise anything, and must not into the view
            self._count(
                "entity_invalid", str(error) if isinstance(error, EntityError) else type(error).__name__
            )
            logger.debug(
                "entity left out: %s", error if isinstance(error, EntityError) else type(error).__name__
            )
            return None

    def _is_writable(self) -> bool:
        if not self._is_open:
            self._count("late_write")
        return self._is_open


class _Counter:
    """What was written and tracked outside any request, in this process."""

    def __init__(self) -> None:
        self.writes = 0
        self.refusals = 0
        self._told: set[str] = set()

    def __call__(self, name: str, _advice: str = "") -> None:
        self.writes += 1
        advice = _ADVICE.get(name)
        if self.refusals:
            raise TrackingError(advice or _WRITTEN_OUTSIDE)
        if advice is not None and name not in self._told:
            self._told.add(name)
            logger.warning("tracking: %s; further ones are counted in stats()", advice)


_ADVICE = {
    "track_outside_request": "track() was called outside a request, and nothing was sent: "
    "call the method of a Tracker, or be within `with tracker:`",
    "seal_outside_request": "seal() was called outside a request, and gave an empty token: "
    "call the method of a Tracker with a Subject",
}
_WRITTEN_OUTSIDE = (
    "current_page() was written to outside a request, and nothing was sent: do it in a view, a template or "
    "a streaming body"
)
_outside_counter = _Counter()
count_outside = _outside_counter
"""Count what was tried outside any request; of some things the first is told."""


class HasPage(Protocol):
    """An exchange, which has a page whether or not it is a page view."""

    @property
    def page(self) -> Page: ...
    @property
    def tracker(self) -> Any: ...
    @property
    def is_candidate(self) -> bool: ...
    @property
    def is_open(self) -> bool: ...
    def visitor(self) -> Subject: ...
    def expect(self, tracked: Any) -> None: ...
    def complete(self, tracked: Any) -> Recorded | None: ...


class _Outside:
    """No exchange: its page is inert."""

    tracker = None
    is_candidate = is_open = False

    def __init__(self) -> None:
        self.page = Page(None, 0, _outside_counter)
        self.page.end()

    def visitor(self) -> Subject:
        return UNKNOWN_SUBJECT

    def expect(self, tracked: Any) -> None:
        """Nobody asks: where there is no tracker there is nothing to expect."""

    def complete(self, tracked: Any) -> None:
        """Nobody asks: see ``expect``."""


_outside = _Outside()
_current: ContextVar[HasPage] = ContextVar("tracking_middleware_exchange", default=_outside)


def current_page() -> Page:
    """The page of the request that is being answered, in a view, a template or a streaming body.

    Outside a request it is an inert page: setting something there does nothing and is counted.
    """
    return _current.get().page


current_exchange = _current.get
"""The exchange of this context; outside any request one without a tracker."""

enter_exchange = _current.set
"""Make an exchange the current one; never undone, so that streaming bodies and threads still reach it."""


@contextmanager
def refusing_writes_outside_requests() -> Iterator[None]:
    """Within this block what is only counted outside any request raises TrackingError, as tests want it."""
    _outside_counter.refusals += 1
    try:
        yield
    finally:
        _outside_counter.refusals -= 1


def writes_outside_requests() -> int:
    """How often, in this process, something was written to a page or tracked outside any request."""
    return _outside_counter.writes
