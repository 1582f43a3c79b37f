"""What is kept of an event on the request path, and how it becomes one on the background thread."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ..events.events import Event, PageView
from ..identity.cookie_scope import configured_domain
from ..identity.cookies import read_identity
from ..identity.identity import Identity
from ..identity.subject import Subject, subject_of
from ..identity.user_id import valid_user_id
from ..ids import NewId, new_uuid
from ..privacy.consent import ConsentAnswer
from ..privacy.redaction import scrubbing_of
from ..privacy.urls import clean_page_url, clean_referrer
from ..request.client_ip import anonymized, client_of, visited_origin
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.view import request_url, visited_host
from ..settings.settings import BeforeSend, RewriteUrl, Settings
from ..tracking.complete import filtered
from ..tracking.preparation import Tracked
from .answer import Answer
from .shared import Shared

_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")


class _Captured(msgspec.Struct, frozen=True, gc=False):
    """What the request path leaves of a request: references to text and bytes, nothing parsed.

    The request is packed, the page has ended or is nobody's to change.
    """

    shared: Shared
    request: RawRequest
    page: Page
    told: Identity | None
    """Who the visitor is from now on, where the answer told the browser, and the event may name anybody."""
    is_anonymous: bool

    __repr__ = object.__repr__

    def _cleaned_page_url(self, *, is_anonymous: bool) -> str:
        given = self.page.given_url or request_url(
            self.request, origin_of(self.request, self.shared.settings)
        )
        url = self._cleaned(given, clean_page_url, is_anonymous=is_anonymous)
        if url == "" and not self.page.given_url:  # the page has told of one that it was given
            self.shared.tally.error("url_invalid")
        return url or ""

    def _cleaned_referrer(self, *, is_anonymous: bool) -> str:
        referrer = self.page.given_referrer or self.request.header("referer") or ""
        return self._cleaned(referrer, clean_referrer, is_anonymous=is_anonymous) or ""

    def _cleaned(self, url: str, clean: Callable[..., str], *, is_anonymous: bool) -> str | None:
        """The URL as it may leave, ``""`` where it is none, None where the application's hook left it out."""
        scrubbing, rewrite = scrubbing_of(self.shared.settings), self.shared.settings.rewrite_url
        cleaned = clean(url, scrubbing, is_anonymous=is_anonymous, count=self.shared.tally.error)
        if rewrite is None or not cleaned:
            return cleaned
        rewritten = _rewritten(cleaned, rewrite)
        if rewritten is None:
            return None
        cleaned = clean(rewritten, scrubbing, is_anonymous=is_anonymous, count=self.shared.tally.error)
        if not cleaned:
            self.shared.tally.error("rewrite_failed")
        return cleaned or None

    def _subject(self) -> Subject:
        useragent = self.request.header("user-agent") or ""
        language = first_language(self.request.header("accept-language") or "")
        if self.is_anonymous:
            return Subject(useragent=useragent, language=language)
        return subject_of(
            identity=self.told or identity_of_request(self.request, self.shared),
            user_id=valid_user_id(self.page.user_id, self.shared.tally.error),
            user_ipaddress=self._address(),
            useragent=useragent,
            language=language,
        )

    def _address(self) -> str:
        client = client_of(self.request, self.shared.settings.trusted_proxies)
        if client.trouble:
            self.shared.tally.error(client.trouble, client.advice)
        return anonymized(client.address) if self.shared.settings.anonymize_ip else client.address


class CapturedPageView(_Captured, frozen=True, gc=False):
    """A page view; ``begun`` is in milliseconds since the epoch."""

    answer: Answer
    begun: int

    __repr__ = object.__repr__

    def to_event(self, new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        self.request.unpack()
        event = PageView(
            event_id=new_id(),
            web_page_id=self.answer.web_page_id(new_id),
            dvce_created_tstamp=self.begun,
            page_url=self._cleaned_page_url(is_anonymous=self.is_anonymous),
            page_title=self.page.title or "",
            page_referrer=self._cleaned_referrer(is_anonymous=self.is_anonymous),
            subject=self._subject(),
            session_start=None if self.is_anonymous else self.answer.session_start,
            entities=self.page.entities,
            is_anonymous=self.is_anonymous,
        )
        before_send = self.shared.settings.before_send
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
    web_page_id: str
    """That of the page view it belongs to; ``""`` where there is none."""

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
            web_page_id=self.web_page_id,
            subject=subject.anonymous() if self.is_anonymous else subject,
            is_anonymous=self.is_anonymous,
        )
        return event if self.before_send is None else filtered(event, self.before_send)


def captured_event(
    shared: Shared,
    tracked: Tracked,
    request: RawRequest,
    page: Page,
    answer: Answer | None,
    *,
    consent: ConsentAnswer,
) -> CapturedEvent:
    """An event that was tracked in an exchange, with what is known of it now."""
    is_anonymous = consent == "anonymous"
    return CapturedEvent(
        shared,
        request,
        page,
        None if answer is None or is_anonymous else answer.identity,
        is_anonymous,
        tracked.event,
        tracked.subject,
        tracked.before_send,
        (None if answer is None else answer.shown_page_id) or "",
    )


def visitor_of(shared: Shared, request: RawRequest, page: Page, answer: Answer | None) -> Subject:
    """Who the visitor is that agreed to everything, without a device."""
    told = None if answer is None else answer.identity
    return subject_of(
        identity=told or identity_of_request(request, shared),
        user_id=valid_user_id(page.user_id, shared.tally.error),
        consent="full",
    )


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


def identity_of_request(request: RawRequest, shared: Shared) -> Identity:
    """The identity in a request's cookies; those that cannot be read are counted."""
    settings, cookies = shared.settings, request.header("cookie") or ""
    host = visited_host(request, origin_of(request, settings))
    reading = read_identity(
        cookies,
        host=host,
        cookie_prefix=settings.cookie_prefix,
        cookie_domain=configured_domain(host, settings.cookie_domain),
        cookie_path=settings.cookie_path,
    )
    for _ in range(reading.malformed):
        shared.tally.error("malformed_cookie")
    is_known = reading.identity.domain_userid is not None
    shared.doubts.read_cookies(cookies, is_known=is_known, malformed=reading.malformed)
    return reading.identity


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""
