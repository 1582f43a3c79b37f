"""The page of campaigns: where sessions came from, and what they earned; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....journeys.reading.asked import CAMPAIGNS_BY, Campaigns, Earned
from ....journeys.reading.questions import MOST_ROWS
from ...insights.asking import Made
from ..parts.controls import select
from ..parts.frame import empty, snippet
from ..parts.html import Child, Element, tag
from .asked import Asked
from .fields import Shown
from .parts import Place, days_chart, filters, listed, made_of, nothing_passes
from .tables import Column, Row, sorted_rows

CAMPAIGNS = Place("/campaigns", "Campaigns")
EARNED = Place("/campaigns", "What they earned", file="/earned.csv")
MODELS = {
    "last": "the last that is not direct",
    "first": "the first",
    "position": "the first and the last, 40 % each",
    "time_decay": "the nearest in time most",
    "markov": "by what would be lost without",
}
"""Who is credited with a conversion, by the models' names."""
SORT, _SORT_EARNED = "-sessions", "-conversions"
_HIDDEN = "***"
_NONE = "(none)"
_SAID = {"campaign": "Campaign", "channel": "Channel", "landing_page": "Landing page"}
_TOUCHED = (
    Column("sessions", "Sessions"),
    Column("persons", "Persons"),
    Column("page_views", "Page views"),
    Column("engaged_seconds", "Read for", "seconds", "Time with a page in view and in use, by the browser"),
)
_EARNED = (
    Column("currency", "Currency", "text"),
    Column("conversions", "Conversions", "number", "The parts of conversions that are credited to it"),
    Column("revenue", "Value", "money", "After returns"),
    Column("margin", "Margin", "money", "After returns; where it is not known it is not in the sum"),
    Column("unknown_margins", "Margin unknown", "number", "Conversions of which nobody knows the margin"),
)
_COSTS = (
    Column("cost", "Cost", "money", "Of the days from the first session to the last"),
    Column("return_on_spend", "Return", "number", "Margin by cost"),
)
_CONFIGURED = """[conversion]
event = "iglu:com.acme/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "EUR\""""


def campaigns_page(found: Campaigns, asked: Asked, shown: Shown, made: Made) -> tuple[Child, ...]:
    """All of it."""
    models = () if found.earned is None else (select("model", "Credited", list(MODELS.items()), asked.model),)
    by = select("by", "By", [(_url_by(by), _SAID[by].lower()) for by in CAMPAIGNS_BY], _url_by(asked.by))
    return (
        tag("h1", "Campaigns"),
        tag("p", "Where sessions of persons came from, and what they earned.", class_="lead"),
        filters(asked, shown, CAMPAIGNS, by, *models, hidden={"sort": asked.sort}),
        _narrowed(asked),
        _shown(found, asked, shown, made),
        made_of(made),
    )


def _url_by(by: str) -> str:
    return "" if by == "campaign" else by


def _narrowed(asked: Asked) -> Element | None:
    given = asked.filter
    if not (given.author or given.subject):
        return None
    return tag("p", "Only sessions in which an article of that author or subject was read.", class_="note")


def _shown(found: Campaigns, asked: Asked, shown: Shown, made: Made) -> Child:
    if not found.rows:
        return nothing_passes(asked, CAMPAIGNS) if asked.is_filtered else _nothing_yet()
    columns, rows = sessions_of(found, asked, shown)
    days = {each.day: (each.sessions, each.persons) for each in found.days if each.day is not None}
    return (
        days_chart(
            "Sessions and persons by day",
            days,
            (("sessions", "other"), ("persons", "client")),
            zone=made.answers.timezone,
        ),
        listed(CAMPAIGNS, asked, columns, rows, sort=asked.sort or SORT, most=MOST_ROWS),
        _how_to_name(found, asked),
        tag("h2", "What they earned"),
        _earned(found, asked, shown),
    )


def sessions_of(found: Campaigns, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    """Sessions: the columns and all rows, sorted as asked."""
    columns = (Column("value", _SAID[asked.by or "campaign"], "text"), *_TOUCHED)
    rows = [
        Row({"value": each.value or _NONE, **{column.key: getattr(each, column.key) for column in _TOUCHED}})
        for each in found.rows
    ]
    return columns, sorted_rows(rows, columns, asked.sort or SORT)


def earned_of(found: Campaigns, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    """What was earned: the columns and all rows, sorted as asked; what is confidential is ``***``."""
    earned = found.earned or ()
    has_costs = any(each.cost is not None for each in earned)
    columns = (
        Column("value", _SAID[asked.by or "campaign"], "text"),
        *_EARNED,
        *(_COSTS if has_costs else ()),
    )
    rows = [Row(_values(each, shown)) for each in earned]
    is_known = any(asked.sort.removeprefix("-") == column.key for column in columns)
    return columns, sorted_rows(rows, columns, asked.sort if is_known else _SORT_EARNED)


def _values(each: Earned, shown: Shown) -> dict[str, Any]:
    has_margin = "margin" in shown.money
    spent = float(each.cost) if each.cost else None
    return {
        "value": each.value or _NONE,
        "currency": each.currency,
        "conversions": each.conversions,
        "revenue": each.revenue if "value" in shown.money else _HIDDEN,
        "margin": each.margin if has_margin else _HIDDEN,
        "unknown_margins": each.unknown_margins if has_margin else _HIDDEN,
        "cost": each.cost,
        "return_on_spend": (float(each.margin) / spent if has_margin else _HIDDEN) if spent else None,
    }


def _earned(found: Campaigns, asked: Asked, shown: Shown) -> Child:
    if found.earned is None:
        return empty(
            "No conversions are named",
            tag("p", "Say in journeys.toml what a conversion is, and start with --config journeys.toml:"),
            snippet(_CONFIGURED),
        )
    columns, rows = earned_of(found, asked, shown)
    if not rows:
        return empty("No conversions", tag("p", "None of the events that are looked at is one."))
    by = {column.key for column in columns}
    sort = asked.sort if asked.sort.removeprefix("-") in by else _SORT_EARNED
    return listed(EARNED, asked, columns, rows, sort=sort, most=MOST_ROWS)


def _how_to_name(found: Campaigns, asked: Asked) -> Element | None:
    if asked.by not in {"", "campaign"} or any(each.value for each in found.rows):
        return None
    return empty(
        "No session came by a campaign",
        tag("p", "The links of a campaign say its name; the page's URL has it then:"),
        snippet("https://www.example.com/?utm_source=newsletter&utm_medium=email&utm_campaign=spring"),
    )


def _nothing_yet() -> Element:
    return empty(
        "No sessions yet",
        tag(
            "p",
            "It takes page views of somebody: the cookie of the JavaScript tracker, or one of the server's:",
        ),
        snippet(
            'TRACKING = {"collector_url": "…", "app_id": "news", "identity": "issue", "secret_key": "…"}'
        ),
        tag("p", "The links of a campaign say its name:"),
        snippet("https://www.example.com/?utm_source=newsletter&utm_medium=email&utm_campaign=spring"),
    )
