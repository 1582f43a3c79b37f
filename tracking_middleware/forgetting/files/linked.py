"""Whom the journeys' tables take for one person, beyond what events say by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..persons import Given, Person
from ..tokens import token_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_THERE = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept'"
_TOKENS = "SELECT DISTINCT value FROM kept.person_identifiers WHERE kind = 'token'"
_OF_ONE = """
SELECT kind, value, min(person_id) AS person_id
FROM kept.person_identifiers
GROUP BY kind, value HAVING count(DISTINCT person_id) = 1
"""
"""Of an identifier of several, a shared browser's, nobody can be told by it."""
_PERSONS = f"""
SELECT DISTINCT o.person_id FROM ({_OF_ONE}) AS o
JOIN (SELECT unnest($kinds) AS kind, unnest($values) AS value) AS g ON g.kind = o.kind AND g.value = o.value
"""  # noqa: S608
_THEIRS = f"""
SELECT o.kind, o.value FROM ({_OF_ONE}) AS o WHERE o.person_id IN (SELECT unnest($persons))
"""  # noqa: S608
_EVENTS = "SELECT event_id FROM kept.event_persons WHERE person_id IN (SELECT unnest($persons))"


def linked(connection: DuckDBPyConnection, given: Given) -> Person:
    """The identifiers and events of whoever has one of these; nobody where the tables do not say."""
    there = {name for (name,) in connection.execute(_THERE).fetchall()}
    if not {"person_identifiers", "event_persons"} <= there:
        return Person()
    tokens = [text for (text,) in connection.execute(_TOKENS).fetchall() if _normal(text) in given.tokens]
    pairs = [("user_id", value) for value in given.user_ids]
    pairs += [("domain_userid", value) for value in given.devices] + [("token", value) for value in tokens]
    asked = {"kinds": [kind for kind, _ in pairs], "values": [value for _, value in pairs]}
    persons = {"persons": [row[0] for row in connection.execute(_PERSONS, asked).fetchall()]}
    if not persons["persons"]:
        return Person()
    values: dict[str, set[str]] = {}
    for kind, value in connection.execute(_THEIRS, persons).fetchall():
        values.setdefault(kind, set()).add(value)
    return Person(
        user_ids=frozenset(values.get("user_id", ())),
        devices=frozenset(values.get("domain_userid", ())),
        network_userids=frozenset(values.get("network_userid", ())),
        tokens=frozenset(token for text in values.get("token", ()) if (token := _normal(text))),
        event_ids=frozenset(text for (text,) in connection.execute(_EVENTS, persons).fetchall()),
    )


def _normal(text: str) -> str | None:
    device, _, moment = text.partition(".")
    return token_of(device, moment)
