"""What a run made, in figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_COUNTS = {
    "events": "SELECT count(*) FROM events",
    "persons": "SELECT count(*) FROM persons",
    "merges": """
        SELECT count(*)
        FROM (SELECT 1 AS one FROM person_identifiers GROUP BY person_id HAVING count(*) > 1) AS merged
    """,
    "rejected": "SELECT count(*) FROM rejected",
    "duplicates": "SELECT count(*) FROM duplicates",
    "shared": "SELECT count(*) FROM shared_identifiers",
    "renamed": "SELECT count(*) FROM renamed_persons",
    "conversions": "SELECT count(*) FROM conversions",
    "unknown_values": "SELECT count(*) - count(value) FROM conversions",
    "unknown_margins": "SELECT count(*) - count(margin) FROM conversions",
    "returns": "SELECT count(*) FROM returns",
    "waiting": "SELECT count(*) - count(conversion_at) FROM returns",
}
_SEEN_BY = "SELECT seen_by, count(*) FROM page_views GROUP BY seen_by ORDER BY seen_by"
_LEFT_OUT = "SELECT reason, server_page_views FROM adblock_left_out ORDER BY reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run made. ``peak_memory`` is the process's, in bytes; ``steps`` the seconds by table.

    There is no peak where another process did the work, or the system does not say.

    ``merges`` counts the persons of whom more than one identifier is known, ``seen_by`` page views,
    ``waiting`` the returns whose conversion there is no event of.
    """

    events: int
    persons: int
    merges: int
    rejected: int
    duplicates: int
    shared: int
    renamed: int
    conversions: int
    unknown_values: int
    unknown_margins: int
    returns: int
    waiting: int
    seen_by: Mapping[str, int]
    left_out: Mapping[str, int]
    seconds: float
    peak_memory: int | None
    steps: Mapping[str, float] = field(default_factory=dict)


def summary_of(
    rows: Callable[[str], list[tuple[Any, ...]]],
    *,
    steps: Mapping[str, float],
    seconds: float,
    peak_memory: int | None,
) -> Summary:
    """The figures of the tables that there are now; ``rows`` answers a question in every engine's SQL."""
    return Summary(
        **{name: int(rows(question)[0][0]) for name, question in _COUNTS.items()},
        seen_by=dict(rows(_SEEN_BY)),
        left_out=dict(rows(_LEFT_OUT)),
        seconds=seconds,
        peak_memory=peak_memory,
        steps=steps,
    )


def own_peak_memory() -> int | None:
    """This process's, in bytes; None where the system does not say, as on Windows."""
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
