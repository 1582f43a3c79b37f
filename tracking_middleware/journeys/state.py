"""What a run was told, kept beside the tables that it made: whoever asks later asks by the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from .answers.spend import Spend
from .config import Config

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WRITE = """
CREATE OR REPLACE TABLE last_run AS
SELECT CAST($config AS VARCHAR) AS config, CAST($as_of AS TIMESTAMP) AS as_of
"""
_THERE = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'last_run' AND NOT temporary"
_READ = "SELECT config, as_of FROM last_run"


@dataclass(frozen=True, slots=True)
class State:
    """The configuration of a run, the moment of which it was to know no more, if any, and what campaigns
    cost, which stands in a table of its own; None where what is there stays."""

    config: Config
    as_of: datetime | None = None
    spend: Sequence[Spend] | None = None


def write_state(connection: DuckDBPyConnection, state: State) -> None:
    """Say how the tables were made; goes with the transaction that makes them."""
    given = {"config": msgspec.json.encode(state.config).decode(), "as_of": state.as_of}
    connection.execute(_WRITE, given)


def read_state(connection: DuckDBPyConnection) -> State | None:
    """How the tables were made; None where there are none, or a version before this one made them."""
    if not connection.execute(_THERE).fetchall()[0][0]:
        return None
    ((config, as_of),) = connection.execute(_READ).fetchall()
    return State(msgspec.json.decode(config, type=Config), as_of)
