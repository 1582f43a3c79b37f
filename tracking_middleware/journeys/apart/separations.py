"""Identifiers that are to be kept apart: a wrong merge is taken back by a row in ``separations``."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...errors import TrackingError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS = ("user_id", "domain_userid", "network_userid", "token", "transaction")
TABLE = """
CREATE TABLE IF NOT EXISTS separations (
    kind_a VARCHAR, value_a VARCHAR, kind_b VARCHAR, value_b VARCHAR, from_at TIMESTAMP
)
"""
_ADD = """
INSERT INTO separations VALUES ($kind_a, $value_a, $kind_b, $value_b, $from_at)
"""
_ALL = """
SELECT
    s.kind_a, s.value_a, s.kind_b, s.value_b, s.from_at,
    EXISTS (
        SELECT 1 FROM person_identifiers AS a
        JOIN person_identifiers AS b ON b.person_id = a.person_id
        WHERE a.kind = s.kind_a AND a.value = s.value_a AND b.kind = s.kind_b AND b.value = s.value_b
    )
FROM separations AS s
ORDER BY s.from_at NULLS FIRST, s.kind_a, s.value_a, s.kind_b, s.value_b
"""
_THERE = "SELECT count(*) FROM duckdb_tables() WHERE table_name = $name AND NOT temporary"
_KNOWN = "SELECT 1 FROM identifiers WHERE kind = $kind AND value = $value LIMIT 1"


class SeparationError(TrackingError):
    """Two identifiers cannot be kept apart; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """Something that a person is known by; ``kind`` is one of ``KINDS``."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"


@dataclass(frozen=True, slots=True)
class Separation:
    """Two identifiers that are taken never to have met, as far as is known from ``from_at`` on, or ever.

    ``is_joined``: in the tables as they are, both are one person's.
    """

    one: Identifier
    other: Identifier
    from_at: datetime | None
    is_joined: bool = False

    @property
    def since(self) -> str:
        """From when on, in words."""
        return "always" if self.from_at is None else f"from {self.from_at:%Y-%m-%d %H:%M:%S} UTC"


def identifier_of(text: str) -> Identifier:
    """An identifier as it is written, such as ``user_id=123``; raises SeparationError."""
    kind, equals, value = text.partition("=")
    if not equals or not value:
        raise SeparationError(f"{text!r} is no identifier: write KIND=VALUE, such as user_id=123")
    if kind not in KINDS:
        closest = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.5)
        hint = f"did you mean {closest[0]}?" if closest else f"there are {', '.join(KINDS)}"
        raise SeparationError(f"{kind!r} is no kind of identifier: {hint}")
    return Identifier(kind, value)


def separate(connection: DuckDBPyConnection, one: Identifier, other: Identifier, *, since: datetime) -> None:
    """Write that two are to be kept apart, from when on that is known; raises SeparationError."""
    if one == other:
        raise SeparationError(f"{one} cannot be kept apart from itself")
    one, other = sorted((one, other))
    before = {(each.one, each.other): each for each in separations(connection)}
    found = before.get((one, other))
    if found is not None and (found.from_at is None or found.from_at <= since):
        raise SeparationError(f"{one} and {other} are kept apart already, {found.since}")
    for each in (one, other):
        if not connection.execute(_KNOWN, {"kind": each.kind, "value": each.value}).fetchall():
            raise SeparationError(f"{each} was never seen: the table identifiers has all that were")
    connection.execute(TABLE)
    given = {"kind_a": one.kind, "value_a": one.value, "kind_b": other.kind, "value_b": other.value}
    connection.execute(_ADD, {**given, "from_at": since})


def separations(connection: DuckDBPyConnection) -> list[Separation]:
    """All that there are, the oldest first; both orders of two identifiers are one separation."""
    if not connection.execute(_THERE, {"name": "separations"}).fetchall()[0][0]:
        return []
    found = []
    for *ids, from_at, is_joined in connection.execute(_ALL).fetchall():
        one, other = sorted((Identifier(*ids[:2]), Identifier(*ids[2:])))
        found.append(Separation(one, other, from_at, is_joined))
    return found
