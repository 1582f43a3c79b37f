"""Which rows a filter passes, in SQL with named parameters."""

from __future__ import annotations

from collections.abc import Sequence

from .asked import Filter

_CONDITIONS = {
    "app": "r.app_id = $app",
    "since": "r.day >= CAST($since AS DATE)",
    "until": "r.day <= CAST($until AS DATE)",
}
_SAID = """{event} IN (
    SELECT f.event_id FROM memory.main.read_fields AS f WHERE f.kind = '{kind}' AND f.value = ${kind}{same}
)"""


def conditions_of(asked: Filter, *, events: Sequence[str], same: str = "") -> tuple[str, dict[str, str]]:
    """Which rows pass; ``events`` are the columns in which the event is that says author or subject."""
    names = (*_CONDITIONS, "author", "subject")
    given = {name: str(value) for name in names if (value := getattr(asked, name))}
    passing = [_CONDITIONS[name] for name in given if name in _CONDITIONS]
    for kind in ("author", "subject"):
        if kind in given:
            said = (_SAID.format(event=event, kind=kind, same=same) for event in events)
            passing.append(f"({' OR '.join(said)})")
    return " AND ".join(passing) or "true", given
