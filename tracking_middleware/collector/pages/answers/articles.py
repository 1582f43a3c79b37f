"""The page of articles: what is read, by article, author, subject, or a field of any entity; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ....journeys.reading.asked import ARTICLES_BY, Articles, Field, Figures
from ....journeys.reading.questions import MOST_ROWS
from ...insights.asking import Made
from ..parts.controls import select
from ..parts.frame import empty, snippet
from ..parts.html import Child, Element, tag
from .asked import Asked
from .fields import Shown
from .parts import Place, days_chart, figures, filters, listed, made_of, nothing_passes
from .tables import Column, Row, sorted_rows, written

ARTICLES = Place("/articles", "Articles")
SORT = "-views"
HIDDEN = "***"
"""What stands for what is confidential."""
_MOST_FIELDS = 200
VIEWED = (
    Column("views", "Views", meaning="Page views of persons; crawlers are left out"),
    Column("persons", "Readers", meaning="Persons that viewed it"),
    Column("new_persons", "New", meaning="Readers who were first seen that day"),
    Column("engaged_seconds", "Read for", "seconds", "Time with the page in view and in use, by the browser"),
    Column("finished_share", "Finished", "share", "Of the browser's views: scrolled to the end"),
    Column("entry_share", "Entries", "share", "Of the views: the first of their session"),
    Column(
        "returning_share", "Came back", "share", "Of the readers seen for a week: with another session in it"
    ),
    Column("server_views", "Server", meaning="Views that the server saw"),
    Column("browser_views", "Browser", meaning="Views that the browser reported"),
)
_ATTACH = """from tracking_middleware import Article2, current_page

current_page().attach(Article2(id="…", headline="…", authors=["…"], subject="…", tags=["…"]))"""
_CONFIGURED = """[article]
entity = "iglu:com.acme/story/jsonschema/1-*-*"
id = "slug"
title = "headline"
authors = "byline\""""


def articles_page(found: Articles, asked: Asked, shown: Shown, made: Made) -> tuple[Child, ...]:
    """All of it."""
    return (
        tag("h1", "Articles"),
        tag("p", "What is read, by whom and for how long, as servers and browsers saw it.", class_="lead"),
        filters(asked, shown, ARTICLES, _by(asked, shown), hidden={"sort": asked.sort}),
        _shown(found, asked, shown, made),
        made_of(made),
    )


def _by(asked: Asked, shown: Shown) -> Element:
    ways = [by for by in ARTICLES_BY if by == "article" or by in shown.kinds]
    own = [("" if by == "article" else by, by) for by in ways]
    others = [(f"{each.entity}:{each.name}", said_field(each)) for each in shown.fields[:_MOST_FIELDS]]
    chosen = asked.said_by
    if asked.field is not None and asked.field not in shown.fields[:_MOST_FIELDS]:
        others.insert(0, (chosen, said_field(asked.field)))
    return select("by", "By", [*own, *others], chosen)


def said_field(field: Field) -> str:
    """A field of an entity, for people."""
    vendor, _, name = field.entity.partition("/")
    return f"{name}: {field.name} ({vendor})"


def _shown(found: Articles, asked: Asked, shown: Shown, made: Made) -> Child:
    if "id" not in shown.kinds and asked.field is None:
        return empty("Confidential", tag("p", "The schema of the articles calls their id confidential."))
    if found.all is None:
        return nothing_passes(asked, ARTICLES) if asked.is_filtered else nothing_yet(shown)
    columns, rows = table_of(found, asked, shown)
    return (
        headline(found.all),
        read_by_day(found.days, made),
        listed(ARTICLES, asked, columns, rows, sort=asked.sort or SORT, most=MOST_ROWS)
        if rows
        else _none_of(asked),
    )


def read_by_day(days: Iterable[Figures], made: Made) -> Child:
    """A line of views and one of readers; what came at no known time is on no day."""
    return days_chart(
        "Views and readers by day",
        {each.day: (each.views, each.persons) for each in days if each.day is not None},
        (("views", "other"), ("readers", "client")),
        zone=made.answers.timezone,
    )


def headline(found: Figures) -> Element:
    """The numbers of all that is shown."""
    finished = "\N{EN DASH}" if found.finished_share is None else written("share", found.finished_share)
    return figures(
        (
            ("Views", f"{found.views:,}"),
            ("Readers", f"{found.persons:,}"),
            ("Read for", written("seconds", found.engaged_seconds)),
            ("Finished", finished),
            ("Server saw", f"{found.server_views:,}"),
            ("Browser reported", f"{found.browser_views:,}"),
        )
    )


def table_of(found: Articles, asked: Asked, shown: Shown) -> tuple[Sequence[Column], list[Row]]:
    """The columns and all rows, sorted as asked."""
    if asked.field is None and asked.by in {"", "article"}:
        columns: tuple[Column, ...] = (
            Column("title", "Article", "text"),
            *VIEWED,
            Column("authors", "Authors", "text"),
            Column("id", "Id", "text"),
        )
        rows = [_article(each, found, asked, shown) for each in found.rows]
    else:
        name = said_field(asked.field) if asked.field else asked.by.capitalize()
        columns = (Column("value", name, "text"), *VIEWED)
        rows = [
            Row({**values_of(each), "value": each.value}, _narrowed(each.value, asked)) for each in found.rows
        ]
    return columns, sorted_rows(rows, columns, asked.sort or SORT)


def _article(each: Figures, found: Articles, asked: Asked, shown: Shown) -> Row:
    now = found.now.get(each.value)
    title = (now.title if "title" in shown.kinds else HIDDEN) if now else None
    authors = (now.authors if "author" in shown.kinds else HIDDEN) if now else None
    values = {**values_of(each), "title": title or each.value, "id": each.value, "authors": authors}
    return Row(values, asked.url("/article", id=each.value, by="", field=None, sort=""))


def values_of(each: Figures) -> dict[str, Any]:
    """The numbers of a row, by the names of their columns."""
    return {column.key: getattr(each, column.key) for column in VIEWED}


def _narrowed(value: str, asked: Asked) -> str | None:
    """A filter of what a row is of, where there is one."""
    if asked.field is not None or asked.by not in {"author", "subject"}:
        return None
    given = asked.filter
    by_author = asked.by == "author"
    narrow = replace(given, author=value) if by_author else replace(given, subject=value)
    return Asked(filter=narrow).url(ARTICLES.path)


def _none_of(asked: Asked) -> Element:
    if asked.field is not None:
        return empty(
            f"No value of {said_field(asked.field)}",
            tag("p", "It was on none of the page views that pass the filters, or it is an object."),
        )
    plural = {"author": "authors", "section": "sections", "subject": "a subject", "tag": "tags"}
    return empty(
        f"No article says its {asked.by}",
        tag("p", f"Attach an Article with {plural.get(asked.by, asked.by)} to its page:"),
        snippet(_ATTACH),
    )


def nothing_yet(shown: Shown) -> tuple[Child, ...]:
    """What to attach, where no article was read."""
    others = (
        tag("p", "Or break page views down by a field of what is attached already, with “By” above.")
        if shown.fields
        else None
    )
    return (
        empty(
            "No articles yet",
            tag("p", "Say in the view what the page is about, and each page view of a person counts:"),
            snippet(_ATTACH),
            tag("p", "An entity of your own is an article where the configuration (--config) says so:"),
            snippet(_CONFIGURED),
            others,
        ),
    )
