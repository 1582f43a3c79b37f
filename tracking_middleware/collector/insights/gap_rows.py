"""Brings the page views of the last days from the store to where gaps are measured, so many at the most."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from ..payload.times import iso
from .crawlers import is_crawler
from .gaps import Asking, Gaps, PageView, measure

MOST_VIEWS = 30_000
"""Page views of both sides that are looked at, the newest."""
_CHUNK = 5_000
_MOST_SHAPES = 5_000
_WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/"

_VIEWS = """
SELECT id, derived, platform, domain_userid, domain_sessionid, page_url, useragent, br_family, received,
       app_id
FROM summaries WHERE event_name = 'page_view' AND is_good = 1 AND id < :before ORDER BY id DESC LIMIT :most
"""
_SOME_OF = {
    "person": "SELECT 1 FROM summaries WHERE domain_userid = ? AND is_good = 1 LIMIT 2",
    "session": "SELECT 1 FROM summaries WHERE domain_sessionid = ? AND is_good = 1 LIMIT 2",
}
_CLIENTS_OF = {
    "person": "SELECT 1 FROM summaries WHERE domain_userid = ? AND platform <> 'srv' LIMIT 1",
    "session": "SELECT 1 FROM summaries WHERE domain_sessionid = ? AND platform <> 'srv' LIMIT 1",
}
_SHAPE = "SELECT shape FROM events WHERE id = ?"


class _Entity(msgspec.Struct):
    schema: str
    data: msgspec.Raw


class _Contexts(msgspec.Struct):
    data: list[_Entity] = []


class _Event(msgspec.Struct):
    contexts: _Contexts


class _Shape(msgspec.Struct):
    event: _Event


class _Page(msgspec.Struct):
    id: str


_decode_shape = msgspec.json.Decoder(_Shape).decode
_decode_page = msgspec.json.Decoder(_Page).decode


def gaps(
    connection: sqlite3.Connection, *, now: datetime, days: int, wait: float, app_id: str | None
) -> Gaps:
    """The gaps of the last ``days``; ``wait`` are seconds that a browser has to report a page view."""
    views = list(_views(connection, since=iso(now - timedelta(days=days)), app_id=app_id))
    return measure(
        views[:MOST_VIEWS],
        _asking(connection, views),
        now=now.timestamp(),
        wait=wait,
        is_cut=len(views) > MOST_VIEWS,
    )


def _views(connection: sqlite3.Connection, *, since: str, app_id: str | None) -> Iterator[PageView]:
    before, count = 2**62, 0
    while count <= MOST_VIEWS:
        rows = connection.execute(_VIEWS, {"before": before, "most": _CHUNK}).fetchall()
        for number, derived, platform, person, session, url, useragent, family, received, app in rows:
            if received < since:
                return
            if (app_id is None or app == app_id) and platform in {"srv", "web"}:
                count += 1
                yield PageView(
                    id=number,
                    at=datetime.fromisoformat(derived).timestamp(),
                    day=derived[:10],
                    is_server=platform == "srv",
                    person=person,
                    session=session,
                    page=_path(url),
                    browser=family or "unknown",
                    useragent=useragent or "",
                )
        if len(rows) < _CHUNK:
            return
        before = rows[-1][0]


@functools.lru_cache(maxsize=4096)
def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path or "/"
    except ValueError:
        return url or ""


def _asking(connection: sqlite3.Connection, views: Sequence[PageView]) -> Asking:
    """What a person or session did is asked once; of those that are there twice it is known already."""
    seen: dict[str, int] = {}
    clients: set[str] = set()
    for view in views:
        owner = view.person or view.session or ""
        seen[owner] = seen.get(owner, 0) + 1
        if not view.is_server:
            clients |= {view.person or "", view.session or ""}

    def is_once(view: PageView) -> bool:
        if seen[view.person or view.session or ""] > 1:
            return False
        owner, kind = view.person or view.session, "person" if view.person else "session"
        return len(connection.execute(_SOME_OF[kind], (owner,)).fetchall()) < 2

    def is_silent(view: PageView) -> bool:
        owner = view.person or view.session or ""
        if owner not in silent:
            found = connection.execute(_CLIENTS_OF["person" if view.person else "session"], (owner,))
            silent[owner] = owner not in clients and found.fetchone() is None
        return silent[owner]

    silent: dict[str, bool] = {}
    return Asking(
        is_crawler=is_crawler,
        is_once=is_once,
        is_silent=is_silent,
        page_ids=lambda wanted: _page_ids(connection, wanted),
    )


def _page_ids(connection: sqlite3.Connection, views: Sequence[PageView]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for view in views[-_MOST_SHAPES:]:
        row = connection.execute(_SHAPE, (view.id,)).fetchone()
        number = None if row is None else _page_id(row[0])
        if number is not None:
            found[view.id] = number
    return found


def _page_id(shape: str) -> str | None:
    try:
        entities = _decode_shape(shape).event.contexts.data
        pages = [entity for entity in entities if entity.schema.startswith(_WEB_PAGE)]
        return _decode_page(pages[0].data).id if pages else None
    except (msgspec.MsgspecError, UnicodeError):  # an entity that nobody expects names no page
        return None
