"""What the questions are asked of: tables in DuckDB's memory, made by the models of the stitched ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..answers.making import fill_given, make_models
from ..answers.settings import Answers
from ..models import ANSWERS, Model
from . import opened
from .opened import open_views

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STITCHED = ("page_views", "sessions", "persons", "event_persons")
"""The tables that those need beside the events."""
_READ = ("zone_offsets", "event_fields", "article_reads", "agent_told", "agent_views")
_SESSIONS = ("spend", "content", "touches")
_CREDITING = (
    "conversions",
    "returns",
    "conversion_touches",
    "removal_effects",
    "touch_shares",
    "attribution",
)
_LOOKED_INTO = 20_000
"""Page views whose entities are looked into for the names of their fields, the newest."""
_VIEWS = {
    "read_views": """
        SELECT v.page_view_id, v.session_id, v.person_id, v.at, v.seen_by, v.engaged_seconds, v.scroll_share,
            v.server_event_id, v.browser_event_id, v.agent_class, coalesce(s.app_id, b.app_id) AS app_id
        FROM page_views AS v
        LEFT JOIN events AS s ON s.event_id = v.server_event_id
        LEFT JOIN events AS b ON b.event_id = v.browser_event_id
    """,
    "read_sessions": "SELECT session_id, person_id, started_at FROM sessions",
    "read_persons": "SELECT person_id, first_at FROM persons",
    "read_settings": "SELECT * FROM answer_settings",
    "read_zone": "SELECT * FROM zone_offsets",
}
_READS = {
    "reads": """
        SELECT r.*, v.app_id FROM article_reads AS r
        JOIN memory.main.read_views AS v ON v.page_view_id = r.page_view_id
    """,
    "read_agents": """
        SELECT a.* EXCLUDE (app_id), coalesce(a.app_id, v.app_id) AS app_id FROM agent_views AS a
        LEFT JOIN memory.main.read_views AS v ON v.page_view_id = a.page_view_id
    """,
    "read_fields": "SELECT event_id, number, kind, position, value FROM event_fields WHERE topic = 'article'",
    "read_content": "SELECT * FROM content",
    "read_titles": """
        WITH read AS (
            SELECT article_id, page_view_id, true AS by_people FROM article_reads
            UNION ALL
            SELECT f.value, a.page_view_id, false FROM agent_views AS a
            JOIN event_fields AS f ON f.event_id = a.event_id AND f.topic = 'article' AND f.kind = 'id'
        ), shown AS (
            SELECT r.article_id, max_by(v.page_title, (r.by_people, v.at)) AS title FROM read AS r
            JOIN page_views AS v ON v.page_view_id = r.page_view_id
            WHERE v.page_title <> '' GROUP BY r.article_id
        ), said AS (
            SELECT article_id, max_by(title, valid_from) AS title FROM content GROUP BY article_id
        )
        SELECT c.article_id, coalesce(c.title, s.title) AS title
        FROM said AS c LEFT JOIN shown AS s ON s.article_id = c.article_id
    """,
    "read_touches": """
        WITH apps AS (
            SELECT session_id, min_by(app_id, v.at) AS app_id FROM memory.main.read_views AS v
            GROUP BY session_id
        )
        SELECT t.*, s.page_views, s.engaged_seconds, a.app_id,
            CAST(t.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
        FROM touches AS t
        JOIN sessions AS s ON s.session_id = t.session_id
        LEFT JOIN apps AS a ON a.session_id = t.session_id
        JOIN memory.main.read_zone AS z ON t.at >= z.valid_from AND t.at < z.valid_to
    """,
    "read_spend": "SELECT * FROM spend",
}
_EARNED = {
    "read_conversions": """
        SELECT c.*, e.app_id, CAST(c.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
        FROM conversions AS c
        JOIN events AS e ON e.event_id = c.event_id
        JOIN memory.main.read_zone AS z ON c.at >= z.valid_from AND c.at < z.valid_to
    """,
    "read_returns": "SELECT * FROM returns",
    "read_attribution": "SELECT * FROM attribution",
}
_FIELDS = f"""
WITH newest AS (
    SELECT coalesce(server_event_id, browser_event_id) AS event_id
    FROM memory.main.read_views AS v ORDER BY v.at DESC LIMIT {_LOOKED_INTO}
), named AS (
    SELECT uri, CAST(NULL AS VARCHAR) AS name FROM temp.opened
    UNION ALL
    SELECT uri, unnest(json_keys(data))
    FROM temp.opened WHERE json_type(data) = 'OBJECT' AND event_id IN (SELECT event_id FROM newest)
)
SELECT uri, name, count(*) AS views FROM named GROUP BY uri, name
"""  # noqa: S608
_CONVERSION_URIS = """
WITH told AS (
    SELECT contexts, unstruct_event FROM events
    WHERE event_id IN (SELECT event_id FROM conversions UNION ALL SELECT event_id FROM returns)
)
SELECT DISTINCT uri FROM (
    SELECT from_json(unstruct_event, '{"data":{"schema":"VARCHAR"}}').data.schema AS uri FROM told
    UNION ALL
    SELECT unnest(from_json(contexts, '{"data":[{"schema":"VARCHAR"}]}').data).schema FROM told
) WHERE uri IS NOT NULL
"""
_NO_URIS = "SELECT CAST(NULL AS VARCHAR) AS uri WHERE false"
_CHOICES = """
SELECT 'app' AS kind, app_id AS value, count(*) AS reads FROM memory.main.read_views
WHERE app_id IS NOT NULL GROUP BY app_id
UNION ALL
SELECT kind, value, count(*) FROM memory.main.read_fields
WHERE kind IN ('author', 'subject') GROUP BY kind, value
"""
_PERFORMANCE = """
CREATE OR REPLACE VIEW memory.main.read_performance AS SELECT * FROM kept.main.content_performance
"""
"""What a run counted without a filter."""
_DERIVED = {"read_described": _FIELDS, "read_choices": _CHOICES}


def models_of(answers: Answers, *, is_file: bool) -> tuple[Model, ...]:
    """The models that are made for the questions; of a file what a run made is taken as it is."""
    wanted = set(_READ if is_file else (*_READ, *_SESSIONS))
    if answers.conversion is not None and not is_file:
        wanted |= {*_CREDITING, *(model.name for model in ANSWERS if model.name.startswith("path_"))}
    return tuple(model for model in ANSWERS if model.name in wanted)


def keep_tables(
    connection: DuckDBPyConnection,
    answers: Answers,
    *,
    is_file: bool = False,
    also: Mapping[str, str] = MappingProxyType({}),
    before_each: Callable[[], None] = lambda: None,
) -> None:
    """Make them all, of ``events``, ``page_views``, ``sessions``, ``persons`` and ``event_persons``.

    They take the place of those before at one moment. ``is_file``: the connection uses a file of a run, which
    is attached as ``kept``, and has content, touches and conversions already, and figures without a filter.
    ``also`` are queries of more tables by their names, which may ask those of this module.
    """

    def where(_: Model) -> str:
        before_each()
        return "TEMP TABLE temp"

    working = [*fill_given(connection, answers, None)]
    working += [
        model.name for model in make_models(connection, models_of(answers, is_file=is_file), where=where)
    ]
    before_each()
    open_views(connection)
    working += opened.WORKING
    before_each()
    connection.execute("BEGIN")
    try:
        queries = _queries(has_conversions=answers.conversion is not None)
        for name, query in {**queries, **also}.items():
            connection.execute(f"CREATE OR REPLACE TABLE memory.main.{name} AS {query}")
        if is_file:
            connection.execute(_PERFORMANCE)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    for name in working:
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _queries(*, has_conversions: bool) -> dict[str, str]:
    uris = {"read_conversion_uris": _CONVERSION_URIS if has_conversions else _NO_URIS}
    return {**_VIEWS, **opened.KEPT, **_READS, **(_EARNED if has_conversions else {}), **_DERIVED, **uris}


def read_models(*names: str) -> tuple[Model, ...]:
    """Models of answers by their names, in the order in which they are made."""
    return tuple(model for model in ANSWERS if model.name in names)
