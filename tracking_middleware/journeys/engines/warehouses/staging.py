"""``staged_events`` where a warehouse holds the entities of an event in columns or tables of their own.

Only what the models look into is put together again: ``web_page`` and ``cross_navigation``. Where a
transaction's number is in another entity or event, or servers tell of agents (``agents="all"``), add it the
same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...sources.columns import COLUMNS, JSON_COLUMNS

_PREFIX = "iglu:com.snowplowanalytics.snowplow"
_WEB_PAGE = f"{_PREFIX}/web_page/jsonschema/1-0-0"
_CROSSING = f"{_PREFIX}/cross_navigation/jsonschema/1-0-0"
_PAGES = "e.contexts_com_snowplowanalytics_snowplow_web_page_1"
_CROSSINGS = "e.contexts_com_snowplowanalytics_snowplow_cross_navigation_1"
_BEGIN = f'{{"schema":"{_PREFIX}/contexts/jsonschema/1-0-0","data":['
_COLUMNS = ", ".join(f"e.{name}" for name in COLUMNS if name not in JSON_COLUMNS)

_SHREDDED_PAGE = f"""'{{"schema":"{_WEB_PAGE}","data":{{"id":"' || w.id || '"}}}}'"""
_SHREDDED_CROSSING = (
    f"""'{{"schema":"{_CROSSING}","data":{{"domain_user_id":"' || n.domain_user_id"""
    """ || '","timestamp":"' || n.timestamp || '"'"""
    """ || COALESCE(',"session_id":"' || n.session_id || '"', '') || '}}'"""
)
_SHREDDED = f"""
SELECT {_COLUMNS},
    CASE WHEN w.id IS NULL AND n.domain_user_id IS NULL THEN NULL
        ELSE '{_BEGIN}' || COALESCE({_SHREDDED_PAGE}, '')
            || CASE WHEN w.id IS NULL OR n.domain_user_id IS NULL THEN '' ELSE ',' END
            || COALESCE({_SHREDDED_CROSSING}, '') || ']}}' END AS contexts,
    CAST(NULL AS VARCHAR) AS unstruct_event, CAST(NULL AS VARCHAR) AS derived_contexts,
    'atomic.events' AS source, CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS problem
FROM atomic.events AS e
LEFT JOIN (
    SELECT root_id, MIN(id) AS id FROM atomic.com_snowplowanalytics_snowplow_web_page_1 GROUP BY root_id
) AS w ON w.root_id = e.event_id
LEFT JOIN (
    SELECT
        root_id, MIN(domain_user_id) AS domain_user_id, MIN(timestamp) AS timestamp,
        MIN(session_id) AS session_id
    FROM atomic.com_snowplowanalytics_snowplow_cross_navigation_1 GROUP BY root_id
) AS n ON n.root_id = e.event_id
"""  # noqa: S608
_SNOWFLAKE = f"""
SELECT {_COLUMNS},
    TO_JSON(OBJECT_CONSTRUCT('schema', '{_PREFIX}/contexts/jsonschema/1-0-0', 'data', ARRAY_CONSTRUCT_COMPACT(
        CASE WHEN NOT {_PAGES} IS NULL THEN OBJECT_CONSTRUCT(
            'schema', '{_WEB_PAGE}', 'data', GET({_PAGES}, 0)) END,
        CASE WHEN NOT {_CROSSINGS} IS NULL THEN OBJECT_CONSTRUCT(
            'schema', '{_CROSSING}',
            'data', GET({_CROSSINGS}, 0)) END
    ))) AS contexts,
    CAST(NULL AS VARCHAR) AS unstruct_event, CAST(NULL AS VARCHAR) AS derived_contexts,
    'atomic.events' AS source, CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS problem
FROM atomic.events AS e
"""  # noqa: S608


def _structs(get: str, text: str, whole: str) -> str:
    """Arrays of structs: ``get`` is the first of one, ``text`` the type of text, ``whole`` makes JSON."""
    page = get.format(column=_PAGES)
    crossing = get.format(column=_CROSSINGS)
    items = [
        f"""'{{"schema":"{_WEB_PAGE}","data":' || {whole.format(struct=page)} || '}}'""",
        f"""'{{"schema":"{_CROSSING}","data":' || {whole.format(struct=crossing)} || '}}'""",
    ]
    nothing = [f"{page} IS NULL", f"{crossing} IS NULL"]
    return f"""
SELECT {_COLUMNS},
    CASE WHEN {" AND ".join(nothing)} THEN NULL
        ELSE '{_BEGIN}' || COALESCE({items[0]}, '')
            || CASE WHEN {" OR ".join(nothing)} THEN '' ELSE ',' END
            || COALESCE({items[1]}, '') || ']}}' END AS contexts,
    CAST(NULL AS {text}) AS unstruct_event, CAST(NULL AS {text}) AS derived_contexts,
    'atomic.events' AS source, CAST(NULL AS BIGINT) AS line, CAST(NULL AS {text}) AS problem
FROM atomic.events AS e
"""  # noqa: S608


STAGING: Mapping[str, str] = {
    "snowflake": _SNOWFLAKE.strip(),
    "bigquery": _structs("{column}[SAFE_OFFSET(0)]", "STRING", "TO_JSON_STRING({struct})").strip(),
    "databricks": _structs("TRY_ELEMENT_AT({column}, 1)", "STRING", "TO_JSON({struct})").strip(),
    "redshift": _SHREDDED.strip(),
    "postgres": _SHREDDED.strip(),
}
"""By the dialect: VARIANT columns, arrays of structs, and shredded tables joined by ``root_id``."""
