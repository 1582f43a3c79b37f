"""What the dbt package asks of a user agent."""

from __future__ import annotations

import pytest

from tracking_middleware.journeys.dbt.user_agents import user_agents_query


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_no_expression_looks_before_or_after_what_it_finds_since_not_every_engine_can(dialect):
    query = user_agents_query(dialect)
    assert [looking for looking in ("(?!", "(?=", "(?<") if looking in query] == []
