"""From a document request to the cookies of its answer: where the state machine meets HTTP (RFC 6265)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from ..headers import Header, RawHeader, header_text
from ..identity.cookie_scope import CookieScope, NoScopeError, scope_of
from ..identity.cookies import cookie_pairs, first_cookies, page_host, read_network_userid
from ..identity.identity import Identity, SessionStart
from ..identity.session_ids import SessionIds
from ..identity.sessions import Decision, Jar, Twin, decide
from ..identity.twin import TwinSigner
from ..request.client_ip import visited_origin
from ..request.raw_request import RawRequest
from ..request.same_site import surely_brings_strict_cookies
from ..request.view import is_visited_over_https, visited_host
from ..settings.settings import Settings
from ..tally import Tally


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
        keys = settings.secret_key or ()
        self._signer = TwinSigner(keys)
        self._ids = SessionIds(keys, timeout=settings.session_timeout)

    def issue(self, request: RawRequest, response_headers: Iterable[RawHeader], *, now: int) -> Issued | None:
        """What the answer to a page view tells the browser; ``None`` where it tells nothing.

        ``now`` is in seconds since the epoch.
        """
        origin = self._origin(request)
        scope = self._scope(request, origin)
        if scope is None:
            return None
        pairs = tuple(cookie_pairs(request.header("cookie") or ""))
        cookies = dict(reversed(pairs))  # of two of one name the first
        names = _names(self._settings.cookie_prefix, scope.suffix)
        if not names.all.isdisjoint(
            _names_set_by(response_headers)
        ):  # the app writes them itself: never two of one name
            return None
        decision = decide(
            Jar.of(pairs, id_name=names.id, session_name=names.session),
            twin=self._twin(cookies, names, scope),
            now=now,
            ids=self._ids,
            brings_strict=lambda: self._brings_strict(request, origin, scope),
        )
        if decision is None:
            return None
        return Issued(
            Identity(
                domain_userid=decision.identity.domain_userid,
                domain_sessionid=decision.identity.domain_sessionid,
                domain_sessionidx=decision.identity.domain_sessionidx,
                network_userid=self._network_userid(cookies),
            ),
            decision.session_start,
            tuple(self._headers(decision, names, scope, is_secure=is_visited_over_https(request, origin))),
        )

    def withdraw(self, request: RawRequest, response_headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """What tells a browser without full consent to forget the twin; the rest is the tracker's."""
        if f"{self._settings.cookie_prefix}twin." not in (request.header("cookie") or ""):
            return ()
        origin = self._origin(request)
        scope = self._scope(request, origin)
        if scope is None:
            return ()
        names = _names(self._settings.cookie_prefix, scope.suffix)
        if names.twin not in first_cookies(request.header("cookie") or "") or names.twin in _names_set_by(
            response_headers
        ):
            return ()
        gone = Decision(identity=Identity(), twin_action="expire")
        return tuple(self._headers(gone, names, scope, is_secure=is_visited_over_https(request, origin)))

    def _origin(self, request: RawRequest) -> str | None:
        """Scheme and host as the browser knows them; ``None`` where they are the request's own."""
        settings = self._settings
        return visited_origin(request, public_url=settings.public_url, trusted=settings.trusted_proxies)

    def _scope(self, request: RawRequest, origin: str | None) -> CookieScope | None:
        settings = self._settings
        host = visited_host(request, origin)
        try:
            return scope_of(
                host if origin is None else _as_sent(host, request.host),
                cookie_domain=settings.cookie_domain,
                cookie_path=settings.cookie_path,
                tracker_compat=settings.tracker_compat,
            )
        except NoScopeError as error:
            # the visitor chooses the host: one warning a process, not one a host
            self._tally.error(error.name, advice=f"no cookie is issued: {error}")
            return None

    def _brings_strict(self, request: RawRequest, origin: str | None, scope: CookieScope) -> bool:
        """Asked where the twin came alone: whether ``_sp_id`` was deleted, or may have been withheld."""
        if surely_brings_strict_cookies(request, origin=origin, domain=scope.domain):
            return True
        self._tally.error(
            "id_withheld",
            advice="a visitor from another site brought the twin and no _sp_id: if the tracker's "
            "cookieSameSite is 'Strict', 'Lax' would give an identity to pages reached over such links",
        )
        return False

    def _twin(self, cookies: Mapping[str, str], names: _Names, scope: CookieScope) -> Twin | None:
        value = cookies.get(names.twin)
        if not value:
            return None
        twin = self._signer.read(value, suffix=scope.suffix)
        if twin is None:
            self._tally.error("twin_refused")
        return twin

    def _network_userid(self, cookies: Mapping[str, str]) -> str | None:
        network_userid, malformed = read_network_userid(cookies.get("sp", ""))
        if malformed:
            self._tally.error("malformed_cookie")
        return network_userid

    def _headers(
        self, decision: Decision, names: _Names, scope: CookieScope, *, is_secure: bool
    ) -> Iterable[Header]:
        settings = self._settings
        attributes = f"Path={settings.cookie_path}; SameSite=Lax"
        if scope.domain is not None:
            attributes += f"; Domain={scope.domain}"
        if is_secure:
            attributes += "; Secure"
        if decision.id_value is not None:
            yield _cookie(names.id, decision.id_value, settings.cookie_lifetime, attributes)
        if decision.writes_session:
            yield _cookie(names.session, "*", settings.session_timeout, attributes)
        if decision.twin_action == "write" and decision.twin is not None:
            signed = self._signer.sign(decision.twin, suffix=scope.suffix)
            yield _cookie(names.twin, signed, settings.cookie_lifetime, f"{attributes}; HttpOnly")
        if decision.twin_action == "expire":
            yield _cookie(names.twin, "", 0, f"{attributes}; HttpOnly")


class _Names(msgspec.Struct, frozen=True, gc=False):
    """The names of the three cookies."""

    id: str
    session: str
    twin: str
    all: frozenset[str]


@lru_cache(maxsize=1024)
def _as_sent(host: str, sent: str) -> str:
    """The host as the browser knows it, with the dot at its end that only the request has."""
    page = page_host(sent)
    return page if page == f"{page_host(host)}." else host


@lru_cache(maxsize=1024)
def _names(prefix: str, suffix: str) -> _Names:
    id_name, session, twin = (f"{prefix}{kind}.{suffix}" for kind in ("id", "ses", "twin"))
    return _Names(id_name, session, twin, frozenset({id_name, session, twin}))


def _cookie(name: str, value: str, max_age: int, attributes: str) -> Header:
    return "Set-Cookie", f"{name}={value}; Max-Age={max_age}; {attributes}"


def _names_set_by(headers: Iterable[RawHeader]) -> list[str]:
    return [
        header_text(value).partition("=")[0].strip()
        for name, value in headers
        if len(name) == len("set-cookie") and header_text(name).lower() == "set-cookie"
    ]
