"""The page view under construction, and the way to it from anywhere in the application."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any, Protocol

import msgspec

from ..errors import EntityError
from ..events.entities import MAX_ENTITY_BYTES, encode_entity
from ..events.events import Recorded
from ..identity.subject import UNKNOWN_SUBJECT, Subject
from ..identity.texts import NoTextError, shape, text_of
from ..identity.user_id import valid_user_id
from ..plain_setting import plainly_set
from ..privacy.consent import consent_answer
from ..privacy.urls import is_readable_url
from ..tally import Count
from .outside import count_outside
from .raw_request import RawRequest
from .view import request_url

Given = tuple[str | None, str | None, str | None, str | None, tuple[bytes, ...]]


@plainly_set
class Page(msgspec.Struct, eq=False):
    """The page that is being served, as long as it has its request; what is set here goes onto its page view.

    Text becomes ``str`` and entities are encoded when they are set, so that nothing changed later
    changes the event. Nothing here raises: what cannot be used is left out and counted in
    ``stats()["errors"]``. Once the response has ended, writes are ignored (``late_write``).
    """

    _request: RawRequest | None
    _max_entities: int
    _count: Count
    skip_reason: str | None = None
    _title: str | None = None
    _url: str | None = None
    _referrer: str | None = None
    _user_id: str | None = None
    _consent: str | None = None
    _entities: tuple[tuple[str, bytes], ...] = ()

    __repr__ = object.__repr__  # what the application sets is nobody's to log

    @property
    def title(self) -> str | None:
        """``page_title``; ``None`` until the application sets it."""
        return self._title

    @title.setter
    def title(self, value: object) -> None:
        if type(value) is str and self._request is not None:  # as it mostly is
            self._title = value
        else:
            self._title = self._text("title", value, self._title)

    @property
    def url(self) -> str | None:
        """``page_url``: the URL of the request, unless the application sets another (a canonical one)."""
        if self._url:
            return self._url
        return None if (request := self._request) is None else request_url(request)

    @url.setter
    def url(self, value: object) -> None:
        self._url = self._address("url", value, self._url)

    @property
    def referrer(self) -> str | None:
        """``page_referrer``: the request's Referer, unless the application sets another."""
        if self._referrer:
            return self._referrer
        return None if (request := self._request) is None else request.header("referer")

    @referrer.setter
    def referrer(self, value: object) -> None:
        self._referrer = self._address("referrer", value, self._referrer)

    @property
    def user_id(self) -> str | None:
        """``user_id``: the application's own id of the person; wins over the setting ``user_id``."""
        return self._user_id

    @user_id.setter
    def user_id(self, value: object) -> None:
        if self._is_writable():
            self._user_id = None if value is None else valid_user_id(value, self._count)

    @property
    def consent(self) -> str | None:
        """``full``, ``anonymous`` or ``none`` where the application says it; wins over the setting."""
        return self._consent

    @consent.setter
    def consent(self, value: object) -> None:
        if not self._is_writable():
            return
        if value is None:
            self._consent = None
            return
        try:
            answer = consent_answer(text_of(value))
        except NoTextError:
            answer = None
        if answer is None:  # nobody knows what was meant, so that nothing is collected
            self._count("consent_invalid", f"consent is {shape(value)}: give 'full', 'anonymous' or 'none'")
        self._consent = answer or "none"

    @property
    def given_url(self) -> str | None:
        """The URL that the application set, if it did."""
        return self._url

    @property
    def entities(self) -> tuple[bytes, ...]:
        """The attached entities, as encoded self-describing JSON."""
        return tuple([encoded for _, encoded in self._entities]) if self._entities else ()

    @property
    def attached(self) -> tuple[tuple[str, bytes], ...]:
        """The attached entities, with the schemas that their classes have."""
        return self._entities

    def given(self) -> Given:
        """Title, URL, referrer, user id and entities as the application set them, for its event."""
        return self._title, self._url, self._referrer, self._user_id, self.entities

    def has_say(self) -> bool:
        """Whether the application said what decides on the page view: to skip it, or the consent."""
        return self.skip_reason is not None or self._consent is not None

    def attach(self, entity: object) -> None:
        """Attach an entity: an object whose class has ``@entity``, or a self-describing dict."""
        encoded = self._encode(entity)
        if encoded is not None:
            self.attach_encoded(encoded)

    def replace(self, entity: object) -> None:
        """Attach an entity in place of those that have its schema."""
        encoded = self._encode(entity)
        if encoded is not None:
            self._entities = tuple(kept for kept in self._entities if kept[0] != encoded[0])
            self.attach_encoded(encoded)

    def skip(self, reason: str = "") -> None:
        """Let this exchange be no page view; ``reason`` goes to the debug log."""
        if self._is_writable():
            self.skip_reason = self._text("the reason to skip", reason, "") or ""

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
        self._request = None  # a page may outlive its request in a context, the request must not

    def attach_encoded(self, encoded: tuple[str, bytes]) -> None:
        """Attach an entity that is encoded, with its schema."""
        attached, size = self._entities, len(encoded[1])
        if attached:
            size += sum([len(kept) for _, kept in attached])
        if len(attached) >= self._max_entities:
            self._count("too_many_entities")
        elif size > MAX_ENTITY_BYTES:
            self._count("entity_too_large")
        else:
            self._entities = (*attached, encoded)

    def _text(self, name: str, value: object, kept: str | None) -> str | None:
        """``value`` as text; ``kept``, what is there already, where it is none or may not be written."""
        if not self._is_writable():
            return kept
        if value is None or type(value) is str:
            return value
        try:
            return text_of(value)
        except NoTextError as error:
            self._count("text_invalid", f"{name} {error}")
            return kept

    def _address(self, name: str, value: object, kept: str | None) -> str | None:
        """``_text`` of a URL; one that cannot be read stays, so that it leaves nothing, and is counted."""
        address = self._text(name, value, kept)
        if address and address is not kept and not is_readable_url(address):
            self._count(
                "url_invalid",
                f"{name} of current_page() has no scheme and host that can be read, and was left out: "
                "give it such as 'https://www.example.com/page'",
            )
        return address

    def _encode(self, entity: object) -> tuple[str, bytes] | None:
        if self._request is None and not self._is_writable():
            return None
        try:
            return encode_entity(entity)
        except Exception as error:  # noqa: BLE001
            # a model's own serializer may raise anything, and must not into the view
            self._count(
                "entity_invalid", str(error) if isinstance(error, EntityError) else type(error).__name__
            )
            return None

    def _is_writable(self) -> bool:
        is_open = self._request is not None
        if not is_open:
            self._count("late_write")
        return is_open


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


NO_PAGE = Page(None, 0, count_outside)
"""The page outside any exchange, and of an exchange to whose page nobody has set anything: it is inert."""


class _Outside:
    """No exchange: its page is inert."""

    tracker, page = None, NO_PAGE
    is_candidate = is_open = False

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


current_exchange = _current.get  # the exchange of this context; outside any request one without a tracker

enter_exchange = _current.set
"""Make an exchange the current one of this context; what starts with a copy of it, a task, keeps it."""


def leave_exchange(exchange: HasPage, outer: HasPage) -> None:
    """The exchange is over for whoever this context belongs to: the one that was current before is again.

    Without it the next code in a server's thread would be the same visitor's, and so would what a view does
    after it has called another view of the site.
    """
    if _current.get() is exchange:
        _current.set(outer)


def _leave_in_child() -> None:
    """A forked child is not the request's: a pool's goes on for years, and works for others."""
    _current.set(_outside)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_in_child)
