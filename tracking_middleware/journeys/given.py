"""What the models ask for beside the events, as rows: the configuration, and the tables of the run before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..agents import classify
from .config import Config

RULES = {"place": "BIGINT", "carrier": "VARCHAR", "prefix": "VARCHAR", "name": "VARCHAR", "field": "VARCHAR"}
"""The columns of ``transaction_rules``, and their types in DuckDB."""
USER_AGENTS = dict.fromkeys(("useragent", "agent_class", "operator", "product", "proof"), "VARCHAR")
REJECTED_LINES = {"source": "VARCHAR", "line": "BIGINT", "problem": "VARCHAR"}
BEFORE = {
    "persons_before": ("persons", {"person_id": "VARCHAR", "key_kind": "VARCHAR", "key_value": "VARCHAR"}),
    "renamed_before": ("renamed_persons", {"old": "VARCHAR", "new": "VARCHAR"}),
    "kept_apart": (
        "separations",
        dict.fromkeys(("kind_a", "value_a", "kind_b", "value_b"), "VARCHAR") | {"from_at": "TIMESTAMP"},
    ),
}
"""What a run said before, or somebody who keeps identifiers apart: by the name under which the models know
it, its table and its columns."""


def settings_row(config: Config, *, known_at: datetime) -> Mapping[str, str | int]:
    """The one row of ``journey_settings``: a text, and whole numbers."""
    return {
        "anonymous": config.anonymous,
        "max_persons_per_identifier": config.max_persons_per_identifier,
        "session_seconds": config.session_timeout,
        "page_view_milliseconds": config.page_view_window * 1000,
        "clock_milliseconds": config.clock * 1000,
        "load_milliseconds": 1000,
        "near_milliseconds": config.near * 1000,
        "heartbeat_seconds": config.heartbeat,
        "wait_seconds": config.wait,
        "known_at": known_at.isoformat(sep=" "),
    }


def agent_rows(useragents: Iterable[str]) -> list[tuple[str, str, str, str, str]]:
    """The rows of ``user_agents``: each with who it says it is; what is not known is ``""``."""
    found = ((useragent, classify(useragent)) for useragent in useragents)
    return [(name, agent.agent_class, agent.operator, agent.product, agent.proof) for name, agent in found]


def rule_rows(config: Config) -> list[tuple[int, str, str, str, str]]:
    """The rows of ``transaction_rules``, in the order of the configuration."""
    return [
        (place, rule.kind, rule.prefix, rule.name, rule.field)
        for place, rule in enumerate(config.transaction)
    ]
