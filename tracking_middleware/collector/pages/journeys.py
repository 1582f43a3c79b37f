"""The page of journeys: a person a row, a session a band; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..insights.journeys import Journey, Step, is_server
from ..store.rows import StoredRow
from .parts.controls import search_field
from .parts.frame import badge, empty, moment, snippet, swatch
from .parts.html import Child, Element, tag
from .parts.lines import hue_of, line_of
from .parts.track import track
from .view import View

PATH = "/journeys"

LEAD = tag(
    "p",
    "A row is a person, a band a session. The browser's events are on the upper lane, the server's "
    "on the lower one; a line joins the two sides of one page view. Events without a "
    "browser stand at the end.",
    class_="lead",
)
LEGEND = tag(
    "ul",
    tag("li", tag("span", class_="mark", aria_hidden="true"), "browser", data_side="client"),
    tag("li", tag("span", class_="mark", aria_hidden="true"), "server", data_side="server"),
    tag(
        "li",
        tag("span", class_="mark ghost", aria_hidden="true"),
        "page view the browser did not report",
        data_side="ghost",
    ),
    class_="legend",
)


def journeys_page(
    journeys: Sequence[Journey],
    *,
    cursor: int | None,
    view: View,
    filters: Child = None,
    remarks: Child = None,
    is_one: bool,
    address: str,
    trouble: str | None = None,
) -> tuple[Child, ...]:
    """All of it. ``is_one``: the journey of one event was asked for; ``trouble`` is why none can be shown.

    ``filters`` are fields of the form, ``remarks`` what is to be known of them.
    """
    return (
        tag("h1", "Journey" if is_one else "Journeys"),
        LEAD,
        _form(view.q, filters),
        remarks,
        LEGEND,
        [journey_band(journey) for journey in journeys],
        _nothing(address, view=view, is_one=is_one, trouble=trouble)
        if not journeys and cursor is None
        else None,
        tag("p", "Nobody in this part: go on.") if not journeys and cursor is not None else None,
        tag(
            "p",
            tag("a", "All journeys", href=PATH, class_="button") if is_one or view.is_filtered else None,
            tag("a", "Earlier persons", href=view.url(PATH, before=cursor), class_="button")
            if cursor is not None
            else None,
            class_="foot",
        ),
        _joined(),
        tag("aside", id="panel", aria_label="Event", tabindex=-1, hidden=True),
    )


def _joined() -> Element:
    return tag(
        "details",
        tag("summary", "What joins events here"),
        tag(
            "p",
            "Whose an event is, in which session, and which page views are one, is what the SQL of ",
            tag("code", "tracking-middleware journeys"),
            " says of the events that domain_userid, user_id, domain_sessionid and the tokens on them join, "
            "the newest 200 of each group.",
        ),
        tag(
            "p",
            "A run of it on the store sees all of them, and joins by what is not looked for here too: "
            "network_userid, page ids on events that name nobody, tokens that another visitor carries "
            "elsewhere, the orders' numbers that journeys.toml names, and what is kept apart.",
        ),
        class_="note",
    )


def _form(wanted: str, filters: Child) -> Element:
    return tag(
        "form",
        search_field("Person", "Any part of an id, or of what a person saw", wanted),
        filters,
        tag("button", "Find"),
        id="filters",
        action=PATH,
        method="get",
        role="search",
        aria_label="Find a person",
    )


def journey_band(journey: Journey, *, link: str | None = None) -> Element:
    """A person, and all that is shown of what they did; ``link`` is where more of it is."""
    rows = journey.rows
    name = journey.users[0] if journey.users else (journey.persons[0][:8] if journey.persons else "session")
    owner = journey.persons[0] if journey.persons else name
    return tag(
        "article",
        tag(
            "header",
            swatch(hue_of(owner)),
            tag("h2", name if link is None else tag("a", name, href=link)),
            (tag("span", "user ", tag("code", user), class_="chip") for user in journey.users[1:4]),
            (
                tag("code", person[:8], title=person, class_="quiet")
                for person in journey.persons[:4]
                if person[:8] != name
            ),
            tag("p", _summary(journey), class_="summary"),
            tag("p", "last ", moment(_last(rows)), class_="last"),
        ),
        _body(journey, name),
        _list(journey),
        class_="journey",
    )


def _body(journey: Journey, name: str) -> Element:
    return tag(
        "div",
        tag(
            "div",
            tag("span", "browser", data_side="client"),
            tag("span", "server", data_side="server"),
            class_="lanes",
            aria_hidden="true",
        ),
        tag(
            "div",
            track(journey),
            class_="scroll",
            tabindex=0,
            role="region",
            aria_label=f"Journey of {name}",
        ),
        class_="journey-body",
    )


def _last(rows: Iterable[StoredRow]) -> str:
    return max(row.summary.derived for row in rows)


def _summary(journey: Journey) -> str:
    rows = journey.rows
    servers = sum(is_server(row) for row in rows)
    parts = [
        _count(len(journey.sessions), "session"),
        _count(len(journey.persons), "device") if len(journey.persons) > 1 else "",
        f"{_count(len(rows) - servers, 'browser event')}",
        f"{_count(servers, 'server event')}",
        "the newest only" if journey.is_cut else "",
    ]
    return " · ".join(part for part in parts if part)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _list(journey: Journey) -> Element:
    return tag(
        "details",
        tag("summary", "As a list"),
        tag("ol", (_item(row, step) for step in journey.steps for row in step.rows), class_="steps"),
    )


def _item(row: StoredRow, step: Step) -> Element:
    line = line_of(row)
    return tag(
        "li",
        moment(row.summary.derived),
        badge(line.side, line.platform),
        tag("a", line.name, href=f"/events/{line.id}"),
        tag("span", line.title, class_="title") if line.name == "page_view" else None,
        tag("span", line.detail or line.page, class_="path"),
        tag("span", f"by {step.how}", class_="quiet"),
    )


def _nothing(address: str, *, view: View, is_one: bool, trouble: str | None) -> Element:
    if trouble is not None:
        return empty("The journeys cannot be shown", tag("p", trouble))
    if view.q:
        return empty(
            f"Nobody is found by {view.q}",
            tag(
                "p",
                "A journey is found by any part of an id of its events (domain_userid, domain_sessionid, "
                "user_id, network_userid, event_id), of a page's URL or title, of an event's name or an app.",
            ),
        )
    if view.is_filtered and not is_one:
        return empty("Nobody passes these filters", tag("p", "No event that names somebody passes them."))
    if is_one:
        return empty("This event belongs to nobody", tag("p", "It is anonymous, or it is gone."))
    return empty(
        "No journeys yet",
        tag(
            "p",
            "A journey begins with the first event that names somebody: by the JavaScript tracker's cookie, "
            "or by the id that the server gives:",
        ),
        snippet(
            f'TRACKING = {{"collector_url": "{address}", "app_id": "news", "identity": "issue", '
            '"secret_key": "…"}'
        ),
        tag("p", "What happens later without a browser joins by a token that was sealed in a request:"),
        snippet(
            "order.tracking_token = current_page().seal()\n"
            "tracker.track(OrderReturned(…), subject=tracker.unseal(order.tracking_token))"
        ),
    )
