"""The models: one file of SQL a table, in DuckDB's dialect, and the order in which they are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Model:
    """A table of ours. ``kept`` ones stay in the file, a ``view`` is asked anew each time, the
    ``working`` ones go."""

    name: str
    kind: Literal["kept", "view", "working", "working view", "components"] = "working"
    edges: str = ""

    @property
    def sql(self) -> str:
        """What fills it: a comment that says what a row is, and a query."""
        return _text(self.name)


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text().strip()


MODELS = (
    Model("rejected", "kept"),
    Model("repeated_ids"),
    Model("repeated_events"),
    Model("duplicates", "kept"),
    Model("events", "kept"),
    Model("event_transactions"),
    Model("page_keys"),
    Model("event_keys"),
    Model("fallen_events"),
    Model("placed_events", "working view"),
    Model("links"),
    Model("identifiers", "kept"),
    Model("shared_identifiers", "kept"),
    Model("sound_links"),
    Model("session_users"),
    Model("device_edges"),
    Model("device_components", "components", edges="device_edges"),
    Model("device_groups"),
    Model("group_users"),
    Model("owned_links"),
    Model("person_edges"),
    Model("person_components", "components", edges="person_edges"),
    Model("node_identifiers"),
    Model("node_persons"),
    Model("user_lookup"),
    Model("session_lookup"),
    Model("device_lookup"),
    Model("network_lookup"),
    Model("transaction_lookup"),
    Model("owned_events"),
    Model("event_persons", "kept"),
    Model("person_identifiers", "kept"),
    Model("persons", "kept"),
    Model("renamed_persons", "kept"),
    Model("page_view_events"),
    Model("pairs_by_id"),
    Model("unpaired_views"),
    Model("clock_offsets"),
    Model("righted_views"),
    Model("pairs_by_island"),
    Model("pairs_by_nearness"),
    Model("pairs_by_page"),
    Model("paired_views"),
    Model("attention"),
    Model("page_views", "kept"),
    Model("page_view_entities", "view"),
    Model("sessions", "kept"),
    Model("journeys", "view"),
    Model("measured_views"),
    Model("adblock_left_out", "kept"),
    Model("adblock_gap", "kept"),
)
"""Each needs only those above it."""
