"""What agents read: asked of the tables that ``keep_tables`` made, within a filter.

The question takes a connection of its own, as ``asking.snapshot`` gives it, and is the last that it is
asked: what it makes there goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from .asked import Filter

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AGENTS_BY = ("product", "operator", "class", "day", "article", "page", "file")
MOST_AGENT_ROWS = 1_000
"""Of a table; those with the most page views."""
_MOST_PAGES = 20_000
_MOST_LINES = 4
_KEYS = {
    "product": ("operator", "product", "agent_class", "proof"),
    "operator": ("operator",),
    "class": ("agent_class",),
    "day": ("day", "operator", "agent_class"),
    "article": ("article_id",),
    "page": ("page_url",),
    "file": ("kind", "page_url"),
}
_NAMES = {
    "product": "coalesce(product, operator, agent_class)",
    "operator": "coalesce(operator, '(not known)')",
    "class": "agent_class",
}
_BY_KIND = """
CASE WHEN starts_with(agent_class, 'ai_') THEN 'AI' WHEN agent_class = 'search' THEN 'search'
    ELSE 'others' END
"""
_ASKED = """
CREATE TEMP TABLE {name} AS
SELECT r.* EXCLUDE (app_id) FROM memory.main.read_agents AS r WHERE r.kind {kind} AND {conditions}
"""
_ARTICLES = """
CREATE TEMP TABLE agent_articles AS
SELECT a.*, f.article_id
FROM agents_asked AS a
JOIN (
    SELECT DISTINCT event_id, value AS article_id FROM memory.main.read_fields WHERE kind = 'id'
) AS f ON f.event_id = a.event_id
"""
_STANDS_FOR = "(coalesce(CAST(sum(thousandths){} AS BIGINT), 0) + 500) // 1000"
_MOST_BYTES = 2**53 - 1
"""As in the tables ``agents`` and ``agent_reads``."""
_COUNTS = ", ".join(
    (
        _STANDS_FOR.format(""),
        _STANDS_FOR.format(" FILTER (starts_with(agent_class, 'ai_'))"),
        _STANDS_FOR.format(" FILTER (agent_class = 'search')"),
        _STANDS_FOR.format(" FILTER (NOT starts_with(agent_class, 'ai_') AND agent_class <> 'search')"),
        _STANDS_FOR.format(" FILTER (proof = 'impostor')"),
        "count(DISTINCT page_url)",
        "max(day)",
        "count(*)",
        f"CAST(CASE WHEN sum(bytes) > {_MOST_BYTES} THEN {_MOST_BYTES} ELSE sum(bytes) END AS BIGINT)",
        "count(bytes)",
        "sum(microseconds) / 1000000",
        "count(microseconds)",
    )
)
_ROWS = """
SELECT {keys}, {counts} FROM {table} {where}
GROUP BY {keys} ORDER BY sum(thousandths) DESC, {keys} LIMIT {most}
"""
_LINES = """
SELECT {name} FROM agents_asked GROUP BY 1 ORDER BY sum(thousandths) DESC, 1 LIMIT {most}
"""
_DAYS = "SELECT day, {name}, {counted} FROM agents_asked GROUP BY 1, 2 ORDER BY 1, 2"
_PEOPLE = """
SELECT r.article_id, count(DISTINCT r.page_view_id) FROM memory.main.reads AS r WHERE {conditions}
GROUP BY r.article_id
"""
_TITLES = "SELECT article_id, title FROM memory.main.read_titles"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReads:
    """Page views of agents: of AI, of search engines, of others, and of impostors, who are in those too.

    Of a ``kind`` (``robots``, ``llms``, ``sitemap``, ``feed``) how often that was asked for. Where not all
    are tracked, they are how many those stand for. Of an agent, an article or a page; what does not say
    which is None. ``bytes`` (of the bodies as they were sent) and ``seconds`` (from requests to the ends of
    bodies) are of those of the ``tracked`` that say so, with what they stand for; None where none does.
    """

    operator: str | None = None
    product: str | None = None
    agent_class: str | None = None
    proof: str | None = None
    article_id: str | None = None
    page_url: str | None = None
    kind: str | None = None
    day: date | None = None
    reads: int
    ai: int
    search: int
    others: int
    impostors: int
    pages: int
    last: date
    tracked: int
    bytes: int | None
    bytes_measured: int
    seconds: float | None
    seconds_measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """What agents read: ``rows`` by what was asked for, ``days`` by the ``lines`` with the most and others.

    ``articles`` are those that agents read most, ``people`` people's page views of articles, ``titles`` what
    these are called now. ``impostors`` are agents; ``visits`` agents and pages together, ``files`` agents and
    what they asked for that is no page. ``robots`` are those who asked for robots.txt, whatever its author,
    its subject and the first day: what is asked here is when they did so last.
    """

    all: AgentReads | None
    rows: tuple[AgentReads, ...]
    lines: tuple[str, ...]
    days: Mapping[date, tuple[int, ...]]
    articles: tuple[AgentReads, ...]
    people: Mapping[str, int]
    titles: Mapping[str, str | None]
    impostors: tuple[AgentReads, ...]
    visits: tuple[AgentReads, ...]
    files: tuple[AgentReads, ...]
    robots: tuple[AgentReads, ...]


def agents(cursor: DuckDBPyConnection, asked: Filter, *, by: str) -> Agents:
    """What agents read, by ``by`` (one of ``AGENTS_BY``)."""
    _keep_asked(cursor, asked)
    cursor.execute(_ARTICLES)
    articles = _rows(cursor, "article", table="agent_articles")
    files = _rows(cursor, "product", "file", table="agent_files")
    conditions, given = _conditions(asked, same=" AND f.number = r.number")
    whole = cursor.execute(f"SELECT {_COUNTS} FROM agents_asked").fetchall()[0]  # noqa: S608
    lines, days = _by_day(cursor, by)
    made = {"article": articles, "file": files}
    return Agents(
        all=AgentReads(**dict(zip(_COUNTED, whole, strict=True))) if whole[0] else None,
        rows=made[by] if by in made else _rows(cursor, by),
        lines=lines,
        days=days,
        articles=articles,
        people=dict(cursor.execute(_PEOPLE.format(conditions=conditions), given).fetchall()),
        titles=dict(cursor.execute(_TITLES).fetchall()),
        impostors=_rows(cursor, "product", where="WHERE proof = 'impostor'"),
        visits=_rows(cursor, "product", "page", most=_MOST_PAGES),
        files=files,
        robots=_rows(cursor, "product", table="agent_robots"),
    )


def _keep_asked(cursor: DuckDBPyConnection, asked: Filter) -> None:
    """The tables of what passes: pages, and what is none; and of robots.txt also what came before."""
    until = Filter(app=asked.app, until=asked.until)
    for name, kind, within in (
        ("agents_asked", "= 'page'", asked),
        ("agent_files", "<> 'page'", asked),
        ("agent_robots", "= 'robots'", until),
    ):
        conditions, given = _conditions(within, same="")
        cursor.execute(_ASKED.format(name=name, kind=kind, conditions=conditions), given)


_COUNTED = (
    *("reads", "ai", "search", "others", "impostors", "pages", "last"),
    *("tracked", "bytes", "bytes_measured", "seconds", "seconds_measured"),
)


def _rows(
    cursor: DuckDBPyConnection,
    *by: str,
    table: str = "agents_asked",
    where: str = "",
    most: int = MOST_AGENT_ROWS,
) -> tuple[AgentReads, ...]:
    keys = [key for name in by for key in _KEYS[name]]
    query = _ROWS.format(keys=", ".join(keys), counts=_COUNTS, table=table, where=where, most=most)
    names = (*keys, *_COUNTED)
    return tuple(AgentReads(**dict(zip(names, row, strict=True))) for row in cursor.execute(query).fetchall())


def _by_day(cursor: DuckDBPyConnection, by: str) -> tuple[tuple[str, ...], dict[date, tuple[int, ...]]]:
    """The lines with the most page views, and by day how many each has, and all others together."""
    name = _NAMES.get(by, _BY_KIND)
    lines = tuple(line for (line,) in cursor.execute(_LINES.format(name=name, most=_MOST_LINES)).fetchall())
    found: dict[date, list[int]] = {}
    for day, line, reads in cursor.execute(
        _DAYS.format(name=name, counted=_STANDS_FOR.format(""))
    ).fetchall():
        counts = found.setdefault(day, [0] * (len(lines) + 1))
        counts[lines.index(line) if line in lines else -1] += reads
    return lines, {day: tuple(counts) for day, counts in found.items()}


def _conditions(asked: Filter, *, same: str) -> tuple[str, dict[str, str]]:
    """Which reads pass, and what is asked for there."""
    given = {name: str(value) for name in _PASSING if (value := getattr(asked, name))}
    passing = [_PASSING[name].format(name=name, same=same) for name in given]
    return " AND ".join(passing) or "true", given


_SAID = """r.event_id IN (
    SELECT f.event_id FROM memory.main.read_fields AS f WHERE f.kind = '{name}' AND f.value = ${name}{same}
)"""
_PASSING = {
    "app": "r.app_id = $app",
    "since": "r.day >= CAST($since AS DATE)",
    "until": "r.day <= CAST($until AS DATE)",
    "author": _SAID,
    "subject": _SAID,
}
