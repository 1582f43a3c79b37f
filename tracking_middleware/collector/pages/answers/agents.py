"""The page of agents: which of them read what, who pretends, and what robots.txt forbids; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....journeys.reading.agents import AGENTS_BY, MOST_AGENT_ROWS, AgentReads, Agents
from ...insights.asking import Made
from ...insights.robots import Robots
from ..parts.controls import select
from ..parts.frame import empty
from ..parts.html import Child, Element, tag
from ..parts.scale import Colour
from .asked import Asked
from .fields import Shown
from .parts import Place, days_chart, figures, filters, listed, made_of, nothing_passes
from .tables import Column, Row, plain, said, sorted_rows

WAYS = (*AGENTS_BY, "forbidden")
"""What rows may be of; ``forbidden`` are agents and pages that robots.txt forbids them."""
AGENTS = Place("/agents", "Agents")
SORT = "-reads"
_NEWEST_FIRST = "-day"
_HIDDEN = "***"
_FEW = 20
_LINES: tuple[Colour, ...] = ("server", "client", "mob", "other")
_PRODUCT = Column("product", "Agent", "text")
_OPERATOR = Column("operator", "Operator", "text")
_CLASS = Column("agent_class", "Class", "text")
_PROOF = Column("proof", "Proof", "text", "How sure that is: declared is what anybody may write")
_READS = Column("reads", "Page views")
_PAGES = Column("pages", "Pages", meaning="Different pages, without parameters")
_LAST = Column("last", "Last", "text", "The last day on which it read")
_DAY = Column("day", "Day", "text")
_TOOK = (
    Column("bytes", "Bytes", "bytes", "Of the answers' bodies as they were sent, where they are known"),
    Column("seconds", "Server time", "duration", "From requests to the ends of answers, where it is known"),
)
_MEASURED = (
    Column("tracked", "Tracked"),
    Column("bytes_measured", "Bytes known"),
    Column("seconds_measured", "Time known"),
)
"""Of how many of the tracked the bytes and the seconds are; in the file alone."""
_KINDS = (
    Column("ai", "AI", meaning="For training, for search, and for people's questions"),
    Column("search", "Search", meaning="Search engines"),
    Column("others", "Others", meaning="Previews, monitors, tools and other bots"),
)
_IMPOSTORS = Column("impostors", "Impostors", meaning="Whose name its operator denies; in the others too")
_ARTICLE = (Column("title", "Article", "text"), Column("article_id", "Id", "text"))
_PEOPLE = Column("people", "People", meaning="Page views of persons")
_PAGE = Column("page_url", "Page", "text")
_KIND = Column("kind", "File", "text")
_ASKED_FOR = Column("reads", "Times")
_HEEDS = Column("robots_read", "robots.txt", "text", "The last day on which the agent asked for robots.txt")
COLUMNS: dict[str, tuple[Column, ...]] = {
    "product": (_PRODUCT, _OPERATOR, _CLASS, _PROOF, _READS, *_TOOK, _PAGES, _LAST),
    "operator": (_OPERATOR, _READS, *_TOOK, *_KINDS, _IMPOSTORS, _PAGES, _LAST),
    "class": (_CLASS, _READS, *_TOOK, _IMPOSTORS, _PAGES, _LAST),
    "day": (_DAY, _OPERATOR, _CLASS, _READS, *_TOOK, _IMPOSTORS, _PAGES),
    "article": (*_ARTICLE, _READS, *_TOOK, *_KINDS, _PEOPLE, _LAST),
    "page": (_PAGE, _READS, *_TOOK, *_KINDS, _IMPOSTORS, _LAST),
    "file": (_KIND, _PAGE, _PRODUCT, _OPERATOR, _CLASS, _PROOF, _ASKED_FOR, *_TOOK, _LAST),
    "forbidden": (_PAGE, _PRODUCT, _OPERATOR, _CLASS, _PROOF, _READS, *_TOOK, _LAST, _HEEDS),
}


def agents_page(
    found: Agents, asked: Asked, shown: Shown, made: Made, *, robots: Robots | None
) -> tuple[Child, ...]:
    """All of it."""
    return (
        tag("h1", "Agents"),
        tag("p", "Which crawlers and AI agents read what. They are in no figure of people.", class_="lead"),
        filters(asked, shown, AGENTS, _by(asked, robots), hidden={"sort": asked.sort}),
        _shown(found, asked, shown, robots, zone=made.answers.timezone),
        made_of(made),
    )


def _by(asked: Asked, robots: Robots | None) -> Element:
    ways = [("" if way == "product" else way, way) for way in AGENTS_BY]
    if robots is not None or asked.by == "forbidden":
        ways.append(("forbidden", "forbidden by robots.txt"))
    return select("by", "By", ways, asked.by)


def _shown(found: Agents, asked: Asked, shown: Shown, robots: Robots | None, *, zone: str) -> Child:
    if found.all is None and not found.files:
        return nothing_passes(asked, AGENTS) if asked.is_filtered else _nothing_yet()
    columns, rows = table_of(found, asked, shown, robots=robots)
    names = [*zip(found.lines, _LINES, strict=False), ("others", "quiet")]
    has_others = any(counts[-1] for counts in found.days.values())
    return (
        None if found.all is None else (_headline(found.all), _measured(found.all)),
        days_chart("Page views of agents by day", found.days, names if has_others else names[:-1], zone=zone)
        if found.days
        else None,
        listed(AGENTS, asked, _told(columns, rows), rows, sort=_sort(asked), most=MOST_AGENT_ROWS)
        if rows
        else _none_of(asked, shown, robots),
        _articles(found, asked, shown),
        _impostors(found),
        _files(found, asked),
        _forbidden(found, asked, robots),
    )


def _headline(found: AgentReads) -> Element:
    took = (
        (column.title, said(column, value))
        for column in _TOOK
        if (value := getattr(found, column.key)) is not None
    )
    return figures(
        (
            ("Page views", f"{found.reads:,}"),
            ("AI", f"{found.ai:,}"),
            ("Search", f"{found.search:,}"),
            ("Others", f"{found.others:,}"),
            ("Impostors", f"{found.impostors:,}"),
            ("Pages", f"{found.pages:,}"),
            *took,
        )
    )


def _measured(found: AgentReads) -> Element | None:
    """How many of those that were tracked say what they took, where some do and others do not."""
    measured = (found.bytes_measured, found.seconds_measured)
    if not any(measured) or min(measured) == found.tracked:
        return None
    told = (
        f"Of {found.tracked:,} that were tracked {measured[0]:,} say their bytes, {measured[1]:,} their time."
    )
    return tag("p", told, class_="note")


def _told(columns: Sequence[Column], rows: Sequence[Row]) -> Sequence[Column]:
    """The columns without those of what answers took where none of them says it."""
    return [
        column
        for column in columns
        if column not in _TOOK or any(row.values.get(column.key) is not None for row in rows)
    ]


def _sort(asked: Asked) -> str:
    return asked.sort or (_NEWEST_FIRST if asked.by == "day" else SORT)


def file_of(
    found: Agents, asked: Asked, shown: Shown, *, robots: Robots | None
) -> tuple[Sequence[Column], list[Row]]:
    """The same rows, with how many of the tracked say what they took."""
    columns, rows = table_of(found, asked, shown, robots=robots)
    return (*columns, *_MEASURED), rows


def table_of(
    found: Agents, asked: Asked, shown: Shown, *, robots: Robots | None
) -> tuple[Sequence[Column], list[Row]]:
    """The columns and all rows, sorted as asked."""
    by = asked.by or "product"
    columns = COLUMNS[by]
    if by == "article":
        rows = list(_article_rows(found.rows, found, shown))
    elif by == "forbidden":
        rows = _forbidden_rows(found, robots)
    else:
        rows = [Row(_values(each)) for each in found.rows]
    return columns, sorted_rows(rows, columns, _sort(asked))


def _values(each: AgentReads) -> dict[str, Any]:
    names = ("operator", "product", "agent_class", "proof", "article_id", "page_url", "kind")
    counts = ("reads", "ai", "search", "others", "impostors", "pages")
    took = (column.key for column in (*_TOOK, *_MEASURED))
    values = {name: getattr(each, name) for name in (*names, *counts, *took)}
    named = {"product": each.product or each.operator or each.agent_class, "last": str(each.last)}
    return {**values, **named, "day": None if each.day is None else str(each.day)}


def _article_rows(rows: Sequence[AgentReads], found: Agents, shown: Shown) -> Iterator[Row]:
    if "id" not in shown.kinds:
        return
    for each in rows:
        name = each.article_id or ""
        title = found.titles.get(name) if "title" in shown.kinds else _HIDDEN
        yield Row({**_values(each), "title": title or name, "people": found.people.get(name, 0)})


def _forbidden_rows(found: Agents, robots: Robots | None) -> list[Row]:
    """What is forbidden and was read, and when the same agent last asked what is."""
    if robots is None:
        return []
    last = {_name(each): str(each.last) for each in sorted(found.robots, key=lambda each: each.last)}
    forbidden = [each for each in found.visits if robots.forbids(each.product, each.page_url or "")]
    return [Row({**_values(each), "robots_read": last.get(_name(each))}) for each in forbidden]


def _name(each: AgentReads) -> tuple[str | None, str | None, bool]:
    """Whose reads they are; who pretends is somebody else."""
    return each.operator, each.product, each.proof == "impostor"


def _plain(name: str, by: str, rows: Sequence[Row]) -> Element:
    return plain(name, _told(COLUMNS[by], rows), rows)


def _articles(found: Agents, asked: Asked, shown: Shown) -> Child:
    """Those that agents read most, beside people."""
    rows = list(_article_rows(found.articles[:_FEW], found, shown))
    if asked.by == "article" or not rows:
        return None
    more = tag("a", "All", href=asked.url(AGENTS.path, by="article", sort=""), class_="button")
    return (
        tag("div", tag("h2", "Articles that agents read most"), more, class_="above-table"),
        _plain("Articles that agents read most", "article", rows),
    )


def _impostors(found: Agents) -> Child:
    told: Child
    if found.impostors:
        columns = (_PRODUCT, _OPERATOR, _CLASS, _READS, _PAGES, _LAST)
        told = plain("Impostors", columns, [Row(_values(each)) for each in found.impostors[:_FEW]])
    else:
        told = tag("p", "None of those whose operator's signatures or addresses are known.", class_="note")
    return tag("div", tag("h2", "Impostors"), class_="above-table"), told


def _files(found: Agents, asked: Asked) -> Child:
    """What agents asked for that is made for them."""
    title = "Asked for by agents: robots.txt, llms.txt, sitemaps and feeds"
    if asked.by == "file" or not found.files:
        return None
    more = tag("a", "All", href=asked.url(AGENTS.path, by="file", sort=""), class_="button")
    rows = [Row(_values(each)) for each in found.files[:_FEW]]
    return tag("div", tag("h2", title), more, class_="above-table"), _plain(title, "file", rows)


def _forbidden(found: Agents, asked: Asked, robots: Robots | None) -> Child:
    title = "Forbidden by robots.txt, and read"
    heading = tag("h2", title)
    if robots is None:
        told = "With --robots FILE, the site's robots.txt, it is told here who does not heed it."
        return tag("div", heading, class_="above-table"), tag("p", told, class_="note")
    if asked.by == "forbidden":
        return None
    rows = _forbidden_rows(found, robots)
    if not rows:
        return tag("div", heading, class_="above-table"), tag("p", "Nothing.", class_="note")
    more = tag("a", "All", href=asked.url(AGENTS.path, by="forbidden", sort=""), class_="button")
    return tag("div", heading, more, class_="above-table"), _plain(title, "forbidden", rows[:_FEW])


def _none_of(asked: Asked, shown: Shown, robots: Robots | None) -> Element:
    if asked.by == "forbidden":
        why = (
            "Agents read nothing that it forbids them."
            if robots
            else "Give --robots FILE, the site's robots.txt."
        )
        return empty("Nothing forbidden", tag("p", why))
    if asked.by == "article" and "id" not in shown.kinds:
        return empty("Confidential", tag("p", "The schema of the articles calls their id confidential."))
    if asked.by == "file":
        told = 'With agents="all" the server tells who asks for robots.txt, llms.txt, sitemaps and feeds.'
        return empty("None was asked for", tag("p", told))
    return empty("No articles", tag("p", "No page that agents read says which article it is."))


def _nothing_yet() -> Element:
    return empty("No agents yet", tag("p", "Page views of crawlers and AI agents stand here."))
