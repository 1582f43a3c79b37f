"""What is kept of a page view on the request path, and how it becomes an event on the background thread."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from .client_ip import client_address
from .cookie_scope import configured_domain
from .errors import FilterFailedError
from .events import PageView
from .exchange import RequestView, request_url, visited_host
from .identity import Identity, SessionStart, read_identity
from .page import Page
from .settings import Settings
from .subject import Subject
from .urls import clean_page_url, clean_referrer

_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[;,]|$)")
_FORWARDED = ("forwarded", "x-forwarded-for")
_LONGEST_USER_ID = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the response told the browser, and the event must repeat; ``None`` where it told nothing."""

    identity: Identity | None = None
    session_start: SessionStart | None = None
    web_page_id: str | None = None


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPageView:
    """A page view as the request path leaves it: plain strings and bytes, nothing parsed."""

    settings: Settings
    count: Callable[[str], None]
    begun: int
    page_url: str
    host: str
    page_title: str | None
    page_referrer: str | None
    user_id: str | None
    headers: Mapping[str, str]
    peer: str
    entities: tuple[bytes, ...]
    given: Given
    is_anonymous: bool

    @classmethod
    def of(
        cls,
        request: RequestView,
        page: Page,
        *,
        begun: int,
        settings: Settings,
        count: Callable[[str], None],
        given: Given = NOTHING_GIVEN,
        is_anonymous: bool = False,
    ) -> Self:
        """Of an exchange that ended; ``begun`` is in milliseconds since the epoch."""
        return cls(
            settings=settings,
            count=count,
            begun=begun,
            page_url=page.given_url or request_url(request, settings.public_url),
            host=visited_host(request, settings.public_url),
            page_title=page.title,
            page_referrer=page.referrer,
            user_id=page.user_id,
            headers=request.headers,
            peer=request.peer,
            entities=page.entities,
            given=NOTHING_GIVEN if is_anonymous else given,
            is_anonymous=is_anonymous,
        )

    def to_event(self) -> PageView | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        event = PageView(
            event_id=str(uuid.uuid4()),
            web_page_id=self.given.web_page_id or str(uuid.uuid4()),
            dvce_created_tstamp=self.begun,
            page_url=self._cleaned_page_url(),
            page_title=self.page_title or "",
            page_referrer=self._cleaned_referrer(),
            subject=self._subject(),
            session_start=self.given.session_start,
            entities=self.entities,
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
        url = clean_page_url(self.page_url, secrets=self.settings.scrub_query, is_anonymous=self.is_anonymous)
        if not url:
            self.count("url_invalid")
        return url

    def _cleaned_referrer(self) -> str:
        return clean_referrer(
            self.page_referrer or "", secrets=self.settings.scrub_query, is_anonymous=self.is_anonymous
        )

    def _subject(self) -> Subject:
        useragent = self.headers.get("user-agent", "")
        language = first_language(self.headers.get("accept-language", ""))
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
        reading = read_identity(
            self.headers.get("cookie", ""),
            host=self.host,
            cookie_prefix=self.settings.cookie_prefix,
            cookie_domain=configured_domain(self.host, self.settings.cookie_domain),
            cookie_path=self.settings.cookie_path,
        )
        for _ in range(reading.malformed):
            self.count("malformed_cookie")
        return reading.identity

    def _valid_user_id(self) -> str:
        user_id = self.user_id or ""
        if len(user_id) > _LONGEST_USER_ID:  # cut short it would be somebody else's
            self.count("user_id_invalid")
            return ""
        return user_id

    def _address(self) -> str:
        is_forwarded = any(name in self.headers for name in _FORWARDED)
        address = client_address(self.peer, is_forwarded=is_forwarded)
        if self.peer and is_forwarded and not address:
            self.count("proxy_untrusted")
        return address


def first_language(accept_language: str) -> str:
    """The first tag of an Accept-Language header (RFC 9110, 12.5.4); ``""`` where it is none."""
    match = _LANGUAGE.match(accept_language)
    return match[1] if match else ""
