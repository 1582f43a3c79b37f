"""The numbers of the report, by section: each a table, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Rows: TypeAlias = list[tuple[Any, ...]]
Ask: TypeAlias = Callable[[str], Rows]
Kind: TypeAlias = Literal["text", "count", "seconds", "share", "money", "number"]

_GAP = """
SELECT value, server_page_views, missing, share, low, high
FROM adblock_gap WHERE dimension = 'day' ORDER BY value
"""
_WITNESSES = """
SELECT CAST(CAST(v.at AS DATE) AS VARCHAR), count(*) FILTER (WHERE seen_by = 'both'),
    count(*) FILTER (WHERE seen_by = 'server'), count(*) FILTER (WHERE seen_by = 'browser'),
    count(*) FILTER (WHERE person_id IS NOT NULL) / count(*)
FROM page_views AS v GROUP BY 1 ORDER BY 1
"""
_HOW = """
SELECT coalesce(how, 'nobody''s') AS how, count(*) AS events, count(*) / sum(count(*)) OVER ()
FROM events LEFT JOIN event_persons USING (event_id) GROUP BY 1 ORDER BY events DESC, how
"""
_READ = """
SELECT CAST(day AS VARCHAR), views, server_views, browser_views, persons, new_persons, engaged_seconds,
    finished_share
FROM content_performance WHERE dimension = 'all' AND day IS NOT NULL ORDER BY day
"""
_TITLE = """
(SELECT max_by(c.title, c.valid_from) FROM content AS c WHERE c.article_id = p.value)
"""
_CONTENT = """
SELECT value, {title} views, server_views, browser_views, persons, new_persons, engaged_seconds,
    finished_share, entry_share, returning_share
FROM content_performance AS p WHERE dimension = '{dimension}' AND day IS NULL
ORDER BY views DESC, value LIMIT {most}
"""
_NEXT = """
SELECT from_article_id, coalesce(to_article_id, '(nothing)'), persons, moves FROM recirculation
ORDER BY moves DESC, 1, 2 LIMIT {most}
"""
_BY_CLASS = """
    CAST(coalesce(sum(reads) FILTER (starts_with(agent_class, 'ai_')), 0) AS BIGINT),
    CAST(coalesce(sum(reads) FILTER (agent_class = 'search'), 0) AS BIGINT),
    CAST(coalesce(sum(reads) FILTER (NOT starts_with(agent_class, 'ai_') AND agent_class <> 'search'), 0)
        AS BIGINT)
"""
_AGENT_DAYS = """
SELECT CAST(day AS VARCHAR), {by_class} FROM agents GROUP BY day ORDER BY day
"""
_AGENTS = """
SELECT coalesce(operator, '(not known)'), coalesce(product, '(not known)'), agent_class, proof,
    CAST(sum(reads) AS BIGINT) AS reads, CAST(max(day) AS VARCHAR)
FROM agents GROUP BY 1, 2, 3, 4 ORDER BY reads DESC, 1, 2, 3, 4 LIMIT {most}
"""
_AGENT_ARTICLES = """
SELECT p.value, {title} p.reads, p.ai, p.search, p.others, coalesce(c.views, 0)
FROM (
    SELECT article_id, CAST(sum(reads) AS BIGINT), {by_class}
    FROM agent_reads WHERE article_id IS NOT NULL GROUP BY article_id
) AS p(value, reads, ai, search, others)
LEFT JOIN content_performance AS c ON c.dimension = 'article' AND c.value = p.value AND c.day IS NULL
ORDER BY p.reads DESC, p.value LIMIT {most}
"""
_EARNED = """
SELECT {name}, currency, {columns} FROM campaign_margin
WHERE dimension = '{dimension}' AND model = 'last' ORDER BY currency, conversions DESC, 1 LIMIT {most}
"""
_BY_MODEL = """
SELECT model, coalesce(campaign, '(none)'), currency, {columns} FROM campaign_margin
WHERE dimension = 'campaign' ORDER BY currency, coalesce(campaign, '(none)'), model LIMIT {most}
"""
_MOST = 50
_DIMENSIONS = ("author", "section", "subject", "tag")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, and what it holds."""

    name: str
    kind: Kind = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of the report. ``plot`` says how it is drawn, ``drawn`` which columns."""

    name: str
    title: str
    text: str
    columns: Sequence[Column]
    rows: Rows
    plot: Literal["band", "stacks", "lines", "bars", "none"] = "none"
    drawn: tuple[int, ...] = ()
    is_confidential: bool = False


def sections(ask: Ask, *, is_confidential: bool) -> Iterator[Section]:
    """All sections of the report, in their order."""
    yield from _seen(ask)
    yield from _read(ask)
    yield from _agents(ask)
    yield from _earned(ask, is_confidential=is_confidential)


def _seen(ask: Ask) -> Iterator[Section]:
    counts = (Column("page views"), Column("missing"), Column("share", "share"))
    yield Section(
        name="gap",
        title="What the browser does not tell",
        text="The share of the server's page views that the browser did not tell of, by day (UTC), with "
        "Wilson's interval at 95 %.",
        columns=(Column("day", "text"), *counts, Column("low", "share"), Column("high", "share")),
        rows=ask(_GAP),
        plot="band",
        drawn=(3, 4, 5),
    )
    yield Section(
        name="witnesses",
        title="Who told of page views",
        text="Page views by day (UTC) that both sides told of, or one of them alone, and the share that is "
        "somebody's.",
        columns=(
            *(Column("day", "text"), Column("both"), Column("server"), Column("browser")),
            Column("stitched", "share"),
        ),
        rows=ask(_WITNESSES),
        plot="stacks",
        drawn=(1, 2, 3),
    )
    yield Section(
        name="stitched",
        title="How events were stitched to persons",
        text="Each event by the first rule that says whose it is, from the strictest on.",
        columns=(Column("by", "text"), Column("events"), Column("share", "share")),
        rows=ask(_HOW),
        plot="bars",
        drawn=(1,),
    )


_COUNTS = (
    *map(Column, ("views", "server", "browser", "persons", "new persons")),
    *(Column("engaged", "seconds"), Column("finished", "share")),
)
_MORE = (*_COUNTS, Column("entry", "share"), Column("returning", "share"))


def _read(ask: Ask) -> Iterator[Section]:
    yield Section(
        name="content_by_day",
        title="What is read, by day",
        text="Page views of articles, without agents'.",
        columns=(Column("day", "text"), *_COUNTS),
        rows=ask(_READ),
        plot="lines",
        drawn=(2, 3),
    )
    yield Section(
        name="articles",
        title="Articles",
        text=f"The {_MOST} most read. Finished is of the browser's views, entry of all, returning of the "
        "persons seen for seven days.",
        columns=(Column("article", "text"), Column("title now", "text"), *_MORE),
        rows=ask(_CONTENT.format(dimension="article", title=f"{_TITLE},", most=_MOST)),
        plot="bars",
        drawn=(2,),
    )
    yield from _words(ask)
    yield Section(
        name="recirculation",
        title="What was read next",
        text="The next article in the same session.",
        columns=(*(Column("article", "text"), Column("next", "text")), Column("persons"), Column("times")),
        rows=ask(_NEXT.format(most=_MOST)),
    )


def _words(ask: Ask) -> Iterator[Section]:
    for dimension in _DIMENSIONS:
        if rows := ask(_CONTENT.format(dimension=dimension, title="", most=_MOST)):
            yield Section(
                name=f"{dimension}s",
                title=f"{dimension.capitalize()}s",
                text="Of an article with several each counts whole: the rows do not add up to all.",
                columns=(Column(dimension, "text"), *_MORE),
                rows=rows,
                plot="bars",
                drawn=(1,),
            )


_CLASSES = (Column("AI"), Column("search"), Column("others"))


def _agents(ask: Ask) -> Iterator[Section]:
    yield Section(
        name="agents_by_day",
        title="What agents read, by day",
        text="Page views of crawlers and other agents: those of AI (training, search, assistants), of "
        "search engines, and others. They are in no figure of articles above.",
        columns=(Column("day", "text"), *_CLASSES),
        rows=ask(_AGENT_DAYS.format(by_class=_BY_CLASS)),
        plot="stacks",
        drawn=(1, 2, 3),
    )
    yield Section(
        name="agents",
        title="Agents",
        text=f"The {_MOST} that read most. A name that is declared anybody may write; an impostor's is "
        "denied by its operator's addresses or signatures.",
        columns=(
            *(Column("operator", "text"), Column("product", "text"), Column("class", "text")),
            *(Column("proof", "text"), Column("page views"), Column("last", "text")),
        ),
        rows=ask(_AGENTS.format(most=_MOST)),
    )
    yield Section(
        name="agent_articles",
        title="Articles that agents read",
        text=f"The {_MOST} that agents read most, beside people's page views of them.",
        columns=(
            *(Column("article", "text"), Column("title now", "text"), Column("agents"), *_CLASSES),
            Column("people"),
        ),
        rows=ask(_AGENT_ARTICLES.format(title=f"{_TITLE},", by_class=_BY_CLASS, most=_MOST)),
    )


_MONEY = ("value", "margin", "cost")


def _earned(ask: Ask, *, is_confidential: bool) -> Iterator[Section]:
    """Without ``is_confidential`` no money: what of it is confidential, the tables do not say."""
    listed, columns = "conversions", [Column("conversions", "number")]
    told = "Money is left out: --confidential shows it."
    if is_confidential:
        listed += ", value, margin, cost, return_on_spend, unknown_margins"
        columns += [Column(name, "money") for name in _MONEY]
        columns += [Column("return on spend", "number"), Column("margin unknown", "number")]
        told = "Value and margin are after returns; those that nobody knows are counted, and not in the sums."
    names = {"campaign": "campaign", "channel": "channel", "landing_page": "landing_url"}
    for dimension, name in names.items():
        asked = f"coalesce({name}, '(none)')"
        yield Section(
            name=f"{dimension}s",
            title=f"{dimension.replace('_', ' ').capitalize()}s",
            text=f"Conversions credited to the last session that is not direct. {told}",
            columns=(Column(dimension.replace("_", " "), "text"), Column("currency", "text"), *columns),
            rows=ask(_EARNED.format(name=asked, columns=listed, dimension=dimension, most=_MOST)),
            plot="bars",
            drawn=(4,) if is_confidential else (2,),
            is_confidential=is_confidential,
        )
    yield Section(
        name="models",
        title="Campaigns, by all models",
        text=f"First, last, position, time decay, and Markov removal. {told}",
        columns=(
            *(Column("model", "text"), Column("campaign", "text"), Column("currency", "text")),
            *columns,
        ),
        rows=ask(_BY_MODEL.format(columns=listed, most=_MOST * 5)),
        is_confidential=is_confidential,
    )
