"""What is kept of an event on the request path, and how it becomes one on the background thread."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from .client_ip import client_address
from .cookie_scope import configured_domain
from .errors import FilterFailedError
from .events import Event, PageView
from .exchange import request_url, visited_host
from .identity import Identity, SessionStart, read_identity
from .ids import NewId, new_uuid
from .page import Page
from .raw_request import RawRequest
from .settings import BeforeSend, Settings
from .subject import Subject
from .urls import clean_page_url, clean_referrer

_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")
LONGEST_USER_ID = 255
"""UTF-16 code units of a ``user_id``."""


class Given(msgspec.Struct, frozen=True, gc=False):
    """What the response told the browser, and the event must repeat; ``None`` where it told nothing."""

    identity: Identity | None = None
    session_start: SessionStart | None = None
    web_page_id: str | None = None


NOTHING_GIVEN = Given()


class _Captured(msgspec.Struct, frozen=True, gc=False):
    """What the request path leaves of a request: references to text and bytes, nothing parsed.

    The request is packed, the page has ended or is nobody's to change.
    """

    settings: Settings
    count: Callable[[str], None]
    request: RawRequest
    page: Page
    given: Given
    is_anonymous: bool

    __repr__ = object.__repr__

    def _cleaned_page_url(self, *, is_anonymous: bool) -> str:
        settings = self.settings
        given = self.page.given_url or request_url(self.request, settings.public_url)
        url = clean_page_url(given, secrets=settings.scrub_query, is_anonymous=is_anonymous)
        if not url:
            self.count("url_invalid")
        return url

    def _cleaned_referrer(self, *, is_anonymous: bool) -> str:
        referrer = self.page.given_referrer or self.request.header("referer") or ""
        return clean_referrer(referrer, secrets=self.settings.scrub_query, is_anonymous=is_anonymous)

    def _subject(self) -> Subject:
        useragent = self.request.header("user-agent") or ""
        language = first_language(self.request.header("accept-language") or "")
        if self.is_anonymous:
            return Subject(useragent=useragent, language=language)
        return Subject(
            identity=self.given.identity or identity_of_request(self.request, self.settings, self.count),
            user_id=valid_user_id(self.page.user_id, self.count),
            user_ipaddress=self._address(),
            useragent=useragent,
            language=language,
        )

    def _address(self) -> str:
        request = self.request
        is_forwarded = (
            request.header("x-forwarded-for") is not None or request.header("forwarded") is not None
        )
        address = client_address(request.peer, is_forwarded=is_forwarded)
        if request.peer and is_forwarded and not address:
            self.count("proxy_untrusted")
        return address


class CapturedPageView(_Captured, frozen=True, gc=False):
    """A page view; ``begun`` is in milliseconds since the epoch."""

    begun: int

    __repr__ = object.__repr__

    def to_event(self, new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        self.request.unpack()
        event = PageView(
            event_id=new_id(),
            web_page_id=self.given.web_page_id or new_id(),
            dvce_created_tstamp=self.begun,
            page_url=self._cleaned_page_url(is_anonymous=self.is_anonymous),
            page_title=self.page.title or "",
            page_referrer=self._cleaned_referrer(is_anonymous=self.is_anonymous),
            subject=self._subject(),
            session_start=self.given.session_start,
            entities=self.page.entities,
            is_anonymous=self.is_anonymous,
        )
        before_send = self.settings.before_send
        return event if before_send is None else _filtered(event, before_send)


class CapturedEvent(_Captured, frozen=True, gc=False):
    """An event that was tracked in a request, whose page it gets.

    ``event`` has all that is known without the request. ``subject`` is there where it is not about
    the request's visitor; then a link's ``_sp`` parameter, which is the visitor's, is left out.
    ``before_send`` is that of the tracker that tracked it.
    """

    event: Event
    subject: Subject | None
    before_send: BeforeSend | None

    __repr__ = object.__repr__

    def to_event(self, _new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        self.request.unpack()
        subject = self._subject() if self.subject is None else self.subject
        is_anonymous = self.is_anonymous or self.subject is not None
        event = replace(
            self.event,
            page_url=self._cleaned_page_url(is_anonymous=is_anonymous),
            page_referrer=self._cleaned_referrer(is_anonymous=is_anonymous),
            web_page_id=self.given.web_page_id or "",
            subject=subject.anonymous() if self.is_anonymous else subject,
            is_anonymous=self.is_anonymous,
        )
        return event if self.before_send is None else _filtered(event, self.before_send)


class CompleteEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that was tracked with all that belongs on it."""

    event: Event
    before_send: BeforeSend | None

    __repr__ = object.__repr__

    def to_event(self, _new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        return self.event if self.before_send is None else _filtered(self.event, self.before_send)


def _filtered(event: Event, before_send: BeforeSend) -> Event | None:
    try:
        filtered = before_send(event)
    except Exception as error:
        # the application's filter may raise anything: then nothing may leave
        raise FilterFailedError(f"before_send raised {type(error).__name__}") from error
    if filtered is None or isinstance(filtered, Event):
        return filtered
    raise FilterFailedError(
        f"before_send gave {type(filtered).__name__}: return the event, another event, or None"
    )


def identity_of_request(request: RawRequest, settings: Settings, count: Callable[[str], None]) -> Identity:
    """The identity in a request's cookies; those that cannot be read are counted."""
    host = visited_host(request, settings.public_url)
    reading = read_identity(
        request.header("cookie") or "",
        host=host,
        cookie_prefix=settings.cookie_prefix,
        cookie_domain=configured_domain(host, settings.cookie_domain),
        cookie_path=settings.cookie_path,
    )
    for _ in range(reading.malformed):
        count("malformed_cookie")
    return reading.identity


def valid_user_id(given: str | None, count: Callable[[str], None]) -> str:
    """The application's id of a person; one that is too long is left out and counted."""
    user_id, length = given or "", len(given or "")
    if not user_id.isascii():  # halves of a surrogate pair fit neither an event nor a token
        units = user_id.encode("utf-16-le", "surrogatepass")
        user_id, length = units.decode("utf-16-le", "replace"), len(units) // 2
    if length > LONGEST_USER_ID:  # cut short it would be somebody else's
        count("user_id_invalid")
        return ""
    return user_id


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""
