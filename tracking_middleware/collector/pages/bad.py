"""The page of what could not be read: by reason, with the first example; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...journeys.reading.asked import Filter
from ..store.rows import Reason, StoredRow
from .parts.controls import remarks, shared_fields
from .parts.frame import CROSS, empty, moment, snippet
from .parts.html import Child, Element, tag
from .parts.replay import as_curl
from .view import View

PATH = "/bad"
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\b\d+\b")
_MOST_DETAILS = 12
_MOST_SENTENCES = 5
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Detail:
    """One sentence without the values in it, how often it was said, and the row that last said it."""

    sentence: str
    count: int
    example: str
    row: int


def groups_of(rows: Iterable[StoredRow]) -> Mapping[str, Sequence[Detail]]:
    """By the first reason of each row, the further ones, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    examples: dict[tuple[str, str], tuple[str, int]] = {}
    for row in rows:
        reason = row.summary.reason or "unknown"
        for sentence in _sentences(row.shape):
            general = _general(sentence)
            counts.setdefault(reason, Counter())[general] += 1
            # they come newest first: the last one to be kept is the oldest
            examples[reason, general] = (sentence[:_LONGEST], row.id)
    return {
        reason: [
            Detail(sentence, count, *examples[reason, sentence])
            for sentence, count in found.most_common(_MOST_DETAILS)
        ]
        for reason, found in counts.items()
    }


def _sentences(shape: Mapping[str, Any]) -> list[str]:
    """What a row says beside its reason, each once."""
    return list(dict.fromkeys(str(error) for error in shape["errors"][1:]))


def _general(sentence: str) -> str:
    return _QUOTED.sub("…", sentence)[:_LONGEST]


def bad_page(
    reasons: Sequence[Reason],
    details: Mapping[str, Sequence[Detail]],
    *,
    looked_at: int,
    address: str,
    filters: Child = None,
    is_filtered: bool = False,
) -> tuple[Child, ...]:
    """All of it; the first example of each reason has been through ``Showing``.

    ``filters`` are the form and what is to be known of it. Where something ``is_filtered``, reasons are
    counted among what was looked at alone.
    """
    counted, passing = ("Counted are", " that pass the filters") if is_filtered else ("Details are of", "")
    return (
        tag("h1", "Bad events"),
        tag(
            "p",
            "What could not be read, by reason, with the first example. What was sent is kept all the same.",
            class_="lead",
        ),
        filters,
        [_group(reason, details.get(reason.reason, ()), address) for reason in reasons],
        tag("p", f"{counted} the newest {looked_at:,} bad events{passing}.", class_="note")
        if reasons
        else None,
        None if reasons else _none_passes() if is_filtered else _nothing(address),
    )


def _group(reason: Reason, details: Sequence[Detail], address: str) -> Element:
    number, shape = reason.first.id, reason.first.shape
    said = {reason.reason, *(detail.sentence for detail in details)}
    more = [error for error in _sentences(shape) if _general(error) not in said]
    return tag(
        "section",
        tag(
            "header",
            tag("span", f"{reason.count:,}", class_="figure"),
            tag("h2", reason.reason),
            class_="reason-head",
        ),
        tag("ul", (_detail(detail) for detail in details), class_="details") if details else None,
        tag(
            "div",
            tag(
                "h3",
                "First example, ",
                moment(reason.first.received),
            ),
            tag("ul", (tag("li", error[:_LONGEST]) for error in more[:_MOST_SENTENCES])) if more else None,
            snippet(_sent(shape)),
            tag(
                "p",
                tag("a", "Open the event", href=f"/events/{number}", class_="button"),
                tag("button", "Copy as curl", type="button", data_copy=f"curl-{number}", class_="scripted"),
                tag("pre", as_curl(shape, address), id=f"curl-{number}", hidden=True),
                class_="actions",
            ),
            class_="example",
        ),
        class_="reason",
    )


def _detail(detail: Detail) -> Element:
    return tag(
        "li",
        tag("span", f"{detail.count:,} {CROSS}", class_="times"),
        tag("a", detail.example, href=f"/events/{detail.row}"),
    )


def _sent(shape: Mapping[str, Any]) -> str:
    raw = shape.get("rawEvent")
    if raw is not None:
        text = "&".join(f"{name}={value}" for name, value in raw["parameters"].items())
    else:
        request = shape["collectorPayload"]
        text = request["body"] or "&".join(str(pair) for pair in request["querystring"]) or "(nothing)"
    return text if len(text) <= 600 else text[:599] + "…"


def reasons_of(rows: Sequence[StoredRow]) -> list[Reason]:
    """Why rows that came newest first are bad, the most frequent reason first, with the oldest of each."""
    counts = Counter(row.summary.reason or "unknown" for row in rows)
    first = {row.summary.reason or "unknown": row for row in rows}
    return [Reason(reason, number, first[reason]) for reason, number in counts.most_common()]


def bad_filters(view: View, apps: Sequence[str], problems: Iterable[str]) -> tuple[Child, ...]:
    """The form of the filters; those that say nothing of a failed event go with it, and are told."""
    kept = {name: value for name, value in (("author", view.author), ("subject", view.subject)) if value}
    only = Filter(app=view.app, since=view.first_day, until=view.last_day)
    form = tag(
        "form",
        shared_fields(only, apps=apps),
        (tag("input", type="hidden", name=name, value=value) for name, value in kept.items()),
        tag("button", "Apply", class_="apply"),
        tag("a", "Clear", href=PATH, class_="button") if view.is_filtered else None,
        action=PATH,
        method="get",
        class_="filters",
        id="filters",
        aria_label="What is shown",
    )
    said = [*problems]
    if kept:
        names = " and ".join(kept)
        said.append(f"A failed event was never read, so it has no {names}: nothing is filtered by it here.")
    if only.since or only.until:
        said.append("The day of a failed event is that on which it came.")
    return form, remarks(said)


def _none_passes() -> Element:
    return empty(
        "No bad event passes the filters", tag("p", tag("a", "Show all", href=PATH, class_="button"))
    )


def _nothing(address: str) -> Element:
    return empty(
        "Nothing bad",
        tag("p", "Every event so far could be read. To see what a bad one looks like, send one:"),
        snippet(f"curl '{address}/i?e=pv&p=web&tv=test&vid=first'"),
    )
