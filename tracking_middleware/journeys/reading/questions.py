"""The questions, in the SQL of the models: asked of the tables that ``keep_tables`` made.

Each takes a connection of its own, as ``asking.snapshot`` gives it, and is the last that it is asked but for
``choices``: what it makes there goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .asked import (
    Article,
    Articles,
    Campaigns,
    Choices,
    Coming,
    Described,
    Earned,
    Field,
    Figures,
    Filter,
    Move,
    Touched,
)
from .opened import read_by_field
from .tables import read_models

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_ROWS = 1_000
"""Of a table; those with the most views."""
_MOST_MOVES = 25
_CONDITIONS = {
    "app": "r.app_id = getvariable('app')",
    "since": "r.day >= CAST(getvariable('since') AS DATE)",
    "until": "r.day <= CAST(getvariable('until') AS DATE)",
}
_SAID = """r.event_id IN (
    SELECT f.event_id FROM memory.main.read_fields AS f
    WHERE f.kind = '{kind}' AND f.value = getvariable('{kind}'){same}
)"""
_TOUCHING = """r.session_id IN (
    SELECT x.session_id FROM memory.main.reads AS x
    JOIN memory.main.read_fields AS f ON f.event_id = x.event_id AND f.number = x.number
    WHERE f.kind = '{kind}' AND f.value = getvariable('{kind}')
)"""
_OWN_FIELDS = "SELECT 'article' AS topic, * FROM memory.main.read_fields"
_OWN_READS = "SELECT r.* EXCLUDE (app_id) FROM memory.main.reads AS r WHERE {conditions}"
_FIGURES = """
SELECT value, day, views, server_views, browser_views, persons, new_persons, engaged_seconds, finished_share,
    entry_share, returning_share
FROM content_performance WHERE dimension = $dimension AND
"""
_ROWS = f"{_FIGURES} day IS NULL ORDER BY views DESC, value LIMIT {MOST_ROWS}"
_ONE = f"{_FIGURES} value = $value ORDER BY day"
_HAS_PERFORMANCE = "SELECT count(*) FROM duckdb_views() WHERE view_name = 'read_performance'"
_AROUND = """(
    r.article_id = getvariable('id') OR r.session_id IN (
        SELECT x.session_id FROM memory.main.reads AS x WHERE x.article_id = getvariable('id')
    )
)"""
"""The reads of an article, and what else was read in the sessions."""
_DESCRIBED = "valid_from, valid_to, title, authors, sections, subject, tags"
_NOW = """
SELECT c.article_id, c.valid_from, c.valid_to, t.title, c.authors, c.sections, c.subject, c.tags
FROM memory.main.read_content AS c
JOIN memory.main.read_titles AS t ON t.article_id = c.article_id
QUALIFY row_number() OVER (PARTITION BY c.article_id ORDER BY c.valid_from DESC) = 1
"""
_WAS = f"""
SELECT {_DESCRIBED} FROM memory.main.read_content WHERE article_id = $id ORDER BY valid_from DESC LIMIT 50
"""  # noqa: S608
_TITLE = "SELECT title FROM memory.main.read_titles WHERE article_id = $id"
_MOVES = """
SELECT r.{other}, t.title, r.persons, r.moves FROM recirculation AS r
LEFT JOIN memory.main.read_titles AS t ON t.article_id = r.{other}
WHERE r.{one} = $id ORDER BY r.moves DESC, r.{other} LIMIT {most}
"""
_COMINGS = f"""
SELECT t.channel, t.source, count(*), count(DISTINCT t.person_id)
FROM memory.main.read_touches AS t
WHERE t.session_id IN (SELECT session_id FROM article_reads WHERE article_id = $id AND is_entry = 1)
GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT {_MOST_MOVES}
"""  # noqa: S608
_TOUCHES = "SELECT * FROM memory.main.read_touches AS r WHERE {conditions}"
_COUNTED = """
count(*) AS sessions, count(DISTINCT person_id) AS persons, CAST(sum(page_views) AS BIGINT) AS page_views,
CAST(sum(engaged_seconds) AS BIGINT) AS engaged_seconds
"""
_BY = {"campaign": "campaign", "channel": "channel", "landing_page": "landing_url"}
_BY_VALUE = (
    "SELECT {column}, NULL, {counted} FROM touches_asked GROUP BY 1 ORDER BY sessions DESC, 1 LIMIT {most}"
)
_BY_DAY = f"SELECT NULL, day, {_COUNTED} FROM touches_asked GROUP BY day ORDER BY day"  # noqa: S608
_CREDITED = {
    "conversions": """
        SELECT r.* EXCLUDE (app_id, day) FROM memory.main.read_conversions AS r WHERE {conditions}
    """,
    "returns": "SELECT * FROM memory.main.read_returns",
    "attribution": "SELECT * FROM memory.main.read_attribution",
}
_EARNED = """
WITH earned AS (
    SELECT {column} AS value, currency, sum(weight) AS conversions,
        CAST(coalesce(sum(c.value), 0) AS DECIMAL(30,6)) AS revenue,
        CAST(coalesce(sum(margin), 0) AS DECIMAL(30,6)) AS margin, sum(unknown_margin) AS unknown_margins
    FROM credited AS c WHERE model = $model GROUP BY 1, 2
), costs AS (
    SELECT campaign AS value, currency, sum(cost) AS cost FROM memory.main.read_spend AS s
    WHERE {costs} AND s.day >= (SELECT min(day) FROM touches_asked)
        AND s.day <= (SELECT max(day) FROM touches_asked)
    GROUP BY 1, 2
)
SELECT coalesce(e.value, c.value), coalesce(e.currency, c.currency), coalesce(e.conversions, 0),
    coalesce(e.revenue, 0), coalesce(e.margin, 0), coalesce(e.unknown_margins, 0), c.cost
FROM earned AS e FULL JOIN costs AS c ON c.value IS NOT DISTINCT FROM e.value AND c.currency = e.currency
ORDER BY 3 DESC, 1, 2 LIMIT {most}
"""
_HAS_CONVERSIONS = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'read_conversions'"
_CHOICES = (
    "SELECT value FROM memory.main.read_choices WHERE kind = $kind ORDER BY reads DESC, value LIMIT 200"
)
_FIELDS = """
SELECT uri, name FROM memory.main.read_described ORDER BY name IS NOT NULL, views DESC, uri, name LIMIT 5000
"""
_URIS = "SELECT uri FROM memory.main.read_conversion_uris ORDER BY uri"


def articles(cursor: DuckDBPyConnection, asked: Filter, *, by: str, field: Field | None = None) -> Articles:
    """What was read, by ``by`` (one of ``ARTICLES_BY``) or by the values of a field of any entity."""
    if field is None and asked == Filter() and cursor.execute(_HAS_PERFORMANCE).fetchall()[0][0]:
        cursor.execute("CREATE TEMP VIEW content_performance AS SELECT * FROM memory.main.read_performance")
    else:
        _pass_reads(cursor, asked, field)
    whole, days = _by_day(_figures(cursor, _ONE, dimension="all", value="all"))
    return Articles(
        all=whole,
        rows=_figures(cursor, _ROWS, dimension="article" if field else by),
        days=days,
        now=_described_now(cursor) if by == "article" and field is None else {},
    )


def article(cursor: DuckDBPyConnection, asked: Filter, article_id: str) -> Article:
    """One article by its id."""
    given = {"id": article_id}
    cursor.execute("SET VARIABLE id = $id", given)
    _pass_reads(cursor, asked, None, _AROUND)
    whole, days = _by_day(_figures(cursor, _ONE, dimension="article", value=article_id))
    titles = cursor.execute(_TITLE, given).fetchall()
    return Article(
        title=titles[0][0] if titles else None,
        described=tuple(map(_described, cursor.execute(_WAS, given).fetchall())),
        all=whole,
        days=days,
        before=_moves(cursor, article_id, one="to_article_id", other="from_article_id"),
        after=_moves(cursor, article_id, one="from_article_id", other="to_article_id"),
        comings=tuple(Coming(*row) for row in cursor.execute(_COMINGS, given).fetchall()),
    )


def campaigns(cursor: DuckDBPyConnection, asked: Filter, *, by: str, model: str) -> Campaigns:
    """Sessions by ``by`` (one of ``CAMPAIGNS_BY``), and what ``model`` credits them with."""
    _set(cursor, asked)
    conditions = _conditions(asked, said=_TOUCHING)
    cursor.execute(f"CREATE TEMP VIEW touches_asked AS {_TOUCHES.format(conditions=conditions)}")
    query = _BY_VALUE.format(column=_BY[by], counted=_COUNTED, most=MOST_ROWS)
    has_conversions = cursor.execute(_HAS_CONVERSIONS).fetchall()[0][0]
    return Campaigns(
        rows=tuple(map(_touched, cursor.execute(query).fetchall())),
        days=tuple(map(_touched, cursor.execute(_BY_DAY).fetchall())),
        earned=_earned(cursor, asked, conditions, by=by, model=model) if has_conversions else None,
    )


def choices(cursor: DuckDBPyConnection) -> Choices:
    """What the filters may say."""

    def named(kind: str) -> tuple[str, ...]:
        return tuple(value for (value,) in cursor.execute(_CHOICES, {"kind": kind}).fetchall())

    return Choices(
        apps=named("app"),
        authors=named("author"),
        subjects=named("subject"),
        fields=tuple((uri, name) for uri, name in cursor.execute(_FIELDS).fetchall()),
        conversion_uris=tuple(uri for (uri,) in cursor.execute(_URIS).fetchall()),
    )


def _set(cursor: DuckDBPyConnection, asked: Filter) -> None:
    """Put what is asked into variables."""
    for name in ("app", "since", "until", "author", "subject"):
        if value := getattr(asked, name):
            cursor.execute(f"SET VARIABLE {name} = $value", {"value": str(value)})


def _pass_reads(cursor: DuckDBPyConnection, asked: Filter, field: Field | None, among: str = "true") -> None:
    """Let the models be asked of the reads that a filter passes, ``among`` those; each is looked at once."""
    _set(cursor, asked)
    if field is None:
        conditions = _conditions(asked, said=_SAID.replace("{same}", " AND f.number = r.number"))
        cursor.execute(f"CREATE TEMP VIEW event_fields AS {_OWN_FIELDS}")
        query = _OWN_READS.format(conditions=f"{conditions} AND {among}")
        cursor.execute(f"CREATE TEMP TABLE article_reads AS {query}")
        cursor.execute("CREATE TEMP VIEW answer_settings AS SELECT * FROM memory.main.read_settings")
    else:
        read_by_field(cursor, field, _conditions(asked, said=_SAID.replace("{same}", "")))
    for model in read_models("article_words", "content_performance", *(() if field else ("recirculation",))):
        cursor.execute(f"CREATE TEMP VIEW {model.name} AS\n{model.sql}")


def _conditions(asked: Filter, *, said: str) -> str:
    found = [condition for name, condition in _CONDITIONS.items() if getattr(asked, name)]
    found += [said.format(kind=kind) for kind in ("author", "subject") if getattr(asked, kind)]
    return " AND ".join(found) or "true"


def _by_day(found: tuple[Figures, ...]) -> tuple[Figures | None, tuple[Figures, ...]]:
    """What was found of all days together, and of each."""
    whole = next((each for each in found if each.day is None), None)
    return whole, tuple(each for each in found if each.day is not None)


def _figures(cursor: DuckDBPyConnection, question: str, **given: str) -> tuple[Figures, ...]:
    names = Figures.__dataclass_fields__
    return tuple(
        Figures(**dict(zip(names, row, strict=True))) for row in cursor.execute(question, given).fetchall()
    )


def _described(row: tuple[Any, ...]) -> Described:
    return Described(**dict(zip(Described.__dataclass_fields__, row, strict=True)))


def _described_now(cursor: DuckDBPyConnection) -> dict[str, Described]:
    return {name: _described(tuple(row)) for name, *row in cursor.execute(_NOW).fetchall()}


def _moves(cursor: DuckDBPyConnection, article_id: str, *, one: str, other: str) -> tuple[Move, ...]:
    query = _MOVES.format(one=one, other=other, most=_MOST_MOVES)
    return tuple(Move(*row) for row in cursor.execute(query, {"id": article_id}).fetchall())


def _touched(row: tuple[Any, ...]) -> Touched:
    return Touched(**dict(zip(Touched.__dataclass_fields__, row, strict=True)))


def _earned(
    cursor: DuckDBPyConnection, asked: Filter, conditions: str, *, by: str, model: str
) -> tuple[Earned, ...]:
    """Costs are of campaigns, whatever app: with another filter than days there are none."""
    for name, query in _CREDITED.items():
        cursor.execute(f"CREATE TEMP VIEW {name} AS {query.format(conditions=conditions)}")
    (credited,) = read_models("credited")
    cursor.execute(f"CREATE TEMP VIEW credited AS\n{credited.sql}")
    days = {name: getattr(asked, name) for name in ("since", "until") if getattr(asked, name)}
    is_all = by == "campaign" and not (asked.app or asked.author or asked.subject)
    costs = [_CONDITIONS[name].replace("r.day", "s.day") for name in days] if is_all else ["false"]
    query = _EARNED.format(column=_BY[by], costs=" AND ".join(costs) or "true", most=MOST_ROWS)
    return tuple(
        Earned(**dict(zip(Earned.__dataclass_fields__, row, strict=True)))
        for row in cursor.execute(query, {"model": model}).fetchall()
    )
