"""What is kept of an event on the request path, and how it becomes one on the background thread."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from ..addresses import anonymized
from ..events.events import Event, PageView
from ..identity.cookie_scope import configured_domain
from ..identity.cookies import ordinary_identity, read_identity
from ..identity.identity import UNKNOWN_IDENTITY, Identity
from ..identity.subject import KnownSubject, Subject, subject_of
from ..identity.user_id import valid_user_id
from ..ids import NewId, new_uuid
from ..metadata.kept import KeptBody
from ..privacy.consent import ConsentAnswer
from ..privacy.ordinary_urls import ordinary_pair, ordinary_url
from ..privacy.urls import clean_page_url, clean_referrer
from ..request.client_ip import Client, address_without_proxies, client_from, visited_origin
from ..request.page import Given, Page
from ..request.raw_request import RawRequest, Sent
from ..settings.settings import BeforeSend, RewriteUrl, Settings
from ..tracking.complete import filtered
from ..tracking.preparation import Tracked
from .answer import Answer
from .described import described
from .shared import Shared

_LONGEST_KNOWN_LANGUAGES = 100
"""Characters of a header that is remembered with what it says: browsers of one language send the same."""
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

    def _client(self, sent: Sent) -> tuple[Client | None, str]:
        """Where proxies are believed the client; and scheme and host as the browser knows them."""
        settings = self.shared.settings
        client = None
        if (trusted := settings.trusted_proxies) is not None:
            client = client_from(sent[0], sent[1], sent[3], sent[8], trusted)
        if settings.public_url is not None:
            return client, settings.public_url
        if client is None or self.request.has_final_origin:
            return client, f"{sent[0]}://{sent[1]}"
        return client, client.origin

    def _cleaned_urls(self, sent: Sent, given: Given, origin: str, *, is_anonymous: bool) -> tuple[str, str]:
        """The URL of the page and that of its referrer, as they may leave; ``""`` where there is none."""
        shared, given_url, referrer = self.shared, given[1], given[2] or sent[7]
        count, is_rewritten = shared.count, shared.settings.rewrite_url is not None
        page_url: str | None = None
        if not given_url:
            if (
                referrer
                and not is_rewritten
                and (pair := ordinary_pair(origin, sent[2], referrer, shared.scrubbing))
            ):
                return pair
            page_url = ordinary_url(origin, sent[2], shared.scrubbing)
        if page_url is None:
            url = given_url or f"{origin}{sent[2]}"
            page_url = clean_page_url(url, shared.scrubbing, is_anonymous=is_anonymous, count=count)
        if is_rewritten:
            page_url = self._rewritten(page_url, clean_page_url, is_anonymous=is_anonymous)
        if page_url == "" and not given_url:  # the page has told of one that it was given
            count("url_invalid")
        if not referrer:
            return page_url or "", ""
        cleaned: str | None = clean_referrer(
            referrer, shared.scrubbing, is_anonymous=is_anonymous, count=count
        )
        if is_rewritten:
            cleaned = self._rewritten(cleaned, clean_referrer, is_anonymous=is_anonymous)
        return page_url or "", cleaned or ""

    def _rewritten(self, cleaned: str | None, clean: Callable[..., str], *, is_anonymous: bool) -> str | None:
        """What the application's hook makes of a URL, cleaned again; None where it left it out."""
        rewrite = self.shared.settings.rewrite_url
        if rewrite is None or not cleaned:
            return cleaned
        rewritten = _rewritten(cleaned, rewrite)
        if rewritten is None:
            return None
        cleaned = clean(rewritten, self.shared.scrubbing, is_anonymous=is_anonymous, count=self.shared.count)
        if not cleaned:
            self.shared.tally.error("rewrite_failed")
        return cleaned or None

    def _subject(self, sent: Sent, user_id: str | None, client: Client | None, origin: str) -> Subject:
        _, _, _, peer, useragent, accepted, cookies, _, forwarding = sent
        language = first_language(accepted) if accepted else ""
        if self.is_anonymous:
            return KnownSubject(useragent=useragent, language=language)
        shared = self.shared
        identity = self.told or _identity_in(cookies, shared, origin)
        if client is None:
            address, trouble, advice = address_without_proxies(peer, forwarding)
        else:
            address, trouble, advice = client.address, client.trouble, client.advice
        if trouble:
            shared.tally.error(trouble, advice)
        return KnownSubject(
            user_id="" if user_id is None else valid_user_id(user_id, shared.count),
            domain_userid=identity.domain_userid,
            domain_sessionid=identity.domain_sessionid,
            domain_sessionidx=identity.domain_sessionidx,
            network_userid=identity.network_userid,
            user_ipaddress=anonymized(address) if shared.settings.anonymize_ip else address,
            useragent=useragent,
            language=language,
        )


class CapturedPageView(_Captured, frozen=True, gc=False):
    """A page view; ``begun`` is in milliseconds since the epoch."""

    answer: Answer
    begun: int
    body: KeptBody | None = None
    """Of a page that is to be read."""

    __repr__ = object.__repr__

    def to_event(self, new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        sent, given, is_anonymous, answer = (
            self.request.sent(),
            self.page.given(),
            self.is_anonymous,
            self.answer,
        )
        client, origin = self._client(sent)
        if self.body is not None:
            given = described(given, self.body, self.shared, f"{origin}{sent[2]}")
        page_url, page_referrer = self._cleaned_urls(sent, given, origin, is_anonymous=is_anonymous)
        event = PageView(
            event_id=new_id(),
            web_page_id=answer.web_page_id(new_id),
            dvce_created_tstamp=self.begun,
            page_url=page_url,
            page_title=given[0] or "",
            page_referrer=page_referrer,
            subject=self._subject(sent, given[3], client, origin),
            session_start=None if is_anonymous else answer.session_start,
            entities=given[4],
            is_anonymous=is_anonymous,
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
        sent, given = self.request.sent(), self.page.given()
        client, origin = self._client(sent)
        subject = self._subject(sent, given[3], client, origin) if self.subject is None else self.subject
        page_url, page_referrer = self._cleaned_urls(
            sent, given, origin, is_anonymous=self.is_anonymous or self.subject is not None
        )
        event = replace(
            self.event,
            page_url=page_url,
            page_referrer=page_referrer,
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
        identity=told or identity_of_request(request, shared, origin_of(request, shared.settings)),
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


def identity_of_request(request: RawRequest, shared: Shared, origin: str | None) -> Identity:
    """The identity in a request's cookies; those that cannot be read are counted."""
    return _identity_in(request.header("cookie") or "", shared, origin or f"://{request.host}")


def _identity_in(cookies: str, shared: Shared, origin: str) -> Identity:
    """The identity in a Cookie header that an origin was sent."""
    if not cookies:
        return UNKNOWN_IDENTITY
    settings, malformed = shared.settings, 0
    identity = ordinary_identity(cookies, settings.cookie_prefix)
    if identity is None:
        host = origin.partition("://")[2]
        reading = read_identity(
            cookies,
            host=host,
            cookie_prefix=settings.cookie_prefix,
            cookie_domain=configured_domain(host, settings.cookie_domain),
            cookie_path=settings.cookie_path,
        )
        identity, malformed = reading.identity, reading.malformed
        for _ in range(malformed):
            shared.tally.error("malformed_cookie")
    if shared.doubts.is_known:
        return identity
    shared.doubts.read_cookies(cookies, is_known=identity.domain_userid is not None, malformed=malformed)
    return identity


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    if len(accept_language) > _LONGEST_KNOWN_LANGUAGES:
        return _first_language(accept_language)
    return _known_language(accept_language)


def _first_language(accept_language: str) -> str:
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""


_known_language = lru_cache(maxsize=256)(_first_language)
