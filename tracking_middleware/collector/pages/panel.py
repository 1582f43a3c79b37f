"""One event, whole: its columns, its entities as a tree, the request, what was sent; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..store.rows import StoredRow
from .parts.frame import CROSS, badge, moment, swatch
from .parts.html import Child, Element, tag
from .parts.lines import line_of, name_of
from .parts.replay import as_curl, as_json
from .parts.scale import written
from .parts.tree import tree
from .remarks import remarks
from .view import View

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("When", ("derived_tstamp", "dvce_", "collector_", "true_", "etl_", "refr_dvce_")),
    ("Who", ("user_", "domain_", "network_", "refr_domain_")),
    ("Event", ("event", "se_", "tr_", "ti_", "pp_", "txn_")),
    ("Page", ("page_", "refr_", "doc_", "mkt_")),
    ("Tracker", ("app_id", "platform", "name_tracker", "v_")),
    ("Device", ("",)),
)
_OPEN = frozenset({"When", "Who", "Event", "Page"})
_DEVICE_SIZES = ("dvce_screen", "dvce_type", "dvce_ismobile")
_ELSEWHERE = {"contexts", "unstruct_event", "derived_contexts"}


def _live(name: str, value: str) -> str:
    return View().url(**{name: value})


def panel(row: StoredRow, address: str, *, find: Callable[[str, str], str] = _live) -> Element:
    """The event of a row, whose shape has been through ``Showing``; ``find`` is where the others of a
    ``person``, a ``session`` or a ``user`` are."""
    shape = row.shape
    columns: Mapping[str, Any] = shape.get("event") or {}
    return tag(
        "article",
        _head(row, find),
        _reasons(shape),
        _remarks(shape),
        _copies(shape, address),
        _described(columns),
        _entities("Entities", columns.get("contexts")),
        _entities("Derived entities", columns.get("derived_contexts")),
        _columns(columns),
        _request(shape),
        _sent(shape),
        class_="event",
        data_id=row.id,
    )


def _head(row: StoredRow, find: Callable[[str, str], str]) -> Element:
    line, summary = line_of(row), row.summary
    return tag(
        "header",
        tag(
            "div",
            badge(line.side, line.platform),
            tag("span", line.app, class_="chip") if line.app else None,
            None if row.is_good else tag("span", "bad", class_="chip bad"),
            tag("a", CROSS, href="/", class_="close", id="close", aria_label="Close the event"),
            class_="badges",
        ),
        tag("h2", line.name, id="panel-title", tabindex=-1),
        tag("p", line.detail, class_="detail") if line.detail else None,
        tag("p", tag("span", line.title, class_="title"), " ", line.page, line.query, class_="page")
        if line.page
        else None,
        tag("p", moment(summary.derived), class_="when"),
        tag(
            "p",
            swatch(line.hue) if line.person or line.user else None,
            (
                tag("a", f"{name} {value[:8]}", href=find(name, value), title=value)
                for name, value in (
                    ("person", summary.domain_userid),
                    ("session", summary.domain_sessionid),
                    ("user", summary.user_id),
                )
                if value
            ),
            tag("a", "journey", href=f"/journeys?event={row.id}") if line.person or line.user else None,
            class_="links",
        ),
    )


def _reasons(shape: Mapping[str, Any]) -> Element | None:
    if not shape.get("errors"):
        return None
    return tag(
        "section",
        tag("h3", "Why it is bad"),
        tag("ul", (tag("li", str(error)) for error in shape["errors"])),
        class_="reasons",
    )


def _remarks(shape: Mapping[str, Any]) -> Element | None:
    found = remarks(shape)
    if not found:
        return None
    return tag(
        "section",
        tag("h3", "What the pipeline has otherwise"),
        tag("ul", (tag("li", sentence) for sentence in found)),
        class_="remarks",
    )


def _copies(shape: Mapping[str, Any], address: str) -> Element:
    curl = as_curl(shape, address)
    return tag(
        "div",
        tag("button", "Copy as JSON", type="button", data_copy="as-json", class_="scripted"),
        tag("button", "Copy as curl", type="button", data_copy="as-curl", class_="scripted")
        if curl
        else None,
        tag("pre", curl, id="as-curl", hidden=True) if curl else None,
        class_="copies",
    )


def _described(columns: Mapping[str, Any]) -> Element | None:
    described = columns.get("unstruct_event")
    if not described:
        return None
    return tag("section", tag("h3", "Data"), _self_describing(described["data"]))


def _entities(title: str, contexts: Mapping[str, Any] | None) -> Element | None:
    entities = (contexts or {}).get("data", [])
    if not entities:
        return None
    return tag(
        "section",
        tag("h3", f"{title} ", tag("span", str(len(entities)), class_="count")),
        (_self_describing(entity) for entity in entities),
    )


def _self_describing(value: Mapping[str, Any]) -> Element:
    schema = str(value["schema"])
    return tag(
        "details",
        tag(
            "summary",
            tag("b", name_of(schema)),
            " ",
            tag("span", schema.removeprefix("iglu:"), class_="schema"),
        ),
        tree(value["data"]),
        open=True,
        class_="entity",
    )


def _columns(columns: Mapping[str, Any]) -> Element | None:
    found = {
        name: value
        for name, value in columns.items()
        if value is not None and value != "" and name not in _ELSEWHERE
    }
    if not found:
        return None
    groups: dict[str, list[tuple[str, Any]]] = {title: [] for title, _ in _GROUPS}
    for name, value in found.items():
        groups[_group(name)].append((name, value))
    return tag(
        "section",
        tag("h3", "Columns ", tag("span", str(len(found)), class_="count")),
        (
            tag(
                "details",
                tag("summary", title),
                _pairs(pairs),
                open=title in {"When", "Who", "Event", "Page"},
            )
            for title, pairs in groups.items()
            if pairs
        ),
    )


def _group(name: str) -> str:
    if name.startswith(_DEVICE_SIZES):
        return "Device"
    return next(title for title, starts in _GROUPS if name.startswith(starts))


def _pairs(pairs: Iterable[tuple[str, Any]]) -> Element:
    return tag(
        "dl",
        (tag("div", tag("dt", name), tag("dd", _text(name, value))) for name, value in pairs),
        class_="pairs",
    )


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    is_moment = name.endswith("_tstamp") or name == "received"
    return written(str(value), with_milliseconds=True) if is_moment else str(value)


def _request(shape: Mapping[str, Any]) -> Element | None:
    request = shape.get("rawEvent") or shape.get("collectorPayload")
    if not request:
        return None
    context, api = request["context"], request["api"]
    headers = [header.partition(": ") for header in context["headers"]]
    return tag(
        "section",
        tag("h3", "Request"),
        _pairs(
            [
                ("path", f"/{api['vendor']}/{api['version']}"),
                ("received", context["timestamp"]),
                *((name, context[key]) for name, key in (("address", "ipAddress"),) if context.get(key)),
                *((("content type", request["contentType"]),) if request.get("contentType") else ()),
            ]
        ),
        tag(
            "details",
            tag("summary", "Headers ", tag("span", str(len(headers)), class_="count")),
            _pairs((name, value) for name, _, value in headers),
        ),
    )


def _sent(shape: Mapping[str, Any]) -> Element:
    parameters = (shape.get("rawEvent") or {}).get("parameters") or {}
    body = (shape.get("collectorPayload") or {}).get("body")
    return tag(
        "section",
        tag("h3", "As it was sent"),
        tag(
            "details",
            tag("summary", "Parameters ", tag("span", str(len(parameters)), class_="count")),
            _pairs(parameters.items()),
            class_="raw",
        )
        if parameters
        else None,
        tag("details", tag("summary", "Body"), tag("pre", str(body), tabindex=0)) if body else None,
        tag(
            "details",
            tag("summary", "JSON, as /micro/good and /micro/bad show it"),
            tag("pre", as_json(shape), id="as-json", tabindex=0),
        ),
    )


def missing(number: int) -> tuple[Child, ...]:
    """What stands in the place of an event that is not there."""
    return (
        tag("h1", f"No event {number}"),
        tag("p", "It was forgotten, or never came."),
        tag("p", tag("a", "All events", href="/", class_="button")),
    )
