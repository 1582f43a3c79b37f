"""From one event's parameters to the canonical columns, by the rules of Snowplow's Enrich.

Timestamps in the columns are ISO 8601 in UTC with milliseconds, as Micro shows them. Left empty, since it
takes a database or a service: ``geo_*``, ``ip_*``, ``*_base`` and, which Enrich has to be told to fill,
``event_fingerprint`` and ``etl_tags``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...protocol.fields import EVENT_NAMES, FIELDS, PLATFORMS, Field
from ..payload.hit import Hit
from ..payload.problems import Problem, RefusedError, of_column, of_json, of_page, quoted
from ..payload.schema_key import read_uri
from ..payload.self_describing import Described, read_contexts, read_unstruct_event, wrapped
from ..payload.times import earlier
from ..payload.values import READERS, first_address, read_text, unread_base64
from ..schemas.validation import Check
from .columns import DERIVED_LENGTHS, EMPTY, utf16_length
from .page_urls import read_page_url, read_referrer
from .useragents import read_user_agent

_NAME = "tracking-middleware-collector"
_VENDOR = "com.snowplowanalytics.snowplow"
_JSON_READERS: dict[str, Callable[[str], Described]] = {
    "contexts": read_contexts,
    "unstruct_event": read_unstruct_event,
}


def _reader(field: Field) -> Callable[[str], Any]:
    """What makes a column, of several columns their values, of a parameter's text; raises ValueError."""
    read = READERS[field.kind]
    describe = _JSON_READERS.get(field.columns[0])
    if describe is not None:
        return lambda text: describe(read(text))
    if field.kind != "text" or field.max_length is None:
        return read
    longest, part = field.max_length, first_address if field.columns == ("user_ipaddress",) else str

    def bounded(text: str) -> str | None:
        kept = part(read(text))
        if utf16_length(kept) > longest:
            raise ValueError(_length_problem(kept, longest))
        return kept or None

    return bounded


_Filling = tuple[tuple[str, ...], int, Callable[[str], Any] | None]
_NOTHING: _Filling = ((), -1, None)
_FILLING: dict[str, _Filling] = {
    key: (
        field.columns,
        (field.max_length or 0) // 2 if field.kind == "text" and key not in {"ip", "nuid"} else -1,
        _reader(field),
    )
    for key, field in FIELDS.items()
    if field.columns
}
"""By parameter the columns, what reads them, and of which length a text is just what it was sent as.

That is half as many characters as UTF-16 units are allowed, since a character may be two.
"""
_SHORT = tuple((name, longest // 2) for name, longest in DERIVED_LENGTHS.items())


def enrich(parameters: Mapping[str, str], hit: Hit, check: Check) -> dict[str, Any]:
    """The canonical columns of one event; raises RefusedError with all that is wrong.

    ``check`` says what is wrong with a self-describing JSON, see ``validation``.
    """
    columns = EMPTY.copy()
    problems = _fill(columns, parameters)
    problems += _complete_event(columns, parameters)
    problems += _complete_page(columns, hit)
    _complete_person(columns, parameters, hit)
    _complete_times(columns, parameters, hit)
    problems += _too_long(columns)
    problems += _complete_entities(columns, check)
    if problems:
        raise RefusedError(*problems)
    _sign(columns)
    columns["event_id"] = columns["event_id"] or str(uuid.uuid4())
    return columns


def known_columns(parameters: Mapping[str, str], hit: Hit) -> dict[str, Any]:
    """The columns of an event that may be refused, each None that cannot be read or is too long.

    Entities and a self-describing event are not validated.
    """
    columns = EMPTY.copy()
    _fill(columns, parameters)
    for _ in (*_complete_event(columns, parameters), *_complete_page(columns, hit)):
        pass  # what is wrong is said by ``enrich``
    _complete_person(columns, parameters, hit)
    _complete_times(columns, parameters, hit)
    if columns["platform"] not in PLATFORMS:
        columns["platform"] = None
    columns.update(dict.fromkeys([name for name, _ in _long_texts(columns)]))
    for _ in _complete_entities(columns, lambda *_: ()):
        pass
    _sign(columns)
    return columns


def _sign(columns: dict[str, Any]) -> None:
    columns["v_collector"] = columns["v_collector"] or _NAME
    columns["v_etl"] = _NAME


def _fill(columns: dict[str, Any], parameters: Mapping[str, str]) -> list[Problem]:
    problems = []
    for key, value in parameters.items():
        names, surely_short, read = _FILLING.get(key, _NOTHING)
        if len(value) <= surely_short and value.isprintable():
            columns[names[0]] = value or None
            continue
        # nuid gives way to tnuid, whichever comes first
        if read is None or (key == "nuid" and "tnuid" in parameters):
            continue
        try:
            if len(names) == 1:
                columns[names[0]] = read(value)
            else:
                columns.update(zip(names, read(value), strict=True))
        except ValueError as problem:
            problems.append(_unread(FIELDS[key], value, str(problem)))
    return problems


def _unread(field: Field, value: str, what: str) -> Problem:
    if field.kind not in {"json", "base64_json"}:
        return of_column(field.key, field.columns, what)
    unread = unread_base64(value) if field.kind == "base64_json" else ""
    return of_json(f"{field.key} ({field.columns[0]})", f"{what}{unread}")


def _length_problem(text: str, longest: int) -> str:
    return f"is {utf16_length(text)} characters long, at most {longest} are allowed"


def _complete_event(columns: dict[str, Any], parameters: Mapping[str, str]) -> Iterator[Problem]:
    platform, kind = parameters.get("p"), parameters.get("e")
    if platform is not None and platform not in PLATFORMS:
        yield of_column("p", ["platform"], f"{quoted(platform)} is none of {', '.join(sorted(PLATFORMS))}")
    name = EVENT_NAMES.get(kind or "")
    if name is None:
        yield of_column("e", ["event"], f"{quoted(kind)} is none of {', '.join(EVENT_NAMES)}")
        return
    columns["event"] = name
    vendor, label, form, version = _VENDOR, name, "jsonschema", "1-0-0"
    if name == "struct":
        vendor, label = "com.google.analytics", "event"
    if name == "unstruct":
        if columns["unstruct_event"] is None:
            return  # good in the pipeline, and of no name
        vendor, label, form, version = read_uri(columns["unstruct_event"]["data"]["schema"])
    columns.update(event_vendor=vendor, event_name=label, event_format=form, event_version=version)


def _complete_page(columns: dict[str, Any], hit: Hit) -> Iterator[Problem]:
    """From the page's URL, which without the tracker's word is the request's referrer."""
    page_url, referrer = columns["page_url"] or hit.referer, columns["page_referrer"]
    try:
        if page_url:
            columns.update(read_page_url(page_url))
    except ValueError as problem:
        yield of_page("page_url", str(problem))
    try:
        if referrer:
            columns.update(read_referrer(referrer, page_host=columns["page_urlhost"]))
    except ValueError as problem:
        yield of_page("page_referrer", str(problem))


def _complete_person(columns: dict[str, Any], parameters: Mapping[str, str], hit: Hit) -> None:
    """An explicit value wins, also an empty one; else what the collector saw of the sender."""
    if "ip" not in parameters:
        columns["user_ipaddress"] = hit.address
    if "ua" not in parameters:
        columns["useragent"] = read_text(hit.useragent or "") or None
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


def _too_long(columns: dict[str, Any]) -> Iterator[Problem]:
    for name, longest in _long_texts(columns):
        yield of_column(name, [name], _length_problem(columns[name], longest))


def _long_texts(columns: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Columns with a longer text than is allowed, and how long it may be."""
    for name, surely_short in _SHORT:
        text = columns[name]
        if text is not None and len(text) > surely_short and utf16_length(text) > DERIVED_LENGTHS[name]:
            yield name, DERIVED_LENGTHS[name]


def _complete_entities(columns: dict[str, Any], check: Check) -> Iterator[Problem]:
    """Validate what the tracker attached, and derive what Enrich attaches."""
    derived: list[Described] = []
    if columns["contexts"] is not None:
        for n, entity in enumerate(columns["contexts"]["data"], start=1):
            yield from check(entity, f"entity {n} (contexts)", derived)
        columns["contexts"] = columns["contexts"] if columns["contexts"]["data"] else None
    if columns["unstruct_event"] is not None:
        yield from check(columns["unstruct_event"]["data"], "event (unstruct_event)", derived)
        # a schema that is superseded gives its event another version
        if columns["event"] == "unstruct":
            columns["event_version"] = read_uri(columns["unstruct_event"]["data"]["schema"]).version
    if columns["useragent"]:
        user_agent = read_user_agent(columns["useragent"])
        columns.update(user_agent.columns)
        derived.append(dict(user_agent.entity))
    columns["derived_contexts"] = wrapped(derived) if derived else None
