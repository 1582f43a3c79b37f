"""The page of one article: its readers over time, its authors, what they came from and read next; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from ....journeys.reading.asked import Article, Described, Move
from ...insights.asking import Made
from ...payload.times import iso
from ..parts.frame import empty
from ..parts.html import Child, Element, tag
from .articles import ARTICLES, HIDDEN, VIEWED, headline, read_by_day, values_of
from .asked import Asked
from .fields import Shown
from .parts import Place, filters, made_of, nothing_passes
from .tables import Column, Row, plain, sorted_rows

ARTICLE = Place("/article", "Article", tab=ARTICLES.path)
_SAID = (("authors", "author"), ("sections", "section"), ("subject", "subject"), ("tags", "tag"))
_MOVES = (Column("title", "Article", "text"), Column("persons", "Readers"), Column("moves", "Times"))
_COMINGS = (
    Column("channel", "Channel", "text"),
    Column("source", "Source", "text"),
    Column("sessions", "Sessions"),
    Column("persons", "Persons"),
)
_DAYS = (Column("day", "Day", "text"), *VIEWED)


def article_page(found: Article, asked: Asked, shown: Shown, made: Made) -> tuple[Child, ...]:
    """All of it."""
    now = found.described[0] if found.described else None
    return (
        tag("p", tag("a", "\N{LEFTWARDS ARROW} Articles", href=_list(asked)), class_="back"),
        tag("h1", _title(found, asked, shown)),
        _about(now, asked, shown),
        filters(asked, shown, ARTICLE, hidden={"id": asked.id}),
        _shown(found, asked, shown, made),
        made_of(made),
    )


def days_of(found: Article, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    """Its readers by day, for a spreadsheet."""
    days = found.days if "id" in shown.kinds else ()
    rows = [Row({**values_of(each), "day": str(each.day)}) for each in days]
    return _DAYS, sorted_rows(rows, _DAYS, asked.sort)


def _list(asked: Asked) -> str:
    return asked.url(ARTICLES.path, id="", sort="")


def _title(found: Article, asked: Asked, shown: Shown) -> str:
    if found.title is None or "id" not in shown.kinds:
        return asked.id
    return found.title if "title" in shown.kinds else HIDDEN


def _about(now: Described | None, asked: Asked, shown: Shown) -> Element:
    """What the article said of itself last; authors and subjects are filters."""
    found: list[tuple[str, Child]] = [("Id", tag("code", asked.id))]
    for name, kind in _SAID if "id" in shown.kinds else ():
        said = None if now is None else getattr(now, name)
        if said:
            found.append((name.capitalize(), said if kind in shown.kinds else HIDDEN))
    return tag("dl", (tag("div", tag("dt", name), tag("dd", value)) for name, value in found), class_="about")


def _shown(found: Article, asked: Asked, shown: Shown, made: Made) -> Child:
    if "id" not in shown.kinds:
        return empty("Confidential", tag("p", "The schema of the articles calls their id confidential."))
    if found.all is None and asked.is_filtered:
        return nothing_passes(asked, ARTICLE)
    if found.all is None:
        back = tag("a", "All articles", href=_list(asked), class_="button")
        return empty("Not read", tag("p", "No page view that is looked at has this article."), tag("p", back))
    return (
        headline(found.all),
        read_by_day(found.days, made),
        tag(
            "div",
            _came_from(found),
            _moved("Read before", found.before, asked, shown, none="(first in the session)"),
            _moved("Read next", found.after, asked, shown, none="(last in the session)"),
            class_="beside",
        ),
        _was(found.described, shown),
        tag("p", tag("a", "Days as CSV", href=asked.url(ARTICLE.csv), class_="button", download=True)),
    )


def _came_from(found: Article) -> Element:
    rows = [
        Row(
            {
                "channel": each.channel,
                "source": each.source,
                "sessions": each.sessions,
                "persons": each.persons,
            }
        )
        for each in found.comings
    ]
    told = plain("What readers came from", _COMINGS, rows) if rows else tag("p", "No session began here.")
    return tag("section", tag("h2", "Came from"), tag("p", "Sessions that began here.", class_="note"), told)


def _moved(heading: str, moves: Sequence[Move], asked: Asked, shown: Shown, *, none: str) -> Element:
    rows = []
    for move in moves:
        title = move.title if "title" in shown.kinds else HIDDEN
        name = none if move.article_id is None else title or move.article_id
        link = None if move.article_id is None else asked.url(ARTICLE.path, id=move.article_id)
        rows.append(Row({"title": name, "persons": move.persons, "moves": move.moves}, link))
    told = plain(heading, _MOVES, rows) if rows else tag("p", "None in the same session.")
    return tag("section", tag("h2", heading), tag("p", "In the same session.", class_="note"), told)


def _was(described: Sequence[Described], shown: Shown) -> Element | None:
    """What the article said of itself from when on, where that changed."""
    if len(described) < 2:
        return None
    names = (("title", "title"), *_SAID)
    columns = [Column("since", "From (UTC)", "text")]
    columns += [Column(name, name.capitalize(), "text") for name, kind in names if kind in shown.kinds]
    rows = [
        Row(
            {
                "since": iso(each.valid_from.replace(tzinfo=UTC))[:16].replace("T", " "),
                **{column.key: getattr(each, column.key) for column in columns[1:]},
            }
        )
        for each in described
    ]
    return tag("section", tag("h2", "What it said of itself"), plain("What the article said", columns, rows))
