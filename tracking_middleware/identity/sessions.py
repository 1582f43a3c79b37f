"""Whether a document's answer begins, rolls, restores or only keeps an identity: a pure state machine.

In: the request's cookies, the twin, a clock and an id source. Out: who the visitor is, and which
cookies to write so that the JavaScript tracker, versions 2 to 4, carries on with the same ids: its
first event then has the server's ``domain_userid``, ``domain_sessionid`` and index, event index 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from .cookies import identity_of
from .id_cookie import MAX_INDEX, IdCookie, parse_id_cookie
from .identity import Identity, SessionStart

SHORTEST_CAP = 86_400
"""Seconds after which a browser may drop a cookie that a script wrote (Safari, decorated links)."""
TWIN_RENEWAL = 86_400
"""Seconds after which a twin is written again although nothing in it changed."""

TwinAction = Literal["keep", "write", "expire"]


class Jar(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The tracker's cookies under the suffix that the server writes; ``id_values`` in the order sent."""

    id_values: tuple[str, ...] = ()
    is_living: bool = False

    @classmethod
    def of(cls, cookies: Iterable[tuple[str, str]], *, id_name: str, session_name: str) -> Jar:
        """From names and values; the tracker takes an empty value for an absent one."""
        id_values: list[str] = []
        is_living = False
        for name, value in cookies:
            if name == id_name and value:
                id_values.append(value)
            elif name == session_name and value:
                is_living = True
        return cls(id_values=tuple(id_values), is_living=is_living)


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


def decide(jar: Jar, *, twin: Twin | None, now: int, new_id: Callable[[], str]) -> Decision | None:
    """What the answer to a document request does; ``None``: nothing is written, and reading decides.

    ``now`` is in seconds since the epoch, ``new_id`` gives a fresh lower-case UUID 4.
    """
    if not jar.id_values:
        return _begin(twin, now=now, new_id=new_id)
    if len(jar.id_values) > 1:  # a host's and a domain's: written again, the other one would shadow it
        return None
    cookie = parse_id_cookie(jar.id_values[0])
    if cookie.domain_userid is None:
        return _nobody(cookie, jar, twin)
    if jar.is_living and cookie.domain_sessionid is not None:
        return _keep(cookie, twin, now=now)
    if jar.is_living:  # a session the server cannot name: the tracker gives it an id with its next event
        return None
    return _roll(cookie, now=now, new_id=new_id)


def _begin(twin: Twin | None, *, now: int, new_id: Callable[[], str]) -> Decision:
    """No ``_sp_id``: someone new, or someone whose cookie the browser's cap took away."""
    if twin is not None and now - twin.last_seen >= SHORTEST_CAP:
        lost = IdCookie(
            domain_userid=twin.domain_userid,
            created=twin.created,
            domain_sessionidx=twin.domain_sessionidx,
            last_event=twin.last_seen,
            domain_sessionid=twin.domain_sessionid,
        )
        return _roll(lost, now=now, new_id=new_id)
    started = _start(new_id(), created=now, index=1, previous=None, now=now, new_id=new_id)
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
    current = _twin_of(cookie, now=now)
    is_current = current is None or (
        twin is not None
        and (twin.domain_userid, twin.domain_sessionid) == (cookie.domain_userid, cookie.domain_sessionid)
        and 0 <= now - twin.last_seen < TWIN_RENEWAL
    )
    return Decision(
        identity=identity_of(cookie, is_living=True),
        writes_session=True,
        twin_action="keep" if is_current else "write",
        twin=None if is_current else current,
    )


def _roll(cookie: IdCookie, *, now: int, new_id: Callable[[], str]) -> Decision:
    """The session has ended: the next one begins, as the tracker would begin it."""
    return _start(
        cookie.domain_userid or "",
        created=now if cookie.created is None else cookie.created,
        index=min((cookie.domain_sessionidx or 0) + 1, MAX_INDEX),
        previous=cookie,
        now=now,
        new_id=new_id,
    )


def _start(
    domain_userid: str,
    *,
    created: int,
    index: int,
    previous: IdCookie | None,
    now: int,
    new_id: Callable[[], str],
) -> Decision:
    """A session's first page, with all ten fields: no first event yet, and event index 0."""
    session = new_id()
    last_event = "" if previous is None or previous.last_event is None else str(previous.last_event)
    previous_session = None if previous is None else previous.domain_sessionid
    fields = (domain_userid, created, index, now, last_event, session, previous_session or "", "", "", 0)
    return Decision(
        identity=Identity(
            domain_userid=domain_userid,
            domain_sessionid=session,
            domain_sessionidx=index,
        ),
        session_start=SessionStart(previous_sessionid=previous_session),
        id_value=".".join(map(str, fields)),
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
