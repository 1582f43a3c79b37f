"""What is kept of an event on the request path, and how it becomes one on the background thread."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ..events.events import Event, PageView
from ..identity.cookie_scope import configured_domain
from ..identity.cookies import read_identity
from ..identity.identity import Identity, SessionStart
from ..identity.subject import Subject, subject_of
from ..identity.user_id import valid_user_id
from ..ids import NewId, new_uuid
from ..privacy.redaction import scrubbing_of
from ..privacy.urls import clean_page_url, clean_referrer
from ..request.client_ip import anonymized, client_of, visited_origin
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.view import request_url, visited_host
from ..settings.settings import BeforeSend, RewriteUrl, Settings
from ..tracking.complete import filtered

_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")


class Count(Protocol):
    """Counts what could not be used; ``advice`` says what to do about it."""

    def __call__(self, name: str, advice: str = "", /) -> None: ...


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
    count: Count
    request: RawRequest
    page: Page
    given: Given
    is_anonymous: bool

    __repr__ = object.__repr__

    def _cleaned_page_url(self, *, is_anonymous: bool) -> str:
        given = self.page.given_url or request_url(self.request, origin_of(self.request, self.settings))
        url = self._cleaned(given, clean_page_url, is_anonymous=is_anonymous)
        if url == "":
            self.count("url_invalid")
        return url or ""

    def _cleaned_referrer(self, *, is_anonymous: bool) -> str:
        referrer = self.page.given_referrer or self.request.header("referer") or ""
        return self._cleaned(referrer, clean_referrer, is_anonymous=is_anonymous) or ""

    def _cleaned(self, url: str, clean: Callable[..., str], *, is_anonymous: bool) -> str | None:
        """The URL as it may leave, ``""`` where it is none, None where the application's hook left it out."""
        scrubbing, rewrite = scrubbing_of(self.settings), self.settings.rewrite_url
        cleaned = clean(url, scrubbing, is_anonymous=is_anonymous, count=self.count)
        if rewrite is None or not cleaned:
            return cleaned
        rewritten = _rewritten(cleaned, rewrite)
        if rewritten is None:
            return None
        cleaned = clean(rewritten, scrubbing, is_anonymous=is_anonymous, count=self.count)
        if not cleaned:
            self.count("rewrite_failed")
        return cleaned or None

    def _subject(self) -> Subject:
        useragent = self.request.header("user-agent") or ""
        language = first_language(self.request.header("accept-language") or "")
        if self.is_anonymous:
            return Subject(useragent=useragent, language=language)
        return subject_of(
            identity=self.given.identity or identity_of_request(self.request, self.settings, self.count),
            user_id=valid_user_id(self.page.user_id, self.count),
            user_ipaddress=self._address(),
            useragent=useragent,
            language=language,
        )

    def _address(self) -> str:
        client = client_of(self.request, self.settings.trusted_proxies)
        if client.trouble:
            self.count(client.trouble, client.advice)
        return anonymized(client.address) if self.settings.anonymize_ip else client.address


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
        return event if before_send is None else filtered(event, before_send)


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
        return event if self.before_send is None else filtered(event, self.before_send)


def _rewritten(url: str, rewrite: RewriteUrl) -> str | None:
    """What the application's hook makes of a URL; ``""`` where it fails, None where it leaves it out."""
    try:
        rewritten: object = rewrite(url)
    except Exception:  # noqa: BLE001
        # the hook may raise anything, and quote the URL: then that must not leave
        return ""
    if rewritten is None or rewritten == "":
        return None
    return str.__str__(rewritten) if isinstance(rewritten, str) else ""


def origin_of(request: RawRequest, settings: Settings) -> str | None:
    """Scheme and host as the browser knows them; ``None`` where they are the request's own."""
    return visited_origin(request, public_url=settings.public_url, trusted=settings.trusted_proxies)


def identity_of_request(request: RawRequest, settings: Settings, count: Callable[[str], None]) -> Identity:
    """The identity in a request's cookies; those that cannot be read are counted."""
    host = visited_host(request, origin_of(request, settings))
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


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""
