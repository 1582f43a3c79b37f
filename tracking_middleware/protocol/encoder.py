"""The encoder: events as the protocol's payloads, and payloads as the body of a POST."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import SEEK_CUR, BytesIO
from typing import TypeVar

import msgspec

from ..events import Event, PageView, SelfDescribingEvent, StructuredEvent
from ..subject import Subject
from .fields import FIELDS

COLLECTOR_PATH = "/com.snowplowanalytics.snowplow/tp2"
PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
CONTEXTS_SCHEMA = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
WEB_PAGE_SCHEMA = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
CLIENT_SESSION_SCHEMA = "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2"
CROSS_NAVIGATION_SCHEMA = "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0"
UNSTRUCT_EVENT_SCHEMA = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
_POST = b'{"schema":"%b","data":[' % PAYLOAD_SCHEMA.encode()
CONTENT_TYPE = "application/json; charset=utf-8"

MAX_EVENT_BYTES = 1_000_000
"""A larger event is a size violation: a collector's limit is 1 MiB, its queue's often 1,000,000."""

TRACKER_VERSION = "tracking-middleware-0.1.0"
"""``v_tracker``: by convention the tracker's name and version."""


class _Payload(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The parameters of an event in the order they are written; those that are ``""`` are left out."""

    e: str
    p: str
    tv: str
    aid: str
    tna: str
    eid: str
    dtm: str
    # always there, if empty: without them Enrich would take the sender's own for the visitor's
    tnuid: str
    ip: str
    ua: str
    url: str = ""
    page: str = ""
    refr: str = ""
    uid: str = ""
    duid: str = ""
    sid: str = ""
    vid: str = ""
    lang: str = ""
    co: str = ""


class _TrackedPayload(_Payload, kw_only=True, omit_defaults=True):
    """The parameters of the events that are no page views."""

    ttm: str = ""
    se_ca: str = ""
    se_ac: str = ""
    se_la: str = ""
    se_pr: str = ""
    se_va: str = ""
    ue_pr: str = ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _short(*keys: str) -> int:
    """The length of a text that surely fits: a character has at most two UTF-16 code units."""
    return min(FIELDS[key].max_length or 0 for key in keys) // 2


_SHORT_ID, _SHORT_URL, _SHORT_TITLE = _short("duid", "sid"), _short("url", "refr"), _short("page")
_SHORT_TEXT, _SHORT_USERAGENT = _short("uid", "lang"), _short("ua")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_json = msgspec.json.Encoder()
P = TypeVar("P", bound=_Payload)


class Encoder:
    """Writes events as the protocol's payloads; ``app_id``, ``namespace`` and ``platform`` go on each."""

    def __init__(self, *, app_id: str, namespace: str, platform: str) -> None:
        self._app_id = app_id
        self._namespace = namespace
        self._platform = platform

    def encode(self, event: Event) -> bytes:
        """One event as a JSON object of strings, without ``stm``, which is set when it is sent."""
        payload = self._write(event)
        try:
            return _json.encode(payload)
        except UnicodeEncodeError:  # lone surrogates, which JSON cannot carry
            texts = msgspec.to_builtins(payload)
            return _json.encode({key: _without_surrogates(value) for key, value in texts.items()})

    def _write(self, event: Event) -> _Payload:
        if isinstance(event, PageView):
            payload = self._begin("pv", event, _Payload)
            _write_page_view(payload, event)
            return payload
        if isinstance(event, StructuredEvent):
            payload = self._begin("se", event, _TrackedPayload)
            _write_structured(payload, event)
        elif isinstance(event, SelfDescribingEvent):
            payload = self._begin("ue", event, _TrackedPayload)
            payload.ue_pr = _described(UNSTRUCT_EVENT_SCHEMA, event.self_describing_json.decode())
        else:
            raise TypeError(f"{type(event).__name__} is no kind of event that the protocol has")
        payload.ttm = "" if event.true_tstamp is None else str(event.true_tstamp)
        _write_page(payload, event)
        return payload

    def _begin(self, kind: str, event: Event, parameters: type[P]) -> P:
        """What every kind of event says: who is tracking, whom, on which device and when."""
        subject = event.subject
        identity = subject.identity
        index = identity.domain_sessionidx
        useragent, user_id, language = subject.useragent, subject.user_id or "", subject.language or ""
        person, session = identity.domain_userid or "", identity.domain_sessionid or ""
        payload = parameters(
            e=kind,
            p=self._platform,
            tv=TRACKER_VERSION,
            aid=self._app_id,
            tna=self._namespace,
            eid=event.event_id,
            dtm=str(event.dvce_created_tstamp),
            tnuid=identity.network_userid or "",
            ip=subject.user_ipaddress,
            ua=useragent,
            uid=user_id,
            duid=person,
            sid=session,
            vid="" if index is None else str(index),
            lang=language,
        )
        is_short = len(user_id) + len(language) <= _SHORT_TEXT and len(useragent) <= _SHORT_USERAGENT
        is_plain = f"{useragent}{user_id}{language}{person}{session}".isprintable()
        if not (is_short and is_plain) or len(person) > _SHORT_ID or len(session) > _SHORT_ID:
            _cut(payload, "ua", "uid", "duid", "sid", "lang")
        return payload


def _write_page_view(payload: _Payload, event: PageView) -> None:
    """What only a page view says; a path of its own, since most events are page views."""
    payload.url, payload.page = event.page_url or "", event.page_title or ""
    payload.refr = event.page_referrer or ""
    is_short = len(payload.url) + len(payload.refr) <= _SHORT_URL and len(payload.page) <= _SHORT_TITLE
    if not is_short or not f"{payload.url}{payload.refr}{payload.page}".isprintable():
        _cut(payload, "url", "page", "refr")
    web_page = f'{{"schema":"{WEB_PAGE_SCHEMA}","data":{{"id":"{event.web_page_id}"}}}}'.encode()
    entities = b",".join((web_page, *_client_session(event), *event.entities)).decode()
    payload.co = f'{{"schema":"{CONTEXTS_SCHEMA}","data":[{entities}]}}'


def _write_page(payload: _Payload, event: Event) -> None:
    """Where an event happened, and its entities."""
    payload.url, payload.refr = event.page_url or "", event.page_referrer or ""
    _cut(payload, "url", "refr")
    entities = (*_web_page(event), *_cross_navigation(event.subject), *event.entities)
    if entities:
        payload.co = _described(CONTEXTS_SCHEMA, f"[{b','.join(entities).decode()}]")


def _write_structured(payload: _TrackedPayload, event: StructuredEvent) -> None:
    payload.se_ca, payload.se_ac = event.category or "", event.action or ""
    payload.se_la, payload.se_pr = event.label or "", event.property or ""
    payload.se_va = "" if event.value is None else str(event.value)
    _cut(payload, "se_ca", "se_ac", "se_la", "se_pr")


def _described(schema: str, data: str) -> str:
    return f'{{"schema":"{schema}","data":{data}}}'


def event_id_of(payload: bytes) -> str:
    """The ``event_id`` of an encoded event."""
    event_id: str = msgspec.json.decode(payload)["eid"]
    return event_id


def encode_post(payloads: Iterable[bytes], *, sent: int) -> bytes:
    """The body of a POST of encoded events; ``sent`` is the time of sending, milliseconds since the epoch."""
    end = b',"stm":"%d"},' % sent
    body = BytesIO()  # one buffer: a list of parts to join would hold each event twice
    body.write(_POST)
    for payload in payloads:
        body.write(payload)
        body.seek(-1, SEEK_CUR)  # in the place of the closing brace
        body.write(end)
    if body.tell() > len(_POST):
        body.seek(-1, SEEK_CUR)  # in the place of the last comma
    body.write(b"]}")
    return body.getvalue()


def _web_page(event: Event) -> tuple[bytes, ...]:
    if not event.web_page_id:
        return ()
    return (_described(WEB_PAGE_SCHEMA, f'{{"id":"{event.web_page_id}"}}').encode(),)


def _cross_navigation(subject: Subject) -> tuple[bytes, ...]:
    """Where a subject was handed over from: its session of then, which is not claimed to be the current."""
    handed_off = subject.handed_off
    if handed_off is None or not subject.identity.domain_userid:
        return ()
    data = {
        "domain_user_id": subject.identity.domain_userid,
        "timestamp": _EPOCH + timedelta(milliseconds=handed_off.sealed),
        "reason": "hand_off",
    }
    if handed_off.domain_sessionid:
        data["session_id"] = handed_off.domain_sessionid
    if subject.user_id:
        data["user_id"] = subject.user_id
    return (msgspec.json.encode({"schema": CROSS_NAVIGATION_SCHEMA, "data": data}),)


def _client_session(event: PageView) -> tuple[bytes, ...]:
    """On the page that began a session: event index 0, since the browser counts from 1."""
    identity, start = event.subject.identity, event.session_start
    if start is None or not (identity.domain_userid and identity.domain_sessionid):
        return ()
    data = {
        "userId": identity.domain_userid,
        "sessionId": identity.domain_sessionid,
        "sessionIndex": identity.domain_sessionidx,
        "eventIndex": 0,
        "previousSessionId": start.previous_sessionid,
        "storageMechanism": "COOKIE_1",
    }
    return (msgspec.json.encode({"schema": CLIENT_SESSION_SCHEMA, "data": data}),)


def _cut(payload: _Payload, *keys: str) -> None:
    """Cut values to their fields' longest, in UTF-16 code units and never inside a character.

    Enrich measures what it has made of a value: tabs become four spaces, other control characters go.
    """
    for key in keys:
        value, longest = getattr(payload, key), FIELDS[key].max_length
        if not value.isprintable():
            value = _CONTROL.sub("", value.replace("\t", "    "))
            setattr(payload, key, value)
        if longest is not None and len(value) * 2 > longest:
            units = value.encode("utf-16-le", "surrogatepass")[: longest * 2]
            setattr(payload, key, units.decode("utf-16-le", "ignore"))


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
