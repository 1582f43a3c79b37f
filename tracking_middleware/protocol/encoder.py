"""The encoder: events as the protocol's payloads, and payloads as the body of a POST."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from io import SEEK_CUR, BytesIO
from typing import TypeVar

import msgspec

from ..events.events import Event, PageView, SelfDescribingEvent, StructuredEvent
from ..identity.subject import Subject
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
_CUT_MARK = "…"
"""At the end of a text that was cut."""
_URLS = frozenset({"url", "refr"})
_CUT_ESCAPE = re.compile("%[0-9A-Fa-f]?$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_json = msgspec.json.Encoder()
P = TypeVar("P", bound=_Payload)


class Encoder:
    """Writes events as the protocol's payloads; ``app_id``, ``namespace`` and ``platform`` go on each.

    What is longer than its field may be would cost the event. A text is cut, and ends in ``…``; an id
    or a language is left out, since cut it would be another one. ``count`` is told ``field_cut`` and
    ``field_too_long``, and which field it was.
    """

    def __init__(
        self, *, app_id: str, namespace: str, platform: str, count: Callable[..., None] | None = None
    ) -> None:
        self._app_id = app_id
        self._namespace = namespace
        self._platform = platform
        self._count = count

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
            self._write_page_view(payload, event)
            return payload
        if isinstance(event, StructuredEvent):
            payload = self._begin("se", event, _TrackedPayload)
            self._write_structured(payload, event)
        elif isinstance(event, SelfDescribingEvent):
            payload = self._begin("ue", event, _TrackedPayload)
            payload.ue_pr = _described(UNSTRUCT_EVENT_SCHEMA, event.self_describing_json.decode())
        else:
            raise TypeError(f"{type(event).__name__} is no kind of event that the protocol has")
        payload.ttm = "" if event.true_tstamp is None else str(event.true_tstamp)
        self._write_page(payload, event)
        return payload

    def _begin(self, kind: str, event: Event, parameters: type[P]) -> P:
        """What every kind of event says: who is tracking, whom, on which device and when."""
        subject = event.subject
        index = subject.domain_sessionidx
        useragent, user_id, language = subject.useragent, subject.user_id or "", subject.language or ""
        person, session = subject.domain_userid or "", subject.domain_sessionid or ""
        network, address = subject.network_userid or "", subject.user_ipaddress
        payload = parameters(
            e=kind,
            p=self._platform,
            tv=TRACKER_VERSION,
            aid=self._app_id,
            tna=self._namespace,
            eid=event.event_id,
            dtm=str(event.dvce_created_tstamp),
            tnuid=network,
            ip=address,
            ua=useragent,
            uid=user_id,
            duid=person,
            sid=session,
            vid="" if index is None else str(index),
            lang=language,
        )
        is_long = len(user_id) + len(language) > _SHORT_TEXT or len(useragent) > _SHORT_USERAGENT
        is_long = is_long or len(person) > _SHORT_ID or len(session) > _SHORT_ID
        is_plain = f"{useragent}{user_id}{language}{person}{session}{network}{address}".isprintable()
        if is_long or not is_plain or len(network) > _SHORT_ID or len(address) > _SHORT_ID:
            self._cut(payload, "ua")
            self._leave_out_too_long(payload, "uid", "duid", "sid", "tnuid", "ip", "lang")
        return payload

    def _write_page_view(self, payload: _Payload, event: PageView) -> None:
        """What only a page view says; a path of its own, since most events are page views."""
        payload.url, payload.page = event.page_url or "", event.page_title or ""
        payload.refr = event.page_referrer or ""
        is_long = len(payload.url) + len(payload.refr) > _SHORT_URL or len(payload.page) > _SHORT_TITLE
        if is_long or not f"{payload.url}{payload.refr}{payload.page}".isprintable():
            self._cut(payload, "url", "page", "refr")
        web_page = f'{{"schema":"{WEB_PAGE_SCHEMA}","data":{{"id":"{event.web_page_id}"}}}}'.encode()
        entities = b",".join((web_page, *_client_session(event), *event.entities)).decode()
        payload.co = f'{{"schema":"{CONTEXTS_SCHEMA}","data":[{entities}]}}'

    def _write_page(self, payload: _Payload, event: Event) -> None:
        """Where an event happened, and its entities."""
        payload.url, payload.refr = event.page_url or "", event.page_referrer or ""
        self._cut(payload, "url", "refr")
        entities = (*_web_page(event), *_cross_navigation(event.subject), *event.entities)
        if entities:
            payload.co = _described(CONTEXTS_SCHEMA, f"[{b','.join(entities).decode()}]")

    def _write_structured(self, payload: _TrackedPayload, event: StructuredEvent) -> None:
        payload.se_ca, payload.se_ac = event.category or "", event.action or ""
        payload.se_la, payload.se_pr = event.label or "", event.property or ""
        payload.se_va = "" if event.value is None else str(event.value)
        self._cut(payload, "se_ca", "se_ac", "se_la", "se_pr")

    def _cut(self, payload: _Payload, *keys: str) -> None:
        """Cut texts to their fields' longest, in UTF-16 code units and never inside a character."""
        for key in keys:
            value, longest = _measured(payload, key), FIELDS[key].max_length or 0
            if len(value) * 2 <= longest or _units(value) <= longest:
                continue
            self._tell("field_cut", key, "was cut: shorten it")
            if key in _URLS:
                cut = _CUT_ESCAPE.sub("", _first_units(value, longest))
            else:
                cut = _first_units(value, longest - len(_CUT_MARK)) + _CUT_MARK
            setattr(payload, key, cut)

    def _leave_out_too_long(self, payload: _Payload, *keys: str) -> None:
        for key in keys:
            value, longest = _measured(payload, key), FIELDS[key].max_length or 0
            if len(value) * 2 > longest and _units(value) > longest:
                self._tell("field_too_long", key, "was left out, since cut it would be another one")
                setattr(payload, key, "")

    def _tell(self, name: str, key: str, what: str) -> None:
        if self._count is not None:
            field = FIELDS[key]
            column = field.columns[0] if field.columns else key
            self._count(name, f"{column} may have {field.max_length} characters (UTF-16) and {what}")


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
    if handed_off is None or not subject.domain_userid:
        return ()
    data = {
        "domain_user_id": subject.domain_userid,
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
    subject, start = event.subject, event.session_start
    if start is None or not (subject.domain_userid and subject.domain_sessionid):
        return ()
    data = {
        "userId": subject.domain_userid,
        "sessionId": subject.domain_sessionid,
        "sessionIndex": subject.domain_sessionidx,
        "eventIndex": 0,
        "previousSessionId": start.previous_sessionid,
        "storageMechanism": "COOKIE_1",
    }
    return (msgspec.json.encode({"schema": CLIENT_SESSION_SCHEMA, "data": data}),)


def _measured(payload: _Payload, key: str) -> str:
    """A value as Enrich measures it: tabs become four spaces, other control characters go; so it is sent."""
    value: str = getattr(payload, key)
    if not value.isprintable():
        value = _CONTROL.sub("", value.replace("\t", "    "))
        setattr(payload, key, value)
    return value


def _units(text: str) -> int:
    """The length of a text as the pipeline counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _first_units(text: str, longest: int) -> str:
    """As much of a text as has so many UTF-16 code units, never half a character."""
    return text.encode("utf-16-le", "surrogatepass")[: longest * 2].decode("utf-16-le", "ignore")


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
