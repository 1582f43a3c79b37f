"""The Snowplow tracker protocol: the only home of its short keys.

``FIELDS`` names every parameter of the protocol with its canonical column, type and longest value;
the encoder below writes from it and the local collector reads with it. Lengths are those that
Snowplow's Enrich 6 enforces, in UTF-16 code units; a longer value makes the whole event a bad row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import SEEK_CUR, BytesIO
from typing import Literal

import msgspec

from .events import PageView

Kind = Literal["text", "uuid", "integer", "milliseconds", "decimal", "flag", "size", "json", "base64_json"]
"""How a parameter's text is read: ``size`` is ``<width>x<height>``, ``flag`` is ``1`` or ``0``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of the tracker protocol.

    ``columns`` are the canonical event columns it fills (two for a ``size``; none where Enrich
    ignores the parameter). ``max_length`` counts UTF-16 code units. ``in_envelope`` says whether
    the POST schema payload_data 1-0-4 allows the key: one that it does not allow fails the batch.
    """

    key: str
    columns: tuple[str, ...]
    kind: Kind = "text"
    max_length: int | None = None
    in_envelope: bool = True


def _text(key: str, column: str, max_length: int) -> Field:
    return Field(key, (column,), "text", max_length)


_FIELDS = (
    # who is tracking, and what happened
    _text("e", "event", 128),
    _text("p", "platform", 255),
    _text("aid", "app_id", 255),
    _text("tna", "name_tracker", 128),
    _text("tv", "v_tracker", 100),
    Field("eid", ("event_id",), "uuid", 36),
    Field("cv", ("v_collector",), "text", 100, in_envelope=False),
    # when
    Field("dtm", ("dvce_created_tstamp",), "milliseconds"),
    Field("stm", ("dvce_sent_tstamp",), "milliseconds"),
    Field("ttm", ("true_tstamp",), "milliseconds"),
    # the person and the session
    _text("uid", "user_id", 255),
    _text("duid", "domain_userid", 128),
    Field("sid", ("domain_sessionid",), "uuid", 128),
    Field("vid", ("domain_sessionidx",), "integer"),
    _text("nuid", "network_userid", 128),
    _text("tnuid", "network_userid", 128),
    _text("ip", "user_ipaddress", 128),
    _text("fp", "user_fingerprint", 128),
    Field("tid", ("txn_id",), "integer"),
    # the device
    _text("ua", "useragent", 1000),
    _text("lang", "br_lang", 255),
    _text("tz", "os_timezone", 255),
    _text("cs", "doc_charset", 128),
    _text("cd", "br_colordepth", 12),
    Field("cookie", ("br_cookies",), "flag"),
    Field("res", ("dvce_screenwidth", "dvce_screenheight"), "size"),
    Field("vp", ("br_viewwidth", "br_viewheight"), "size"),
    Field("ds", ("doc_width", "doc_height"), "size"),
    Field("f_pdf", ("br_features_pdf",), "flag"),
    Field("f_fla", ("br_features_flash",), "flag"),
    Field("f_java", ("br_features_java",), "flag"),
    Field("f_dir", ("br_features_director",), "flag"),
    Field("f_qt", ("br_features_quicktime",), "flag"),
    Field("f_realp", ("br_features_realplayer",), "flag"),
    Field("f_wma", ("br_features_windowsmedia",), "flag"),
    Field("f_gears", ("br_features_gears",), "flag"),
    Field("f_ag", ("br_features_silverlight",), "flag"),
    # the page
    _text("url", "page_url", 10_000),
    _text("page", "page_title", 2000),
    _text("refr", "page_referrer", 10_000),
    # entities and self-describing events
    Field("co", ("contexts",), "json"),
    Field("cx", ("contexts",), "base64_json"),
    Field("ue_pr", ("unstruct_event",), "json"),
    Field("ue_px", ("unstruct_event",), "base64_json"),
    # page pings
    Field("pp_mix", ("pp_xoffset_min",), "integer"),
    Field("pp_max", ("pp_xoffset_max",), "integer"),
    Field("pp_miy", ("pp_yoffset_min",), "integer"),
    Field("pp_may", ("pp_yoffset_max",), "integer"),
    # structured events
    _text("se_ca", "se_category", 1000),
    _text("se_ac", "se_action", 1000),
    _text("se_la", "se_label", 4096),
    _text("se_pr", "se_property", 1000),
    Field("se_va", ("se_value",), "decimal"),
    Field("ev_ca", ("se_category",), "text", 1000, in_envelope=False),
    Field("ev_ac", ("se_action",), "text", 1000, in_envelope=False),
    Field("ev_la", ("se_label",), "text", 4096, in_envelope=False),
    Field("ev_pr", ("se_property",), "text", 1000, in_envelope=False),
    Field("ev_va", ("se_value",), "decimal", in_envelope=False),
    # transactions and their items
    _text("tr_id", "tr_orderid", 255),
    _text("tr_af", "tr_affiliation", 255),
    Field("tr_tt", ("tr_total",), "decimal"),
    Field("tr_tx", ("tr_tax",), "decimal"),
    Field("tr_sh", ("tr_shipping",), "decimal"),
    _text("tr_ci", "tr_city", 255),
    _text("tr_st", "tr_state", 255),
    _text("tr_co", "tr_country", 255),
    _text("tr_cu", "tr_currency", 3),
    _text("ti_id", "ti_orderid", 255),
    _text("ti_sk", "ti_sku", 255),
    _text("ti_nm", "ti_name", 255),
    _text("ti_na", "ti_name", 255),
    _text("ti_ca", "ti_category", 255),
    Field("ti_pr", ("ti_price",), "decimal"),
    Field("ti_qu", ("ti_quantity",), "integer"),
    _text("ti_cu", "ti_currency", 3),
    # allowed by the envelope, ignored by Enrich
    *(
        Field(key, ())
        for key in (["ctype", "mac", "ad_ba", "ad_ca", "ad_ad", "ad_uid", "sa", "sn", "st", "sp", "ue_na"])
    ),
)

FIELDS: dict[str, Field] = {field.key: field for field in _FIELDS}

PLATFORMS = frozenset({"web", "mob", "pc", "srv", "app", "tv", "cnsl", "iot", "headset"})
EVENT_NAMES = {
    "pv": "page_view",
    "pp": "page_ping",
    "se": "struct",
    "ev": "struct",
    "ue": "unstruct",
    "tr": "transaction",
    "ti": "transaction_item",
}
"""The parameter ``e`` and the column ``event``."""

COLLECTOR_PATH = "/com.snowplowanalytics.snowplow/tp2"
PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
CONTEXTS_SCHEMA = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
WEB_PAGE_SCHEMA = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
CLIENT_SESSION_SCHEMA = "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2"
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


def _short(*keys: str) -> int:
    """The length of a text that surely fits: a character has at most two UTF-16 code units."""
    return min(FIELDS[key].max_length or 0 for key in keys) // 2


_SHORT_ID, _SHORT_URL, _SHORT_TITLE = _short("duid", "sid"), _short("url", "refr"), _short("page")
_SHORT_TEXT, _SHORT_USERAGENT = _short("uid", "lang"), _short("ua")
_json = msgspec.json.Encoder()


class Encoder:
    """Writes events as the protocol's payloads; ``app_id``, ``namespace`` and ``platform`` go on each."""

    def __init__(self, *, app_id: str, namespace: str, platform: str) -> None:
        self._app_id = app_id
        self._namespace = namespace
        self._platform = platform

    def encode(self, event: PageView) -> bytes:
        """One event as a JSON object of strings, without ``stm``, which is set when it is sent."""
        payload = self._begin("pv", event)
        _write_page_view(payload, event)
        try:
            return _json.encode(payload)
        except UnicodeEncodeError:  # lone surrogates, which JSON cannot carry
            texts = msgspec.to_builtins(payload)
            return _json.encode({key: _without_surrogates(value) for key, value in texts.items()})

    def _begin(self, kind: str, event: PageView) -> _Payload:
        """What every kind of event says: who is tracking, whom, on which device and when."""
        subject = event.subject
        identity = subject.identity
        index = identity.domain_sessionidx
        useragent, user_id, language = subject.useragent, subject.user_id or "", subject.language or ""
        person, session = identity.domain_userid or "", identity.domain_sessionid or ""
        payload = _Payload(
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
        if not is_short or len(person) > _SHORT_ID or len(session) > _SHORT_ID:
            _cut(payload, "ua", "uid", "duid", "sid", "lang")
        return payload


def _write_page_view(payload: _Payload, event: PageView) -> None:
    """What only a page view says."""
    payload.url, payload.page = event.page_url or "", event.page_title or ""
    payload.refr = event.page_referrer or ""
    if len(payload.url) + len(payload.refr) > _SHORT_URL or len(payload.page) > _SHORT_TITLE:
        _cut(payload, "url", "page", "refr")
    web_page = f'{{"schema":"{WEB_PAGE_SCHEMA}","data":{{"id":"{event.web_page_id}"}}}}'.encode()
    entities = b",".join((web_page, *_client_session(event), *event.entities)).decode()
    payload.co = f'{{"schema":"{CONTEXTS_SCHEMA}","data":[{entities}]}}'


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
    """Cut values to their fields' longest, in UTF-16 code units and never inside a character."""
    for key in keys:
        value, longest = getattr(payload, key), FIELDS[key].max_length
        if longest is not None and len(value) * 2 > longest:
            units = value.encode("utf-16-le", "surrogatepass")[: longest * 2]
            setattr(payload, key, units.decode("utf-16-le", "ignore"))


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
