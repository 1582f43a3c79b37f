"""What is kept of an event on the request path, and how it becomes one on the background thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ..addresses import anonymized
from ..events.events import Event, PageView
from ..identity.identity import Identity
from ..identity.languages import first_language
from ..identity.subject import KnownSubject, Subject
from ..identity.user_id import valid_user_id
from ..ids import NewId, new_uuid
from ..metadata.kept import KeptBody
from ..privacy.consent import ConsentAnswer
from ..privacy.ordinary_urls import ordinary_pair, ordinary_url
from ..privacy.urls import clean_page_url, clean_referrer, rewritten_url
from ..request.client_ip import Client, address_without_proxies, client_from
from ..request.page import Given, Page
from ..request.raw_request import SIGNATURE_HEADERS, RawRequest, Sent
from ..settings.settings import BeforeSend
from ..tracking.complete import filtered
from ..tracking.preparation import Tracked
from .answer import Answer
from .described import described
from .shared import Shared
from .visitor import identity_in

if TYPE_CHECKING:
    from ..agents import Agent

Cleaned = tuple[str, str, bool]
"""A page's URL, its referrer, and whether there surely was nothing to count."""


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

    def _cleaned_urls(self, sent: Sent, given: Given, origin: str, *, is_anonymous: bool) -> Cleaned:
        """The URL of the page and that of its referrer, as they may leave; ``""`` where there is none."""
        shared, given_url, referrer = self.shared, given[1], given[2] or sent[7]
        count, is_rewritten = shared.count, shared.settings.rewrite_url is not None
        page_url: str | None = None
        if not given_url:
            if referrer and not is_rewritten:
                pair = ordinary_pair(origin, sent[2], referrer, shared.scrubbing)
                if pair is not None:
                    return (*pair, True)
            page_url = ordinary_url(origin, sent[2], shared.scrubbing)
        is_ordinary = page_url is not None and not is_rewritten
        if page_url is None:
            url = given_url or f"{origin}{sent[2]}"
            page_url = clean_page_url(url, shared.scrubbing, is_anonymous=is_anonymous, count=count)
        if is_rewritten:
            page_url = self._rewritten(page_url, clean_page_url, is_anonymous=is_anonymous)
        if page_url == "" and not given_url:  # the page has told of one that it was given
            count("url_invalid")
        if not referrer:
            return page_url or "", "", is_ordinary
        cleaned: str | None = clean_referrer(
            referrer, shared.scrubbing, is_anonymous=is_anonymous, count=count
        )
        if is_rewritten:
            cleaned = self._rewritten(cleaned, clean_referrer, is_anonymous=is_anonymous)
        return page_url or "", cleaned or "", False

    def _rewritten(self, cleaned: str | None, clean: Callable[..., str], *, is_anonymous: bool) -> str | None:
        """What the application's hook makes of a URL, cleaned again; None where it left it out."""
        rewrite = self.shared.settings.rewrite_url
        if rewrite is None or not cleaned:
            return cleaned
        rewritten = rewritten_url(cleaned, rewrite)
        if rewritten is None:
            return None
        cleaned = clean(rewritten, self.shared.scrubbing, is_anonymous=is_anonymous, count=self.shared.count)
        if not cleaned:
            self.shared.tally.error("rewrite_failed")
        return cleaned or None

    def _subject(
        self, sent: Sent, given_id: str | None, client: Client | None, origin: str
    ) -> tuple[Subject, bool]:
        """Who the visitor is, and whether there was nothing to count."""
        _, _, _, peer, useragent, accepted, cookies, _, forwarding = sent
        language = first_language(accepted) if accepted else ""
        if self.is_anonymous:
            return KnownSubject(useragent=useragent, language=language), False
        shared, is_sound = self.shared, True
        if (identity := self.told) is None:
            identity, is_sound = identity_in(cookies, shared, origin)
        if client is None:
            address, trouble, advice = address_without_proxies(peer, forwarding)
        else:
            address, trouble, advice = client.address, client.trouble, client.advice
        if trouble:
            shared.tally.error(trouble, advice)
        user_id = None if given_id is None else valid_user_id(given_id, shared.count)
        subject = KnownSubject(
            user_id=user_id or "",
            domain_userid=identity.domain_userid,
            domain_sessionid=identity.domain_sessionid,
            domain_sessionidx=identity.domain_sessionidx,
            network_userid=identity.network_userid,
            user_ipaddress=anonymized(address) if shared.settings.anonymize_ip else address,
            useragent=useragent,
            language=language,
        )
        return subject, is_sound and not trouble and user_id == given_id


class _Seen(msgspec.Struct, frozen=True, gc=False):
    """What a page view said of its request, for what was tracked in it; nothing of that was to be counted."""

    request: RawRequest
    told: Identity | None
    given: Given
    page_url: str
    page_referrer: str
    subject: Subject


class CapturedPageView(_Captured, frozen=True, gc=False):
    """A page view; ``begun`` is in seconds since the epoch."""

    answer: Answer
    begun: float
    body: KeptBody | None = None
    """Of a page that is to be read."""

    __repr__ = object.__repr__

    def agent(self) -> Agent:
        """Who has read the page; what that is told by stays here."""
        from ..agents.proof.reading import who_reads  # on most sites nobody asks for it
        from ..agents.proof.signatures import SignedRequest
        from ..agents.proof.whereabouts import has_sure_url, is_visitors

        sent, proving = self.request.sent(), self.shared.proving
        client, origin = self._client(sent)
        signed, address = None, ""
        if signature := _signature(self.request):
            others = (("user-agent", sent[4]), ("accept-language", sent[5]), ("referer", sent[7]))
            headers = (*signature, *((name, value) for name, value in others if value))
            is_sure = self.shared.settings.public_url is not None or (
                has_sure_url(sent[3], sent[8], is_trusting=client is not None and not client.trouble)
            )
            signed = SignedRequest(self.request.method, f"{origin}{sent[2]}", headers, self.begun, is_sure)
        if client is not None:
            address = client.address
        elif is_visitors(sent[3], sent[8]):  # else it is most likely a proxy's
            address = address_without_proxies(sent[3], sent[8])[0]
        return who_reads(proving, sent[4], request=signed, address=address)

    def to_event(self, new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        event, before_send = self.page_view(new_id), self.shared.settings.before_send
        return event if before_send is None else filtered(event, before_send)

    def page_view(self, new_id: NewId) -> PageView:
        """The event, of which ``before_send`` knows nothing yet."""
        sent, given, is_anonymous, answer = (
            self.request.sent(),
            self.page.given(),
            self.is_anonymous,
            self.answer,
        )
        client, origin = self._client(sent)
        if self.body is not None:
            given = described(given, self.body, self.shared, f"{origin}{sent[2]}")
        page_url, page_referrer, is_whole = self._cleaned_urls(sent, given, origin, is_anonymous=is_anonymous)
        subject, is_sound = self._subject(sent, given[3], client, origin)
        if is_sound and is_whole and answer.shown_page_id is not None:  # as it is where something was tracked
            self.shared.seen[0] = _Seen(self.request, self.told, given, page_url, page_referrer, subject)
        return PageView(
            event_id=new_id(),
            web_page_id=answer.web_page_id(new_id),
            dvce_created_tstamp=int(self.begun * 1000),
            page_url=page_url,
            page_title=given[0] or "",
            page_referrer=page_referrer,
            subject=subject,
            session_start=None if is_anonymous else answer.session_start,
            entities=given[4],
            is_anonymous=is_anonymous,
        )


def _signature(request: RawRequest) -> tuple[tuple[str, str], ...]:
    """The headers of a signed request that were sent, with their names; none where nothing is signed."""
    if request.is_ordinary:
        return ()
    request.unpack()
    sent = [(name, request.header(name)) for name in SIGNATURE_HEADERS]
    return () if sent[0][1] is None else tuple((name, value) for name, value in sent if value is not None)


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
        page_url, page_referrer, subject = self._seen() or self._looked_at()
        event = replace(
            self.event,
            page_url=page_url,
            page_referrer=page_referrer,
            web_page_id=self.web_page_id,
            subject=subject.anonymous() if self.is_anonymous else subject,
            is_anonymous=self.is_anonymous,
        )
        return event if self.before_send is None else filtered(event, self.before_send)

    def _seen(self) -> tuple[str, str, Subject] | None:
        """URL, referrer and visitor, where the request's page view was made just now, and says the same."""
        seen, given = self.shared.seen[0], self.page.given()
        if seen is None or seen.request is not self.request or seen.told is not self.told:
            return None
        if self.is_anonymous or self.subject is not None or seen.given[1:4] != given[1:4]:
            return None
        return seen.page_url, seen.page_referrer, seen.subject

    def _looked_at(self) -> tuple[str, str, Subject]:
        """URL, referrer and visitor, as the request says them."""
        sent, given = self.request.sent(), self.page.given()
        client, origin = self._client(sent)
        subject = self._subject(sent, given[3], client, origin)[0] if self.subject is None else self.subject
        page_url, page_referrer, _ = self._cleaned_urls(
            sent, given, origin, is_anonymous=self.is_anonymous or self.subject is not None
        )
        return page_url, page_referrer, subject


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
