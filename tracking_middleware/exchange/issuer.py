"""From a document request to the cookies of its answer: where the state machine meets HTTP (RFC 6265)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from ..headers import Header, RawHeader, header_text
from ..identity.cookie_scope import CookieScope, NoScopeError, scope_of
from ..identity.cookies import first_cookies, page_host, read_network_userid
from ..identity.id_cookie import parse_id_cookie
from ..identity.identity import Identity, SessionStart
from ..identity.session_ids import SessionIds
from ..identity.sessions import CookieNames, Decision, Jar, Twin, decide
from ..identity.twin import TwinSigner, continued
from ..request.client_ip import visited_origin
from ..request.raw_request import RawRequest
from ..request.same_site import surely_brings_strict_cookies
from ..request.view import is_visited_over_https, visited_host
from ..settings.settings import Settings
from ..tally import Tally

_LENGTH_OF_SET_COOKIE = len("set-cookie")


class Issued(msgspec.Struct, frozen=True, gc=False):
    """Who the visitor is from now on, and the headers that tell the browser."""

    identity: Identity
    session_start: SessionStart | None
    headers: tuple[Header, ...]


class Issuer:
    """Issues identities by the settings; ``tally`` counts what could not be used."""

    def __init__(self, settings: Settings, *, tally: Tally) -> None:
        self._settings = settings
        self._tally = tally
        self._is_audience = settings.privacy == "audience"
        keys = settings.secret_key or ()
        self._signer = TwinSigner(keys)
        self._ids = SessionIds(keys, timeout=settings.session_timeout)
        # the visitor chooses the host: only so many are kept
        self._places = lru_cache(maxsize=1024)(self._make_place)

    def issue(self, request: RawRequest, response_headers: Iterable[RawHeader], *, now: int) -> Issued | None:
        """What the answer to a page view tells the browser; ``None`` where it tells nothing.

        ``now`` is in seconds since the epoch.
        """
        origin = self._origin(request)
        place = self._place(request, origin)
        if place is None:
            return None
        if place.is_written_by(response_headers):  # by the app itself: never two of one name
            return None
        sent = place.names.found_in(request.header("cookie") or "")
        decision = None if self._is_audience else continued(sent, now=now)
        decision = decision or decide(
            self._young(sent.jar, now=now) if self._is_audience else sent.jar,
            twin=None if self._is_audience else self._twin(sent.twin, place),
            now=now,
            ids=self._ids,
            brings_strict=lambda: self._brings_strict(request, origin, place.domain),
        )
        if decision is None:
            return None
        if self._is_audience:  # no twin is written, and one from before the preset goes
            decision = replace(decision, twin=None, twin_action="expire" if sent.twin else "keep")
        identity, network_userid = decision.identity, self._network_userid(sent.network)
        if network_userid is not None:
            identity = replace(identity, network_userid=network_userid)
        headers = self._headers(
            decision,
            place,
            is_secure=is_visited_over_https(request, origin),
            lifetime=self._lifetime(decision, now),
        )
        return Issued(identity, decision.session_start, headers)

    def withdraw(self, request: RawRequest, response_headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """What tells a browser without full consent to forget the twin; the rest is the tracker's."""
        if f"{self._settings.cookie_prefix}twin." not in (request.header("cookie") or ""):
            return ()
        origin = self._origin(request)
        place = self._place(request, origin)
        if place is None:
            return ()
        is_sent = place.names.twin in first_cookies(request.header("cookie") or "")
        if not is_sent or place.names.twin in _names_set_by(response_headers):
            return ()
        gone = Decision(identity=Identity(), twin_action="expire")
        return self._headers(gone, place, is_secure=is_visited_over_https(request, origin))

    def _origin(self, request: RawRequest) -> str | None:
        """Scheme and host as the browser knows them; ``None`` where they are the request's own."""
        settings = self._settings
        return visited_origin(request, public_url=settings.public_url, trusted=settings.trusted_proxies)

    def _place(self, request: RawRequest, origin: str | None) -> _Place | None:
        host = visited_host(request, origin)
        try:
            return self._places(host if origin is None else _as_sent(host, request.host))
        except NoScopeError as error:
            # the visitor chooses the host: one warning a process, not one a host
            self._tally.error(error.name, advice=f"no cookie is issued: {error}")
            return None

    def _make_place(self, host: str) -> _Place:
        settings = self._settings
        scope = scope_of(
            host,
            cookie_domain=settings.cookie_domain,
            cookie_path=settings.cookie_path,
            tracker_compat=settings.tracker_compat,
        )
        return _Place.of(scope, prefix=settings.cookie_prefix, path=settings.cookie_path)

    def _brings_strict(self, request: RawRequest, origin: str | None, domain: str | None) -> bool:
        """Asked where the twin came alone: whether ``_sp_id`` was deleted, or may have been withheld."""
        if surely_brings_strict_cookies(request, origin=origin, domain=domain):
            return True
        self._tally.error(
            "id_withheld",
            advice="a visitor from another site brought the twin and no _sp_id: if the tracker's "
            "cookieSameSite is 'Strict', 'Lax' would give an identity to pages reached over such links",
        )
        return False

    def _twin(self, value: str, place: _Place) -> Twin | None:
        if not value:
            return None
        twin = self._signer.read(value, suffix=place.suffix)
        if twin is None:
            self._tally.error("twin_refused")
        return twin

    def _network_userid(self, value: str) -> str | None:
        if not value:
            return None
        network_userid, malformed = read_network_userid(value)
        if malformed:
            self._tally.error("malformed_cookie")
        return network_userid

    def _young(self, jar: Jar, *, now: int) -> Jar:
        """The jar, empty where its person was begun longer ago than a cookie may live: someone new begins."""
        created = parse_id_cookie(jar.id_values[0]).created if len(jar.id_values) == 1 else None
        is_over = created is not None and now - created >= self._settings.cookie_lifetime
        return Jar() if is_over else jar

    def _lifetime(self, decision: Decision, now: int) -> int:
        """Seconds that ``_sp_id`` lives from now; under the preset no visit renews them."""
        lifetime = self._settings.cookie_lifetime
        if not self._is_audience or decision.id_value is None:
            return lifetime
        created = parse_id_cookie(decision.id_value).created
        return lifetime if created is None else max(1, min(lifetime, created + lifetime - now))

    def _headers(
        self, decision: Decision, place: _Place, *, is_secure: bool, lifetime: int = 0
    ) -> tuple[Header, ...]:
        """The cookies of a decision; ``lifetime`` is that of ``_sp_id`` and the twin, in seconds."""
        settings, made = self._settings, []
        names, attributes = place.names, place.secure_attributes if is_secure else place.attributes
        if decision.id_value is not None:
            made.append(_cookie(names.id, decision.id_value, lifetime, attributes))
        if decision.writes_session:
            made.append(_cookie(names.session, "*", settings.session_timeout, attributes))
        if decision.twin_action == "write" and decision.twin is not None:
            signed = self._signer.sign(decision.twin, suffix=place.suffix)
            made.append(_cookie(names.twin, signed, lifetime, f"{attributes}; HttpOnly"))
        elif decision.twin_action == "expire":
            made.append(_cookie(names.twin, "", 0, f"{attributes}; HttpOnly"))
        return tuple(made)


class _Place(msgspec.Struct, frozen=True):
    """Where a host's cookies are: what they are called, and the attributes with which they are written."""

    suffix: str
    domain: str | None
    names: CookieNames
    attributes: str
    secure_attributes: str

    @classmethod
    def of(cls, scope: CookieScope, *, prefix: str, path: str) -> _Place:
        """The place of a scope, for cookies of the settings."""
        attributes = f"Path={path}; SameSite=Lax"
        if scope.domain is not None:
            attributes += f"; Domain={scope.domain}"
        names = CookieNames.of(prefix, scope.suffix)
        return cls(scope.suffix, scope.domain, names, attributes, f"{attributes}; Secure")

    def is_written_by(self, response_headers: Iterable[RawHeader]) -> bool:
        """Whether a response sets one of the three."""
        written, names = _names_set_by(response_headers), self.names
        return bool(written) and not {names.id, names.session, names.twin}.isdisjoint(written)


@lru_cache(maxsize=1024)
def _as_sent(host: str, sent: str) -> str:
    """The host as the browser knows it, with the dot at its end that only the request has."""
    page = page_host(sent)
    return page if page == f"{page_host(host)}." else host


def _cookie(name: str, value: str, max_age: int, attributes: str) -> Header:
    return "Set-Cookie", f"{name}={value}; Max-Age={max_age}; {attributes}"


def _names_set_by(headers: Iterable[RawHeader]) -> list[str]:
    return [
        header_text(value).partition("=")[0].strip()
        for name, value in headers
        if len(name) == _LENGTH_OF_SET_COOKIE and header_text(name).lower() == "set-cookie"
    ]
