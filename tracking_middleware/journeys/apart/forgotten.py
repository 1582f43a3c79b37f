"""Identifiers of persons who were forgotten, as keyed hashes: what sources still have of them stays out.

The key stands in the same file, which is its owner's alone: without it nobody can try whether somebody was
forgotten. What the collector had after that moment is new, and stays.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES = ("forgotten_key", "forgotten_identifiers", "no_older")
COLUMNS = {
    "user_id": "user_id",
    "domain_userid": "domain_userid",
    "session": "domain_sessionid",
    "network_userid": "network_userid",
    "event": "event_id",
}
"""By kind the column of an event that has such an identifier."""
NAMING = (
    *("user_id", "user_ipaddress", "user_fingerprint", "domain_userid", "domain_sessionid"),
    *("domain_sessionidx", "network_userid", "refr_domain_userid", "refr_dvce_tstamp", "geo_zipcode"),
    *("geo_city", "geo_latitude", "geo_longitude", "ip_isp", "ip_organization", "ip_domain", "mkt_clickid"),
    *("contexts", "derived_contexts"),
)
"""Columns that name somebody or lead to where they are; of entities those with nothing but identifiers."""
_ENTITIES = ("contexts", "derived_contexts")
_URLS = (
    "page_url",
    "page_referrer",
    "page_urlquery",
    "page_urlfragment",
    "refr_urlquery",
    "refr_urlfragment",
)
_STAGED = {*NAMING, *_URLS}
_ONLY_IDENTIFIERS = (
    "regexp_matches(coalesce({name}, ''), '/(cross_navigation|client_session|mobile_context)/')"
)
_NO_OLDER = "CREATE TABLE IF NOT EXISTS {database}.no_older (what VARCHAR, before TIMESTAMP)"
_OLDEST = "SELECT what, max(before) FROM main.no_older GROUP BY what ORDER BY what"
_MAKE = (
    "CREATE TABLE IF NOT EXISTS {database}.forgotten_key (inner_key VARCHAR, outer_key VARCHAR)",
    """CREATE TABLE IF NOT EXISTS {database}.forgotten_identifiers (
        kind VARCHAR, hash VARCHAR, until TIMESTAMP
    )""",
)
_KEEP = "INSERT INTO {database}.forgotten_identifiers SELECT unnest($kinds), unnest($hashes), $until"
_THERE = """
SELECT count(*) FROM duckdb_tables()
WHERE database_name = current_database() AND table_name = $table
"""
_KNOWN = "\nUNION ALL\n".join(
    f"SELECT DISTINCT '{kind}' AS kind, {column} AS value FROM staged_events WHERE {column} IS NOT NULL"  # noqa: S608
    for kind, column in COLUMNS.items()
)
_VALUES = f"""
CREATE OR REPLACE TEMP TABLE forgotten_values AS
SELECT k.kind, k.value, max(f.until) AS until
FROM (
    SELECT v.kind, v.value, sha256(s.outer_key || sha256(s.inner_key || v.kind || '=' || v.value)) AS hash
    FROM ({_KNOWN}) AS v CROSS JOIN main.forgotten_key AS s
) AS k
JOIN main.forgotten_identifiers AS f ON f.kind = k.kind AND f.hash = k.hash
GROUP BY k.kind, k.value
"""  # noqa: S608
_HAS = """EXISTS (
    SELECT 1 FROM {values} AS f WHERE f.kind = '{kind}' AND f.value = s.{column}{more}
)"""
_LEFT_OUT = """
CREATE OR REPLACE TEMP VIEW staged_events AS
SELECT * FROM staged_with_forgotten AS s WHERE NOT ({theirs})
"""


def is_theirs(values: str, *, more: str = "") -> str:
    """Whether an event ``s`` is somebody's whose identifiers a table ``values`` has, by kind; as SQL.

    ``more`` is asked of a row ``f`` of that table too.
    """
    has = {
        kind: _HAS.format(values=values, kind=kind, column=column, more=more)
        for kind, column in COLUMNS.items()
    }
    return f"""{has["event"]} OR CASE
        WHEN coalesce(s.user_id, '') <> '' THEN {has["user_id"]}
        ELSE {has["session"]} OR {has["domain_userid"]}
            OR (s.domain_userid IS NULL AND s.domain_sessionid IS NULL AND {has["network_userid"]})
    END"""


def keep_forgotten(
    connection: DuckDBPyConnection,
    identifiers: Iterable[tuple[str, str]],
    *,
    database: str,
    until: datetime,
) -> None:
    """Keep hashes of identifiers, each with its kind, one of ``COLUMNS``; ``until`` is in UTC."""
    for statement in _MAKE:
        connection.execute(statement.format(database=database))
    question = f"SELECT inner_key, outer_key FROM {database}.forgotten_key"  # noqa: S608
    if not (found := connection.execute(question).fetchall()):
        found = [(secrets.token_hex(32), secrets.token_hex(32))]
        connection.execute(f"INSERT INTO {database}.forgotten_key VALUES (?, ?)", found[0])  # noqa: S608
    ((inner, outer),) = found
    rows = [(kind, _hash(f"{inner}{kind}={value}", outer)) for kind, value in identifiers]
    if rows:
        given = {"kinds": [kind for kind, _ in rows], "hashes": [text for _, text in rows], "until": until}
        connection.execute(_KEEP.format(database=database), given)


def keep_no_older(
    connection: DuckDBPyConnection, *, what: Literal["forget", "anonymize"], before: datetime, database: str
) -> None:
    """Keep that events before a moment (in UTC) are to be left out of what is read, or their identifiers."""
    connection.execute(_NO_OLDER.format(database=database))
    connection.execute(f"INSERT INTO {database}.no_older VALUES (?, ?)", [what, before])  # noqa: S608


def named_before(moment: str) -> str:
    """Whether an event ``s`` came before a moment, an expression of SQL, and has anything in ``NAMING``."""
    has = " OR ".join(f"s.{name} IS NOT NULL" for name in NAMING if name not in _ENTITIES)
    entities = " OR ".join(_ONLY_IDENTIFIERS.format(name=f"s.{name}") for name in _ENTITIES)
    return f"s.collector_tstamp < {moment} AND ({has} OR {entities})"


def nameless(columns: Collection[str], moment: str) -> str:
    """What takes the place of columns in events before a moment, for ``SELECT * REPLACE (…)``."""
    found = []
    for name in (*NAMING, *_URLS):
        if name in columns:
            more = f" AND {_ONLY_IDENTIFIERS.format(name=name)}" if name in _ENTITIES else ""
            value = "NULL" if name in NAMING else f"regexp_replace({name}, '[?#].*', '')"
            found.append(
                f"CASE WHEN collector_tstamp < {moment}{more} THEN {value} ELSE {name} END AS {name}"
            )
    return ", ".join(found)


def _leave_out_older(connection: DuckDBPyConnection) -> None:
    if not connection.execute(_THERE, {"table": "no_older"}).fetchall()[0][0]:
        return
    for what, before in connection.execute(_OLDEST).fetchall():
        moment = f"TIMESTAMP '{before.isoformat(sep=' ')}'"
        connection.execute(f"ALTER VIEW staged_events RENAME TO staged_to_{what}")
        if what == "forget":
            select = f"* FROM staged_to_{what} WHERE problem IS NOT NULL OR collector_tstamp >= {moment}"
        else:
            select = f"* REPLACE ({nameless(_STAGED, moment)}) FROM staged_to_{what}"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_events AS SELECT {select}")


def leave_out_forgotten(connection: DuckDBPyConnection) -> None:
    """Leave out of ``staged_events`` what was forgotten and comes again from its sources."""
    _leave_out_older(connection)
    if not connection.execute(_THERE, {"table": "forgotten_identifiers"}).fetchall()[0][0]:
        return
    connection.execute(_VALUES)
    if connection.execute("SELECT 1 FROM forgotten_values LIMIT 1").fetchall():
        theirs = is_theirs("forgotten_values", more=" AND s.collector_tstamp <= f.until")
        connection.execute("ALTER VIEW staged_events RENAME TO staged_with_forgotten")
        connection.execute(_LEFT_OUT.format(theirs=theirs))


def _hash(text: str, outer: str) -> str:
    inner = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return hashlib.sha256(f"{outer}{inner}".encode()).hexdigest()
