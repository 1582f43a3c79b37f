"""The models: one file of SQL a table, in DuckDB's dialect, and the order in which they are made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).parent
_COMMENT = re.compile("^--.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Model:
    """A table of ours. ``kept`` ones stay in the file, a ``view`` is asked anew each time, the
    ``working`` ones go. One of several alike has their ``text``, and is made of the one ``before``."""

    name: str
    kind: Literal["kept", "view", "working", "working view", "components"] = "working"
    edges: str = ""
    folder: str = ""
    text: str = ""
    before: str = ""

    @property
    def sql(self) -> str:
        """What fills it: a comment that says what a row is, and a query."""
        return _text(self.folder, self.text or self.name).replace("path_powers_before", self.before)

    def speaks_of(self, name: str) -> bool:
        """Whether its query has a name in it, such as that of a column or of another model."""
        return self.kind != "components" and name in _words(self.folder, self.text or self.name)


@cache
def _text(folder: str, name: str) -> str:
    return (_FOLDER / folder / f"{name}.sql").read_text().strip()


@cache
def _words(folder: str, name: str) -> frozenset[str]:
    """All names and words of a query, without its comment."""
    return frozenset(re.findall(r"\w+", _COMMENT.sub("", _text(folder, name))))


MODELS = (
    Model("rejected", "kept"),
    Model("repeated_ids"),
    Model("repeated_events"),
    Model("duplicates", "kept"),
    Model("event_agents"),
    Model("events", "kept"),
    Model("event_transactions"),
    Model("event_crossings"),
    Model("opened_events", "working view"),
    Model("carried_identifiers", "working view"),
    Model("apart"),
    Model("carried"),
    Model("let_go"),
    Model("event_identifiers", "working view"),
    Model("identifier_sets"),
    Model("page_keys"),
    Model("event_keys"),
    Model("fallen_events"),
    Model("placed_sets"),
    Model("fallen_links"),
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
    Model("node_labels"),
    Model("person_keys"),
    Model("node_persons"),
    Model("user_lookup"),
    Model("session_lookup"),
    Model("device_lookup"),
    Model("network_lookup"),
    Model("transaction_lookup"),
    Model("session_keys"),
    Model("link_persons"),
    Model("views_by_id"),
    Model("pairs_by_id"),
    Model("witnessed_events"),
    Model("owners"),
    Model("owned_events", "working view"),
    Model("event_persons", "kept"),
    Model("person_identifiers", "kept"),
    Model("persons", "kept"),
    Model("renamed_persons", "kept"),
    Model("page_view_events"),
    Model("unpaired_views"),
    Model("clock_offsets"),
    Model("righted_views"),
    Model("island_views"),
    Model("pairs_by_island"),
    Model("pairs_by_nearness"),
    Model("pairs_by_page"),
    Model("paired_views"),
    Model("attention"),
    Model("page_views", "kept"),
    Model("page_view_entities", "view"),
    Model("sessions", "kept"),
    Model("journeys", "view"),
    Model("measured_views", "working view"),
    Model("measured_counts"),
    Model("adblock_left_out", "kept"),
    Model("adblock_gap", "kept"),
)
"""Each needs only those above it."""


_DOUBLINGS = 16
FIRST_POWERS = "path_powers_0"
LAST_POWERS = f"path_powers_{_DOUBLINGS}"
"""The table of chances and visits over more steps than a path has."""


def _answer(name: str, kind: Literal["kept", "working"] = "working") -> Model:
    return Model(name, kind, folder="answers")


ANSWERS = (
    _answer("zone_offsets"),
    _answer("spend", "kept"),
    _answer("event_fields"),
    _answer("article_reads"),
    _answer("article_words"),
    _answer("content", "kept"),
    _answer("content_performance", "kept"),
    _answer("recirculation", "kept"),
    _answer("agent_told"),
    _answer("agent_views"),
    _answer("agents", "kept"),
    _answer("agent_reads", "kept"),
    _answer("touches", "kept"),
    _answer("conversions", "kept"),
    _answer("returns", "kept"),
    _answer("conversion_touches"),
    _answer("path_steps"),
    _answer("path_chances"),
    _answer("path_powers_0"),
    *(
        Model(f"path_powers_{n}", folder="answers", text="path_powers", before=f"path_powers_{n - 1}")
        for n in range(1, _DOUBLINGS + 1)
    ),
    _answer("removal_effects"),
    _answer("touch_shares"),
    _answer("attribution", "kept"),
    _answer("credited"),
    _answer("campaign_margin", "kept"),
)
"""What answers analysts' questions, made of those of ``MODELS`` that stay."""


def needed_for(names: Iterable[str]) -> tuple[Model, ...]:
    """The models of these names and all that they need, in the order in which they are made."""
    wanted = set(names)
    found: list[Model] = []
    for model in reversed(MODELS):
        if model.name in wanted:
            found.append(model)
            wanted |= {other.name for other in MODELS if _needs(model, other)}
    return tuple(reversed(found))


def _needs(model: Model, other: Model) -> bool:
    return model.edges == other.name or (other is not model and model.speaks_of(other.name))


def last_needed(model: Model) -> tuple[str, ...]:
    """The working tables that nothing needs once this one is made."""
    return _last_needed().get(model.name, ())  # an answer is made of tables that stay


@cache
def _last_needed() -> dict[str, tuple[str, ...]]:
    last = {model.name: _last_use(model) for model in MODELS if model.kind in {"working", "components"}}
    return {
        model.name: tuple(name for name, number in last.items() if number == place)
        for place, model in enumerate(MODELS)
    }


def _last_use(model: Model) -> int:
    """The number of the last model that speaks of this one, or of a working view that does."""
    places = [MODELS.index(model)]
    for place, other in enumerate(MODELS):
        if _needs(other, model):
            places.append(_last_use(other) if other.kind == "working view" else place)
    return max(places)
