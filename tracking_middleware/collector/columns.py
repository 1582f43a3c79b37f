"""From one event's parameters to the canonical columns, by the rules of Snowplow's Enrich.

Timestamps in the columns are ISO 8601 in UTC with milliseconds, as Micro shows them.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ..protocol.fields import EVENT_NAMES, FIELDS, PLATFORMS, Field, Kind
from .hit import Hit, RefusedError
from .page_urls import read_page_url, read_referrer
from .reading import read_json
from .times import earlier, iso_of_milliseconds

COLUMNS = tuple(
    """
    app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker
    v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx
    network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude
    geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer
    page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme
    refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source
    refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action
    se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping
    tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
    pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version
    br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java
    br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia
    br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight
    os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth
    dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base
    tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network
    etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid
    derived_tstamp event_vendor event_name event_format event_version event_fingerprint true_tstamp
    """.split()  # noqa: SIM905
)
"""The 131 columns of an enriched event, in their order."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCHEMA = re.compile(r"iglu:([A-Za-z0-9_.-]+)/([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)/([0-9]+-[0-9]+-[0-9]+)")
_CONTEXTS = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/contexts/jsonschema/1-0-[0-9]+")
_UNSTRUCT = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/unstruct_event/jsonschema/1-0-[0-9]+")
_CONTEXTS_OUT = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
_INT32 = 2_147_483_647


def enrich(parameters: Mapping[str, str], hit: Hit) -> dict[str, Any]:
    """The canonical columns of one event; raises RefusedError, a sentence for each wrong field."""
    columns: dict[str, Any] = dict.fromkeys(COLUMNS)
    problems: list[str] = []
    for key, value in parameters.items():
        field = FIELDS.get(key)
        # nuid gives way to tnuid, whichever comes first
        if field is None or not field.columns or (key == "nuid" and "tnuid" in parameters):
            continue
        try:
            _fill(columns, field, value)
        except ValueError as problem:
            problems.append(f"{key} ({', '.join(field.columns)}): {problem}")
    problems += _complete(columns, parameters, hit)
    if problems:
        raise RefusedError(*problems)
    return columns


def _fill(columns: dict[str, Any], field: Field, value: str) -> None:
    if value == "":
        return
    read = _READERS[field.kind](value)
    if field.kind == "size":
        columns.update(zip(field.columns, read, strict=True))
        return
    if field.max_length is not None and isinstance(read, str) and _utf16_length(read) > field.max_length:
        raise ValueError(f"is {_utf16_length(read)} characters long, at most {field.max_length} are allowed")
    if isinstance(read, dict) and isinstance(read["data"], list) != (field.columns[0] == "contexts"):
        raise ValueError(f"schema: {read['schema']!r} does not belong there")
    columns[field.columns[0]] = read


def _complete(columns: dict[str, Any], parameters: Mapping[str, str], hit: Hit) -> list[str]:
    """What Enrich derives, and what of it is wrong."""
    problems = []
    for step in (_complete_event, _complete_page):
        try:
            step(columns, hit)
        except ValueError as problem:
            problems.append(str(problem))
    _complete_person(columns, parameters, hit)
    try:
        _complete_times(columns, parameters, hit)
    except ValueError as problem:
        problems.append(f"stm (dvce_sent_tstamp): {problem}")
    columns["v_collector"] = columns["v_collector"] or "tracking-middleware-collector"
    columns["v_etl"] = "tracking-middleware-collector"
    columns["event_id"] = columns["event_id"] or str(uuid.uuid4())
    return problems


def _complete_event(columns: dict[str, Any], _hit: Hit) -> None:
    if columns["platform"] is not None and columns["platform"] not in PLATFORMS:
        raise ValueError(f"p (platform): {columns['platform']!r} is none of {', '.join(sorted(PLATFORMS))}")
    name = EVENT_NAMES.get(columns["event"] or "")
    if name is None:
        raise ValueError(f"e (event): {columns['event']!r} is none of {', '.join(EVENT_NAMES)}")
    columns["event"] = name
    vendor, label, form, version = "com.snowplowanalytics.snowplow", name, "jsonschema", "1-0-0"
    if name == "struct":
        vendor, label = "com.google.analytics", "event"
    if name == "unstruct":
        if columns["unstruct_event"] is None:
            raise ValueError("ue_pr or ue_px (unstruct_event): an event of type 'ue' needs one")
        vendor, label, form, version = _schema_parts(columns["unstruct_event"]["data"]["schema"])
    columns.update(event_vendor=vendor, event_name=label, event_format=form, event_version=version)


def _complete_page(columns: dict[str, Any], hit: Hit) -> None:
    columns["page_url"] = columns["page_url"] or hit.referer
    if columns["page_url"]:
        columns.update(read_page_url(columns["page_url"]))
    if columns["page_referrer"]:
        columns.update(read_referrer(columns["page_referrer"]))


def _complete_person(columns: dict[str, Any], parameters: Mapping[str, str], hit: Hit) -> None:
    """An explicit value wins, also an empty one; else what the collector saw of the sender."""
    if "ip" in parameters:
        columns["user_ipaddress"] = re.split(r"[,| ]", parameters["ip"].strip())[0] or None
    else:
        columns["user_ipaddress"] = hit.address
    if "ua" not in parameters:
        columns["useragent"] = hit.useragent
    if "tnuid" not in parameters and "nuid" not in parameters:
        columns["network_userid"] = hit.network_userid


def _complete_times(columns: dict[str, Any], parameters: Mapping[str, str], hit: Hit) -> None:
    columns["collector_tstamp"] = columns["etl_tstamp"] = columns["derived_tstamp"] = hit.timestamp
    if columns["true_tstamp"]:
        columns["derived_tstamp"] = columns["true_tstamp"]
    elif columns["dvce_created_tstamp"] and columns["dvce_sent_tstamp"]:
        lag = int(parameters["stm"]) - int(parameters["dtm"])
        if lag > 0:
            columns["derived_tstamp"] = earlier(hit.timestamp, milliseconds=lag)


def _read_text(value: str) -> str:
    """Tabs become four spaces, other control characters go (Enrich, ConversionUtils)."""
    return re.sub(r"[\x00-\x1f\x7f]", "", value.replace("\t", "    "))


def _read_uuid(value: str) -> str:
    if not _UUID.fullmatch(value.lower()):
        raise ValueError(f"{value!r} is no UUID")
    return value.lower()


def _read_integer(value: str) -> int | None:
    if value.lower() == "null":
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", value) or abs(int(value)) > _INT32:
        raise ValueError(f"{value!r} is no 32-bit integer")
    return int(value)


def _read_decimal(value: str) -> float | None:
    if value.lower() == "null":
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or math.isinf(float(number)):
        raise ValueError(f"{value!r} is no decimal number")
    return float(number)


def _read_flag(value: str) -> bool:
    if value not in {"0", "1"}:
        raise ValueError(f"{value!r} is neither '1' nor '0'")
    return value == "1"


def _read_size(value: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,10})x([0-9]{1,10})", value)
    if match is None or max(int(match[1]), int(match[2])) > _INT32:
        raise ValueError(f"{value!r} is no size such as '1024x768'")
    return int(match[1]), int(match[2])


def _read_json(value: str) -> dict[str, Any]:
    """Entities or a self-describing event: which of the two its own schema says."""
    described = read_json(value)
    _check_described(described)
    if _CONTEXTS.fullmatch(described["schema"]):
        if not isinstance(described["data"], list):
            raise ValueError("data: must be an array of entities")
        for entity in described["data"]:
            _check_described(entity)
        return {"schema": _CONTEXTS_OUT, "data": described["data"]}
    if not _UNSTRUCT.fullmatch(described["schema"]):
        raise ValueError(f"schema: {described['schema']!r} is neither contexts nor unstruct_event")
    _check_described(described["data"])
    return {"schema": described["schema"], "data": described["data"]}


def _read_base64_json(value: str) -> dict[str, Any]:
    """Both alphabets, padded or not."""
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        text = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError("is no base64 of UTF-8") from None
    return _read_json(text)


def _check_described(value: object) -> None:
    if (
        not isinstance(value, dict)
        or set(value) != {"schema", "data"}
        or not isinstance(value["schema"], str)
    ):
        raise ValueError("must be a self-describing JSON: an object of exactly 'schema' and 'data'")
    _schema_parts(value["schema"])


def _schema_parts(schema: str) -> tuple[str, str, str, str]:
    match = _SCHEMA.fullmatch(schema)
    if match is None:
        raise ValueError(f"schema: {schema!r} is no Iglu URI")
    return match[1], match[2], match[3], match[4]


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_READERS: dict[Kind, Callable[[str], Any]] = {
    "text": _read_text,
    "uuid": _read_uuid,
    "integer": _read_integer,
    "milliseconds": iso_of_milliseconds,
    "decimal": _read_decimal,
    "flag": _read_flag,
    "size": _read_size,
    "json": _read_json,
    "base64_json": _read_base64_json,
}
