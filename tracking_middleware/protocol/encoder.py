"""The encoder: events as the protocol's payloads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from ..events.events import Event, PageView, SelfDescribingEvent, StructuredEvent
from ..identity.subject import Subject
from .fields import FIELDS

CONTEXTS_SCHEMA = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
WEB_PAGE_SCHEMA = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
CLIENT_SESSION_SCHEMA = "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2"
CROSS_NAVIGATION_SCHEMA = "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0"
UNSTRUCT_EVENT_SCHEMA = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"

MAX_EVENT_BYTES = 1_000_000
"""A larger event is a size violation: a collector's limit is 1 MiB, its queue's often 1,000,000."""

TRACKER_VERSION = "tracking-middleware-0.1.0"
"""``v_tracker``: by convention the tracker's name and version."""


class _Texts(msgspec.Struct, omit_defaults=True, gc=False):
    """The texts of an event in the order they are written; those that are ``""`` are left out.

    In front of them stands what all events of an encoder have, and after them what is JSON itself.
    """

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


class _TrackedTexts(_Texts, omit_defaults=True, gc=False):
    """The texts of the events that are no page views."""

    ttm: str = ""
    se_ca: str = ""
    se_ac: str = ""
    se_la: str = ""
    se_pr: str = ""
    se_va: str = ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _short(*keys: str) -> int:
    """The length of a text that surely fits: a character has at most two UTF-16 code units."""
    return min(FIELDS[key].max_length or 0 for key in keys) // 2


_LEFT_OUT = ("uid", "duid", "sid", "tnuid", "ip", "lang")
_LONGEST_ID = 2 * _short(*_LEFT_OUT)
"""Of a text in ASCII, whose characters are a code unit each."""
_SHORT_ID, _SHORT_TEXT = _short("duid", "sid", "tnuid", "ip"), _short("uid", "lang")
_CUT: tuple[str, ...] = ("ua", "url", "page", "refr")
_CUT_TRACKED = ("ua", "url", "refr", "se_ca", "se_ac", "se_la", "se_pr")
_SHORT_URL = _short("url", "refr")
_SURELY_SHORT = min(FIELDS[key].max_length or 0 for key in {*_CUT, *_CUT_TRACKED})
"""Bytes of all texts but URLs: none of them is too long, unless its field is as short as that of an id."""
_CUT_MARK = "…"
"""At the end of a text that was cut."""
_URLS = frozenset({"url", "refr"})
_CUT_ESCAPE = re.compile("%[0-9A-Fa-f]?$")
_BACKSLASH, _DELETE = 0x5C, 0x7F  # as numbers: of ``bytes`` in ``bytes`` an error is made first, each time
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_encode = msgspec.json.Encoder().encode
T = TypeVar("T", bound=_Texts)


def _within_text(encoded: str) -> bytes:
    """JSON as it stands within a text, without the quotes around that."""
    return _encode(encoded)[1:-1]


_CONTEXTS = b',"co":"' + _within_text(f'{{"schema":"{CONTEXTS_SCHEMA}","data":[')
_WEB_PAGE = _CONTEXTS + _within_text(f'{{"schema":"{WEB_PAGE_SCHEMA}","data":{{"id":"')
_WEB_PAGE_END, _CONTEXTS_END = _within_text('"}}'), b']}"'
_ALONE_END = _WEB_PAGE_END + _CONTEXTS_END + b"}"
_EVENT, _EVENT_END = b',"ue_pr":"' + _within_text(f'{{"schema":"{UNSTRUCT_EVENT_SCHEMA}","data":'), b'}"'


class Encoder:
    """Writes events as the protocol's payloads; ``app_id``, ``namespace`` and ``platform`` go on each.

    What is longer than its field may be would cost the event. A text is cut, and ends in ``…``; an id
    or a language is left out, since cut it would be another one. ``count`` is told ``field_cut`` and
    ``field_too_long``, and which field it was.
    """

    def __init__(
        self, *, app_id: str, namespace: str, platform: str, count: Callable[..., None] | None = None
    ) -> None:
        self._count = count
        constant = {"p": platform, "tv": TRACKER_VERSION, "aid": app_id, "tna": namespace}
        texts = {key: _without_surrogates(value) for key, value in constant.items()}
        self._page_view, self._structured, self._self_describing = (
            _encode({"e": kind, **texts})[:-1] + b"," for kind in ("pv", "se", "ue")
        )

    def encode(self, event: Event) -> bytes:
        """One event as a JSON object of strings, without ``stm``, which is set when it is sent."""
        if not isinstance(event, PageView):
            return self._encode_tracked(event)
        entities: Sequence[bytes] = event.entities
        texts = _texts(event, _Texts, event.page_title or "")
        if event.session_start is not None:
            entities = (*_client_session(event), *entities)
        written = self._fitting(texts, _CUT)
        if not entities and event.web_page_id:
            return b"".join(
                (self._page_view, written, _WEB_PAGE, _within_text(event.web_page_id), _ALONE_END)
            )
        return b"".join((self._page_view, written, *_contexts(event.web_page_id, entities), b"}"))

    def _encode_tracked(self, event: Event) -> bytes:
        texts = _texts(event, _TrackedTexts)
        texts.ttm = "" if event.true_tstamp is None else str(event.true_tstamp)
        entities = (*_cross_navigation(event.subject), *event.entities)
        begin, described = self._structured, b""
        if isinstance(event, StructuredEvent):
            _write_structured(texts, event)
        elif isinstance(event, SelfDescribingEvent):
            begin = self._self_describing
            described = _EVENT + _within_text(event.self_describing_json.decode()) + _EVENT_END
        else:
            raise TypeError(f"{type(event).__name__} is no kind of event that the protocol has")
        written = self._fitting(texts, _CUT_TRACKED)
        return b"".join((begin, written, described, *_contexts(event.web_page_id, entities), b"}"))

    def _fitting(self, texts: _Texts, cut: tuple[str, ...]) -> bytes:
        """The texts as members of a JSON object, each as long as it may be and without control characters.

        What is short and needs no escape in JSON has nothing to be mended: then it is written already.
        """
        try:
            encoded = _encode(texts)
        except UnicodeEncodeError:  # lone surrogates, which JSON cannot carry
            encoded = b"\\"
        if _BACKSLASH in encoded or _DELETE in encoded or not _is_short(texts, encoded):
            self._cut(texts, *cut)
            self._leave_out_too_long(texts, *_LEFT_OUT)
            values = msgspec.to_builtins(texts)
            encoded = _encode({key: _without_surrogates(value) for key, value in values.items()})
        return encoded[1:-1]

    def _cut(self, texts: _Texts, *keys: str) -> None:
        """Cut texts to their fields' longest, in UTF-16 code units and never inside a character."""
        for key in keys:
            value, longest = _measured(texts, key), FIELDS[key].max_length or 0
            if len(value) * 2 <= longest or _units(value) <= longest:
                continue
            self._tell("field_cut", key, "was cut: shorten it")
            if key in _URLS:
                cut = _CUT_ESCAPE.sub("", _first_units(value, longest))
            else:
                cut = _first_units(value, longest - len(_CUT_MARK)) + _CUT_MARK
            setattr(texts, key, cut)

    def _leave_out_too_long(self, texts: _Texts, *keys: str) -> None:
        for key in keys:
            value, longest = _measured(texts, key), FIELDS[key].max_length or 0
            if len(value) * 2 > longest and _units(value) > longest:
                self._tell("field_too_long", key, "was left out, since cut it would be another one")
                setattr(texts, key, "")

    def _tell(self, name: str, key: str, what: str) -> None:
        if self._count is not None:
            field = FIELDS[key]
            column = field.columns[0] if field.columns else key
            self._count(name, f"{column} may have {field.max_length} characters (UTF-16) and {what}")


def _texts(event: Event, kind: type[T], title: str = "") -> T:
    """What every kind of event says: whom it is about, on which device, when and where."""
    subject = event.subject
    index = subject.domain_sessionidx
    return kind(
        event.event_id,
        f"{event.dvce_created_tstamp}",
        subject.network_userid or "",
        subject.user_ipaddress,
        subject.useragent,
        event.page_url or "",
        title,
        event.page_referrer or "",
        subject.user_id or "",
        subject.domain_userid or "",
        subject.domain_sessionid or "",
        "" if index is None else f"{index}",
        subject.language or "",
    )


def _write_structured(texts: _TrackedTexts, event: StructuredEvent) -> None:
    texts.se_ca, texts.se_ac = event.category or "", event.action or ""
    texts.se_la, texts.se_pr = event.label or "", event.property or ""
    texts.se_va = "" if event.value is None else str(event.value)


def _contexts(web_page_id: str, entities: Sequence[bytes]) -> tuple[bytes, ...]:
    """The parameter of the entities, that of the web page before all others; nothing where there is none."""
    listed = _within_text(b",".join(entities).decode()) if entities else b""
    if not web_page_id:
        return (_CONTEXTS, listed, _CONTEXTS_END) if entities else ()
    page = _within_text(web_page_id)
    return (_WEB_PAGE, page, _WEB_PAGE_END, b"," if entities else b"", listed, _CONTEXTS_END)


def _is_short(texts: _Texts, encoded: bytes) -> bool:
    """Whether every text surely fits its field: a code unit of UTF-16 takes a byte of UTF-8 at least."""
    if len(encoded) > _SURELY_SHORT:
        urls = len(texts.url) + len(texts.refr)
        if urls > _SHORT_URL or len(encoded) - urls > _SURELY_SHORT:
            return False
    ids = len(texts.duid) + len(texts.sid)
    others = len(texts.tnuid) + len(texts.ip) + len(texts.uid) + len(texts.lang)
    if encoded.isascii() and ids <= _LONGEST_ID and others <= _LONGEST_ID:
        return True
    return (
        len(texts.uid) + len(texts.lang) <= _SHORT_TEXT
        and len(texts.duid) <= _SHORT_ID
        and len(texts.sid) <= _SHORT_ID
        and len(texts.tnuid) <= _SHORT_ID
        and len(texts.ip) <= _SHORT_ID
    )


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


def _measured(texts: _Texts, key: str) -> str:
    """A value as Enrich measures it: tabs become four spaces, other control characters go; so it is sent."""
    value: str = getattr(texts, key)
    if not value.isprintable():
        value = _CONTROL.sub("", value.replace("\t", "    "))
        setattr(texts, key, value)
    return value


def _units(text: str) -> int:
    """The length of a text as the pipeline counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _first_units(text: str, longest: int) -> str:
    """As much of a text as has so many UTF-16 code units, never half a character."""
    return text.encode("utf-16-le", "surrogatepass")[: longest * 2].decode("utf-16-le", "ignore")


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
