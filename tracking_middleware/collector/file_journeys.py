"""The page of journeys over a file of a run: a person a row, and all that is known of one; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..journeys.of_file.persons import Identifier, Person
from .file_wanted import Wanted
from .insights.asking import Made
from .insights.journeys import Journey
from .insights.of_file.journeys import number_of
from .pages.answers.asked import EVERYTHING, Asked
from .pages.answers.fields import Shown
from .pages.answers.parts import Place, filters, made_of
from .pages.answers.tables import Column, Row, plain
from .pages.journeys import LEAD, LEGEND, journey_band
from .pages.parts.controls import search_field
from .pages.parts.frame import empty
from .pages.parts.html import Child, Element, tag
from .pages.parts.lines import line_of
from .pages.parts.scale import written
from .payload.times import iso

JOURNEYS = Place("/journeys", "Journeys", script="journeys.js")
_HINT = "Any part of an id, or of what a person saw"
_PERSONS = (
    *(Column(name, name, "text") for name in ("person_id", "user_id", "first_at", "last_at")),
    *(Column(name, name) for name in ("events", "sessions", "page_views", "engaged_seconds")),
)
_EVENTS = tuple(
    Column(name, name, "text")
    for name in ("at", "side", "platform", "event", "url", "title", "session_id", "how", "event_id")
)
_IDENTIFIERS = (
    Column("kind", "Identifier", "text"),
    Column("value", "Value", "text"),
    Column("since", "First seen (UTC)", "text"),
    Column("until", "Last seen (UTC)", "text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Journeys, of which nothing confidential is in, the identifiers of those persons, and the last key where
    there are more of them."""

    journeys: Sequence[Journey]
    identifiers: Sequence[Identifier] = ()
    after: str = ""


def journeys_page(
    found: Found, asked: Asked, shown: Shown, made: Made, *, wanted: Wanted
) -> tuple[Child, ...]:
    """All of it."""
    return (
        tag("h1", "Journey" if wanted.is_one else "Journeys"),
        LEAD,
        None if wanted.is_one else _form(asked, shown, wanted),
        LEGEND,
        [_band(journey, asked, wanted) for journey in found.journeys],
        None if found.journeys else _nobody(asked, wanted),
        _known(found.identifiers) if wanted.is_one and found.journeys else None,
        _foot(found, asked, wanted),
        made_of(made),
        tag("aside", id="panel", aria_label="Event", tabindex=-1, hidden=True),
    )


def _form(asked: Asked, shown: Shown, wanted: Wanted) -> tuple[Child, ...]:
    narrowed = tag(
        "p",
        "Persons who did something that passes the filters, or read something of the author or the subject; "
        "of each all of it is shown.",
        class_="note",
    )
    return (
        filters(asked, shown, JOURNEYS, search_field("Person", _HINT, wanted.text), hidden={}),
        narrowed if asked.is_filtered else None,
    )


def _band(journey: Journey, asked: Asked, wanted: Wanted) -> Element:
    if wanted.is_one:
        return journey_band(journey)
    return journey_band(journey, link=Wanted(person=journey.person).url(JOURNEYS.path, asked))


def _known(identifiers: Iterable[Identifier]) -> Element:
    rows = [
        Row(
            {
                "kind": each.kind,
                "value": each.value,
                "since": written(_said(each.valid_from)),
                "until": written(_said(each.valid_to)),
            },
            f"/events/{number_of(each.because_event_id)}",
        )
        for each in identifiers
    ]
    return tag(
        "section",
        tag("h2", "Who it is"),
        tag("p", "Each leads to the event that says it first.", class_="note"),
        plain("Identifiers", _IDENTIFIERS, rows),
    )


def _foot(found: Found, asked: Asked, wanted: Wanted) -> Element:
    is_narrow = wanted.is_one or bool(wanted.text or wanted.after)
    return tag(
        "p",
        tag("a", "All journeys", href=Wanted().url(JOURNEYS.path, asked), class_="button")
        if is_narrow
        else None,
        tag(
            "a",
            "Earlier persons",
            href=wanted.url(JOURNEYS.path, asked, after=found.after),
            class_="button",
        )
        if found.after
        else None,
        tag("a", "CSV", href=wanted.url(JOURNEYS.csv, asked), class_="button", download=True)
        if found.journeys
        else None,
        class_="foot",
    )


def _nobody(asked: Asked, wanted: Wanted) -> Element:
    if wanted.is_one:
        return empty("Nobody", tag("p", "There is no such person or event, or the event is anonymous."))
    show_all = Wanted().url(JOURNEYS.path, Asked(filter=EVERYTHING))
    back = tag("p", tag("a", "Show all", href=show_all, class_="button"))
    if wanted.text:
        return empty(
            f"Nobody is found by {wanted.text}",
            tag(
                "p",
                "A journey is found by any part of a person's key, of a user_id, domain_userid or "
                "network_userid, of the id of a session or an event, of a page's URL or title, of an event's "
                "name, and of an app.",
            ),
            back,
        )
    if asked.is_filtered or wanted.after:
        return empty("Nobody passes these filters", back)
    return empty("No journeys", tag("p", "No event in the file names anybody."))


def persons_table(persons: Sequence[Person]) -> tuple[Sequence[Column], list[Row]]:
    """Persons, for a spreadsheet."""
    return _PERSONS, [
        Row(
            {
                **{column.key: getattr(each, column.key) for column in _PERSONS},
                "first_at": _said(each.first_at),
                "last_at": _said(each.last_at),
            }
        )
        for each in persons
    ]


def events_table(journeys: Iterable[Journey]) -> tuple[Sequence[Column], list[Row]]:
    """What persons did, for a spreadsheet, as it is on the page."""
    named = [(session.name, session.steps) for each in journeys for session in each.sessions]
    named += [(None, each.off_browser) for each in journeys]
    rows = []
    for name, steps in named:
        for step in steps:
            for row in step.rows:
                line, summary = line_of(row), row.summary
                values = {
                    "at": summary.derived,
                    "side": line.side,
                    "platform": summary.platform,
                    "event": summary.event_name,
                    "url": summary.page_url,
                    "title": summary.page_title,
                    "session_id": name,
                    "how": step.how,
                    "event_id": summary.event_id,
                }
                rows.append(Row(values))
    return _EVENTS, rows


def _said(moment: datetime) -> str:
    return iso(moment.replace(tzinfo=UTC))
