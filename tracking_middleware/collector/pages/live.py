"""The page of events as they come: filters, chart, list; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..store.rows import Bucket, Facets
from .parts.chart import time_chart
from .parts.controls import choice, day_field, remarks, search_field, select
from .parts.event_row import BLANK, row
from .parts.frame import CROSS, empty, moment, snippet
from .parts.html import Child, Element, tag
from .parts.lines import Line
from .parts.scale import Colour, Series, Span
from .view import SPANS, View

_HEADINGS = (
    *(("when", "Came (UTC)"), ("side", "Seen by"), ("event", "Event"), ("page", "Page"), ("who", "Person")),
    *(("entities", "Entities"), ("app", "App")),
)
_COLOURS: Mapping[str, Colour] = {"web": "client", "srv": "server", "mob": "mob", "bad": "bad"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the chart shows of a span, counted from ``since`` on: before it would take too long."""

    buckets: Sequence[Bucket]
    span: Span
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What the page shows: ``cursor`` is where older ones go on, ``last`` the newest id there is, ``remarks``
    sentences on what is filtered.
    """

    view: View
    lines: Sequence[Line]
    cursor: int | None
    last: int
    facets: Facets
    timeline: Timeline
    authors: Sequence[str] = ()
    subjects: Sequence[str] = ()
    remarks: Sequence[str] = ()


def live_page(events: Events, panel: Child, *, address: str) -> tuple[Child, ...]:
    """All of it; ``panel`` is the open event, if one is."""
    return (
        tag("h1", "Live events", class_="hidden"),
        _filters(events),
        tag("div", remarks(events.remarks), id="remarks"),
        results(events, address=address),
        tag("template", row(BLANK), id="row-template"),
        tag("template", tag("span", class_="chip"), id="chip-template"),
        tag(
            "aside",
            panel,
            id="panel",
            aria_label="Event",
            tabindex=-1,
            hidden=panel is None,
        ),
    )


def results(events: Events, *, address: str) -> Element:
    """What changes with the filters; the script takes this part alone."""
    view = events.view
    return tag(
        "section",
        events_chart(events.timeline, view),
        _strip(events),
        _table(events.lines) if events.lines else None,
        _nothing(view, events, address) if not events.lines else None,
        _foot(events),
        id="results",
        aria_label="Events",
        data_last=events.last,
        data_stream=view.url("/ui/stream", span=view.span, open=None) if view.is_live else None,
        data_chart=view.url("/ui/chart", open=None, before=None),
        data_view=view.url(open=None),
    )


def events_chart(timeline: Timeline, view: View) -> Element:
    """How many events came when: what clients sent above the axis, servers' and bad ones below."""
    edges = timeline.span.edges
    places = {edge: place for place, edge in enumerate(edges[:-1])}
    values: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(places))
    for bucket in timeline.buckets:
        name = (bucket.platform or "unknown") if bucket.is_good else "bad"
        values[name][places[bucket.start]] += bucket.count
    names = sorted(values, key=lambda name: (_order(name), -sum(values[name]), name))
    return time_chart(
        edges,
        [
            Series(
                name=name,
                values=values[name],
                colour=_COLOURS.get(name, "other"),
                is_below=_order(name) > 0,
            )
            for name in names
        ],
        name="Events over time",
        note=None
        if timeline.since <= edges[0]
        else ("Counted from ", moment(timeline.since), " on: to count more would take too long."),
        kind="bars",
        link=lambda since, until: view.url(since=since, until=until, before=None, open=None),
    )


def _order(name: str) -> int:
    return {"srv": 1, "bad": 2}.get(name, 0)


def _filters(events: Events) -> Element:
    view, facets = events.view, events.facets
    return tag(
        "form",
        search_field("Search", "Search pages, titles, names, ids", view.q),
        _any_of("app", "App", [(name, f"{name} ({count:,})") for name, count in facets.app_ids], view.app),
        _any_of(
            "event",
            "Event",
            [(name, f"{name} ({count:,})") for name, count in facets.event_names],
            view.event,
        ),
        _any_of(
            "platform",
            "Platform",
            [(name, f"{name} ({count:,})") for name, count in facets.platforms],
            view.platform,
        ),
        _any_of("kind", "Quality", [("good", "good"), ("bad", "bad")], view.kind),
        day_field("from", "From", view.first_day),
        day_field("to", "To", view.last_day),
        tag(
            "span",
            choice("author", "Author", events.authors, view.author),
            choice("subject", "Subject", events.subjects, view.subject),
            id="articles",
            class_="fields",
        ),
        select("span", "Chart", [(name, f"last {name}") for name in SPANS], view.span),
        _narrowings(view),
        tag("button", "Apply", class_="apply"),
        id="filters",
        action="/",
        method="get",
        role="search",
        aria_label="Filter events",
    )


def _any_of(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> Element:
    """A choice that may be left open; what the address chose is there, though no event has it."""
    choices = [("", "all"), *options]
    if chosen and chosen not in dict(choices):
        choices.append((chosen, chosen))
    return select(name, label, choices, chosen)


def _narrowings(view: View) -> Element:
    """What was chosen in the panel or the chart rather than in the form, and how to undo it."""
    given = (
        ("person", "person", view.person),
        ("session", "session", view.session),
        ("user", "user", view.user),
        ("page", "page", view.page),
        ("since", "from", view.since),
        ("until", "until", view.until),
    )
    return tag(
        "div",
        (
            tag(
                "span",
                f"{label} ",
                moment(value)
                if name in {"since", "until"}
                else tag("code", value[: 60 if name == "page" else 13], title=value),
                tag("input", type="hidden", name=name, value=value),
                tag(
                    "a",
                    CROSS,
                    href=view.url(before=None, **{name: ""}),
                    aria_label=f"Remove the filter {label}",
                    data_remove=name,
                ),
                class_="narrowing",
            )
            for name, label, value in given
            if value
        ),
        id="narrowings",
    )


def _strip(events: Events) -> Element:
    view = events.view
    return tag(
        "div",
        tag(
            "p",
            tag("span", class_="pulse", aria_hidden="true"),
            tag("span", "Live" if view.is_live else "Older events", id="state"),
            class_="state",
            data_state="off" if view.is_live else "still",
        ),
        tag("p", role="status", aria_live="polite", id="news", class_="news"),
        tag(
            "p",
            tag("button", "Pause", type="button", id="pause", aria_keyshortcuts="p", class_="scripted")
            if view.is_live
            else tag("a", "Back to now", href=view.url(before=None, until="", since=""), class_="button"),
            tag("button", "Copy link", type="button", id="share", class_="scripted"),
            class_="actions",
        ),
        class_="strip",
    )


def _table(lines: Iterable[Line]) -> Element:
    return tag(
        "table",
        tag(
            "caption", "The events, newest first. J and K go through them, Enter opens one.", class_="hidden"
        ),
        tag("thead", tag("tr", (tag("th", text, scope="col", class_=name) for name, text in _HEADINGS))),
        tag("tbody", (row(line) for line in lines), id="rows"),
        class_="events",
    )


def _foot(events: Events) -> Element | None:
    if events.cursor is None:
        return None
    return tag(
        "p",
        tag("a", "Older events", href=events.view.url(before=events.cursor, open=None), class_="button"),
        class_="foot",
    )


def _nothing(view: View, events: Events, address: str) -> Element:
    if view.is_filtered or view.before is not None:
        more = (
            "Nothing here yet: older events may have some."
            if events.cursor
            else "No event passes the filters."
        )
        return empty(more, tag("p", tag("a", "Show all events", href="/", class_="button")))
    return empty(
        "Waiting for the first event",
        tag("p", "This collector listens. Point a tracker at it, and events appear here as they come."),
        tag("h3", "Your site"),
        snippet(f'TRACKING = {{"collector_url": "{address}", "app_id": "news"}}'),
        tag("h3", "The browser"),
        snippet(f'snowplow("newTracker", "browser", "{address}", {{ appId: "news" }})'),
        tag("h3", "Or one event, from a shell"),
        snippet(
            f"tracking-middleware track --collector-url {address} --app-id shell "
            "--category hello --action world"
        ),
    )
