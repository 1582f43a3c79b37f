"""What is kept of a page view on the request path, and how it becomes an event on the background thread."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from .client_ip import client_address
from .cookie_scope import configured_domain
from .errors import FilterFailedError
from .events import PageView
from .exchange import request_url, visited_host
from .identity import Identity, SessionStart, read_identity
from .ids import NewId, new_uuid
from .page import Page
from .raw_request import RawRequest
from .settings import Settings
from .subject import Subject
from .urls import clean_page_url, clean_referrer

_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")
_LONGEST_USER_ID = 255


class Given(msgspec.Struct, frozen=True, gc=False):
    """What the response told the browser, and the event must repeat; ``None`` where it told nothing."""

    identity: Identity | None = None
    session_start: SessionStart | None = None
    web_page_id: str | None = None


NOTHING_GIVEN = Given()


class CapturedPageView(msgspec.Struct, frozen=True, gc=False):
    """A page view as the request path leaves it: references to text and bytes, nothing parsed.

    ``begun`` is in milliseconds since the epoch; the request is packed, the page has ended.
    """

    settings: Settings
    count: Callable[[str], None]
    begun: int
    request: RawRequest
    page: Page
    given: Given
    is_anonymous: bool

    __repr__ = object.__repr__

    def to_event(self, new_id: NewId = new_uuid) -> PageView | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        self.request.unpack()
        event = PageView(
            event_id=new_id(),
            web_page_id=self.given.web_page_id or new_id(),
            dvce_created_tstamp=self.begun,
            page_url=self._cleaned_page_url(),
            page_title=self.page.title or "",
            page_referrer=self._cleaned_referrer(),
            subject=self._subject(),
            session_start=self.given.session_start,
            entities=self.page.entities,
            is_anonymous=self.is_anonymous,
        )
        return event if self.settings.before_send is None else self._filtered(event)

    def _filtered(self, event: PageView) -> PageView | None:
        filtered = None
        try:
            filtered = self.settings.before_send(event) if self.settings.before_send else event
        except Exception as error:
            # the application's filter may raise anything: then nothing may leave
            raise FilterFailedError(f"before_send raised {type(error).__name__}") from error
        if filtered is None or isinstance(filtered, PageView):
            return filtered
        raise FilterFailedError(
            f"before_send gave {type(filtered).__name__}: return the event, another PageView, or None"
        )

    def _cleaned_page_url(self) -> str:
        settings = self.settings
        given = self.page.given_url or request_url(self.request, settings.public_url)
        url = clean_page_url(given, secrets=settings.scrub_query, is_anonymous=self.is_anonymous)
        if not url:
            self.count("url_invalid")
        return url

    def _cleaned_referrer(self) -> str:
        referrer = self.page.given_referrer or self.request.header("referer") or ""
        return clean_referrer(referrer, secrets=self.settings.scrub_query, is_anonymous=self.is_anonymous)

    def _subject(self) -> Subject:
        useragent = self.request.header("user-agent") or ""
        language = first_language(self.request.header("accept-language") or "")
        if self.is_anonymous:
            return Subject(useragent=useragent, language=language)
        return Subject(
            identity=self.given.identity or self._read_identity(),
            user_id=self._valid_user_id(),
            user_ipaddress=self._address(),
            useragent=useragent,
            language=language,
        )

    def _read_identity(self) -> Identity:
        settings = self.settings
        host = visited_host(self.request, settings.public_url)
        reading = read_identity(
            self.request.header("cookie") or "",
            host=host,
            cookie_prefix=settings.cookie_prefix,
            cookie_domain=configured_domain(host, settings.cookie_domain),
            cookie_path=settings.cookie_path,
        )
        for _ in range(reading.malformed):
            self.count("malformed_cookie")
        return reading.identity

    def _valid_user_id(self) -> str:
        user_id = self.page.user_id or ""
        if len(user_id) > _LONGEST_USER_ID:  # cut short it would be somebody else's
            self.count("user_id_invalid")
            return ""
        return user_id

    def _address(self) -> str:
        request = self.request
        is_forwarded = (
            request.header("x-forwarded-for") is not None or request.header("forwarded") is not None
        )
        address = client_address(request.peer, is_forwarded=is_forwarded)
        if request.peer and is_forwarded and not address:
            self.count("proxy_untrusted")
        return address


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""
