"""Whether a document's answer begins, rolls, restores or only keeps an identity: a pure state machine.

In: the request's cookies, the twin, a clock and a source of ids. Out: who the visitor is, and which
cookies to write so that the JavaScript tracker, versions 2 to 4, carries on with the same ids: its
first event then has the server's ``domain_userid``, ``domain_sessionid`` and index, event index 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from .cookies import identity_of
from .id_cookie import MAX_INDEX, IdCookie, parse_id_cookie
from .identity import Identity, SessionStart

SHORTEST_CAP = 86_400
"""Seconds after which a browser may drop a cookie that a script wrote (Safari, decorated links)."""
TWIN_RENEWAL = 86_400
"""Seconds after which a twin is written again although nothing in it changed."""

TwinAction = Literal["keep", "write", "expire"]


class Ids(Protocol):
    """Gives lower-case UUIDs, version 4: see SessionIds."""

    def fresh(self) -> str: ...
    def following(self, person: str, *, previous: str | None, index: int, now: int) -> str: ...


class Jar(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The tracker's cookies under the suffix that the server writes; ``id_values`` in the order sent."""

    id_values: tuple[str, ...] = ()
    is_living: bool = False


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What a browser sent of the tracker's cookies, the twin, and the collector's own; ``""`` for none."""

    jar: Jar
    twin: str
    network: str


class CookieNames(msgspec.Struct, frozen=True):
    """What the three cookies are called under a suffix, which all begin with ``prefix``."""

    prefix: str
    id: str
    session: str
    twin: str

    @classmethod
    def of(cls, prefix: str, suffix: str) -> CookieNames:
        """By the tracker's ``cookieName`` and the suffix of a domain and a path."""
        return cls(prefix, f"{prefix}id.{suffix}", f"{prefix}ses.{suffix}", f"{prefix}twin.{suffix}")

    def found_in(self, header: str) -> Sent:
        """Those in a Cookie header, read as ``cookie_pairs`` reads it; an empty value is an absent one."""
        ids: list[str] = []
        prefix, is_living, twin, network = self.prefix, False, "", ""
        has_twin = has_network = False
        for pair in header.split(";"):
            if prefix not in pair and "sp" not in pair:  # as few are; neither has a blank or a "=" in it
                continue
            name, separator, value = pair.partition("=")
            name, value = name.strip(" \t"), value.strip(" \t")
            if name == self.id:
                if value:
                    ids.append(value)
            elif name == self.session:
                is_living = is_living or value != ""
            elif name == self.twin:
                if separator and not has_twin:  # of two of one name the first
                    twin, has_twin = value, True
            elif name == "sp" and separator and not has_network:
                network, has_network = value, True
        return Sent(Jar(id_values=tuple(ids), is_living=is_living), twin, network)


class Twin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the signed, script-proof copy of ``_sp_id`` holds; times in seconds since the epoch.

    ``last_seen`` is when the server last saw or wrote the ``_sp_id`` that it is a copy of.
    """

    domain_userid: str
    created: int
    domain_sessionidx: int
    domain_sessionid: str
    last_seen: int


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who the visitor is, and what to write; ``id_value`` is ``None`` where ``_sp_id`` stays as it is."""

    identity: Identity
    session_start: SessionStart | None = None
    id_value: str | None = None
    writes_session: bool = False
    twin_action: TwinAction = "keep"
    twin: Twin | None = None


def decide(
    jar: Jar, *, twin: Twin | None, now: int, ids: Ids, brings_strict: Callable[[], bool]
) -> Decision | None:
    """What the answer to a document request does; ``None``: nothing is written, and reading decides.

    ``now`` is in seconds since the epoch. ``brings_strict`` says whether a cookie that is ``SameSite=Strict``
    would surely have come with this request; it is asked only where a twin so young came without its
    ``_sp_id`` that the answer matters.
    """
    if not jar.id_values:
        return _begin(twin, now=now, ids=ids, brings_strict=brings_strict)
    if len(jar.id_values) > 1:  # a host's and a domain's: written again, the other one would shadow it
        return None
    cookie = parse_id_cookie(jar.id_values[0])
    if cookie.domain_userid is None:
        return _nobody(cookie, jar, twin)
    if jar.is_living and cookie.domain_sessionid is not None:
        return _keep(cookie, twin, now=now)
    if jar.is_living:  # a session the server cannot name: the tracker gives it an id with its next event
        return None
    return _roll(cookie, cookie.domain_userid, now=now, ids=ids)


def _begin(twin: Twin | None, *, now: int, ids: Ids, brings_strict: Callable[[], bool]) -> Decision | None:
    """No ``_sp_id``: someone new, or someone whose cookie the browser's cap took away, or withholds.

    A tracker with ``cookieSameSite: "Strict"`` has its ``_sp_id`` left at home when the visitor comes over a
    link from another site, while the twin, which is Lax, comes. That person lives: neither is anybody new
    begun over them, nor do they come back from the twin, which may be the twin of someone who was
    deleted. Their next request from within the site brings ``_sp_id``. Without a twin, or with an old one,
    nothing tells such a request from the first, or the long awaited, of a Lax tracker's visitor.
    """
    if twin is not None and now - twin.last_seen >= SHORTEST_CAP:
        lost = IdCookie(
            domain_userid=twin.domain_userid,
            created=twin.created,
            domain_sessionidx=twin.domain_sessionidx,
            last_event=twin.last_seen,
            domain_sessionid=twin.domain_sessionid,
        )
        return _roll(lost, twin.domain_userid, now=now, ids=ids)
    if twin is not None and not brings_strict():
        return None
    started = _start(ids.fresh(), ids.fresh(), created=now, index=1, previous=None, now=now)
    if twin is None:
        return started
    # no cap is that short: it was deleted on purpose, and whoever comes now is someone new
    return msgspec.structs.replace(started, twin_action="expire", twin=None)


def _nobody(cookie: IdCookie, jar: Jar, twin: Twin | None) -> Decision | None:
    """A cookie without a person: left to the tracker; what anonymous mode took away does not come back."""
    if cookie.is_anonymous and twin is not None:
        return Decision(identity=identity_of(cookie, is_living=jar.is_living), twin_action="expire")
    return None


def _keep(cookie: IdCookie, twin: Twin | None, *, now: int) -> Decision:
    """Both are there: ``_sp_id`` is never written, since an echo would set the browser's own back."""
    is_current = (
        twin is not None
        and twin.domain_userid == cookie.domain_userid
        and twin.domain_sessionid == cookie.domain_sessionid
        and 0 <= now - twin.last_seen < TWIN_RENEWAL
    )
    current = None if is_current else _twin_of(cookie, now=now)
    return Decision(
        identity=identity_of(cookie, is_living=True),
        writes_session=True,
        twin_action="keep" if current is None else "write",
        twin=current,
    )


def _roll(cookie: IdCookie, person: str, *, now: int, ids: Ids) -> Decision:
    """The session has ended: the next one begins, as the tracker would begin it."""
    index = min((cookie.domain_sessionidx or 0) + 1, MAX_INDEX)
    return _start(
        person,
        ids.following(person, previous=cookie.domain_sessionid, index=index, now=now),
        created=now if cookie.created is None else cookie.created,
        index=index,
        previous=cookie,
        now=now,
    )


def _start(
    domain_userid: str, session: str, *, created: int, index: int, previous: IdCookie | None, now: int
) -> Decision:
    """A session's first page, with all ten fields: no first event yet, and event index 0."""
    last_event = "" if previous is None or previous.last_event is None else previous.last_event
    previous_session = None if previous is None else previous.domain_sessionid
    begun = f"{domain_userid}.{created}.{index}"
    return Decision(
        identity=Identity(
            domain_userid=domain_userid,
            domain_sessionid=session,
            domain_sessionidx=index,
        ),
        session_start=SessionStart(previous_sessionid=previous_session),
        id_value=f"{begun}.{now}.{last_event}.{session}.{previous_session or ''}...0",
        writes_session=True,
        twin_action="write",
        twin=Twin(
            domain_userid=domain_userid,
            created=created,
            domain_sessionidx=index,
            domain_sessionid=session,
            last_seen=now,
        ),
    )


def _twin_of(cookie: IdCookie, *, now: int) -> Twin | None:
    if cookie.domain_userid is None or cookie.domain_sessionid is None or cookie.domain_sessionidx is None:
        return None
    return Twin(
        domain_userid=cookie.domain_userid,
        created=now if cookie.created is None else cookie.created,
        domain_sessionidx=cookie.domain_sessionidx,
        domain_sessionid=cookie.domain_sessionid,
        last_seen=now,
    )
