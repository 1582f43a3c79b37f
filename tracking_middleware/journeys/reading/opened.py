"""Page views with what counts of them, and the entities on them, opened once: what any field is asked of.

Views have numbers, which are joined sooner than ids. Crawlers' are not among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answers.making import fill_given
from ..answers.schemas import FIELD, Schema
from ..answers.settings import Answers, Described
from ..models import ANSWERS
from .asked import Field

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EVERY_VIEW = """
CREATE OR REPLACE TEMP VIEW every_view AS
SELECT event_id, 'article' AS topic, 1 AS number, 'id' AS kind, '' AS value
FROM events WHERE event = 'page_view'
"""
"""As if each page view carried an article."""
_OPENED = """
CREATE OR REPLACE TEMP TABLE opened AS
WITH described AS (
    SELECT event_id, from_json(contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data AS entities
    FROM events WHERE event = 'page_view'
), single AS (
    SELECT event_id, unnest(entities) AS entity, generate_subscripts(entities, 1) AS number FROM described
)
SELECT event_id, number, entity.schema AS uri, entity.data AS data FROM single WHERE entity.schema IS NOT NULL
"""
KEPT = {
    "read_viewed": """
        SELECT row_number() OVER () AS view, p.person, r.day, r.is_server, r.is_browser,
            r.engaged_seconds, r.is_finished, r.is_entry, r.is_new, r.is_observed, r.is_returning,
            v.app_id, v.server_event_id, v.browser_event_id
        FROM temp.viewed AS r
        JOIN memory.main.read_views AS v ON v.page_view_id = r.page_view_id
        LEFT JOIN (SELECT person_id, row_number() OVER () AS person FROM memory.main.read_persons) AS p
            ON p.person_id = r.person_id
    """,
    "read_schemas": "SELECT uri, row_number() OVER () AS schema FROM (SELECT DISTINCT uri FROM temp.opened)",
    "read_carried": """
        WITH sides AS (
            SELECT server_event_id AS event_id, view, 0 AS is_browser FROM memory.main.read_viewed
            UNION ALL
            SELECT browser_event_id, view, 1 FROM memory.main.read_viewed
        )
        SELECT s.view, s.is_browser, o.number, u.schema, CAST(o.data AS VARCHAR) AS data
        FROM temp.opened AS o
        JOIN sides AS s ON s.event_id = o.event_id
        JOIN memory.main.read_schemas AS u ON u.uri = o.uri
    """,
}
"""Queries by the names of their tables, which need what ``open_views`` makes."""
WORKING = ("viewed", "opened")
"""The tables that ``open_views`` makes, which nobody needs when those are there."""
_CARRIED = """
CREATE TEMP TABLE carried AS
SELECT c.view, c.is_browser, c.number, c.data
FROM memory.main.read_carried AS c
JOIN memory.main.read_schemas AS u ON u.schema = c.schema
WHERE starts_with(u.uri, $prefix)
"""
_DOCUMENTS = """
CREATE TEMP TABLE documents AS
SELECT CAST(row_number() OVER () AS VARCHAR) AS document, data
FROM (SELECT DISTINCT data FROM carried WHERE data IS NOT NULL)
"""
_EVENTS = """
CREATE TEMP VIEW events AS
SELECT document AS event_id, 'page_view' AS event, CAST(NULL AS VARCHAR) AS unstruct_event,
    CAST(json_object(
        'data', json_array(json_object('schema', getvariable('prefix'), 'data', CAST(data AS JSON)))
    ) AS VARCHAR) AS contexts
FROM documents
"""
"""Each entity as if it stood alone on an event: those that say the same are opened once."""
_SAID = """
CREATE TEMP TABLE article_reads AS
WITH valued AS (
    SELECT d.data, min(f.value) AS value
    FROM event_fields AS f JOIN documents AS d ON d.document = f.event_id GROUP BY d.data
), said AS (
    SELECT c.view, c.is_browser, c.number, v.value FROM carried AS c JOIN valued AS v ON v.data = c.data
), sides AS (
    SELECT view, min(is_browser) AS is_browser FROM said GROUP BY view
), asked AS (
    SELECT v.*, CASE WHEN s.is_browser = 0 THEN v.server_event_id ELSE v.browser_event_id END AS event_id
    FROM memory.main.read_viewed AS v JOIN sides AS s ON s.view = v.view
)
SELECT r.view AS page_view_id, r.event_id, s.number, s.value AS article_id, r.person AS person_id,
    r.day, r.is_server, r.is_browser, r.engaged_seconds, r.is_finished, r.is_entry, r.is_new, r.is_observed,
    r.is_returning
FROM asked AS r
JOIN sides AS o ON o.view = r.view
JOIN said AS s ON s.view = r.view AND s.is_browser = o.is_browser
WHERE {conditions}
"""
"""The server's entities say it where one has the field, else the browser's, as of articles."""


def open_views(connection: DuckDBPyConnection) -> None:
    """Make what ``KEPT`` needs, of ``events``, ``page_views``, ``sessions`` and ``persons``."""
    connection.execute(_EVERY_VIEW)
    (reads,) = (model for model in ANSWERS if model.name == "article_reads")
    query = reads.sql.replace("event_fields", "every_view")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE viewed AS\n{query}")
    connection.execute("DROP VIEW temp.every_view")
    connection.execute(_OPENED)


def read_by_field(cursor: DuckDBPyConnection, field: Field, conditions: str) -> None:
    """Make the reads as if the entity were the article and the field its id; with numbers for ids."""
    if not FIELD.fullmatch(field.name):
        raise ValueError(f"{field.name!r} is no name of a field")
    schema = Schema(f"iglu:{field.entity}/jsonschema/*")
    fill_given(cursor, Answers(article=Described("entity", (schema,), {"id": (field.name,)})), [])
    cursor.execute(_CARRIED, {"prefix": schema.prefix})
    cursor.execute(_DOCUMENTS)
    cursor.execute("SET VARIABLE prefix = $prefix", {"prefix": schema.prefix})
    cursor.execute(_EVENTS)
    (fields,) = (model for model in ANSWERS if model.name == "event_fields")
    cursor.execute(f"CREATE TEMP TABLE event_fields AS\n{fields.sql}")
    cursor.execute(_SAID.format(conditions=conditions))
