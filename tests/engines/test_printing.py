"""The models as printed SQL: what is executed here gives the driver's rows, what is not is parsed back."""

import re

import duckdb
import pytest
import sqlglot

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.engines.engine import SourceError
from tracking_middleware.journeys.engines.printing import EXECUTED, printed
from tracking_middleware.journeys.engines.spellings import CONSTRUCTS, SPELLINGS
from tracking_middleware.journeys.engines.staged import staged_query
from tracking_middleware.journeys.engines.texts import own_texts
from tracking_middleware.journeys.engines.warehouses.words import WAREHOUSES
from tracking_middleware.journeys.given import USER_AGENTS, agent_rows
from tracking_middleware.journeys.models import MODELS

from .histories import ALL_TABLES, CONFIGS, histories, on_duckdb, rows_of, typed, write_tsv

_NOT_EXECUTED = ("snowflake", "bigquery", "redshift", "databricks")


def statements(dialect):
    for text in printed(dialect):
        code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        if code.strip():
            yield code


def test_as_printed_duckdb_makes_the_driver_s_rows(tmp_path):
    config = CONFIGS["device"]
    events = histories("printed", 60)
    wanted = on_duckdb(events, config, tmp_path)
    write_tsv(events, tmp_path / "collected.tsv")
    with duckdb.connect(config={"threads": 1}) as connection:
        kinds = typed(connection, tmp_path / "collected.tsv")
        connection.execute(f"CREATE TABLE staged_events AS {staged_query('typed', kinds, 'duckdb')}")
        agents = connection.execute(
            "SELECT DISTINCT useragent FROM typed WHERE useragent IS NOT NULL"
        ).fetchall()
        columns = ", ".join(f"{name} {kind}" for name, kind in USER_AGENTS.items())
        connection.execute(f"CREATE TABLE user_agents ({columns})")
        connection.executemany(
            "INSERT INTO user_agents VALUES (?, ?, ?, ?, ?)", agent_rows(one for (one,) in agents)
        )
        for text in printed("duckdb", config=config):
            connection.execute(text)
        assert {table: rows_of(table, connection.execute) for table in ALL_TABLES} == wanted


def test_where_the_rounds_were_not_enough_the_last_statement_fails():
    settled = [text for text in statements("duckdb") if "is_settled" in text]
    assert len(settled) == sum(model.kind == "components" for model in MODELS)
    with duckdb.connect(config={"threads": 1}) as connection:
        table = re.search(r"FROM (\w+)", settled[0])[1]
        connection.execute(f"CREATE TABLE {table} (high BIGINT, low BIGINT)")
        connection.execute(settled[0])
        connection.execute(f"INSERT INTO {table} VALUES (2, 1)")
        with pytest.raises(duckdb.Error, match="not settled"):
            connection.execute(settled[0])


@pytest.mark.parametrize("dialect", _NOT_EXECUTED)
def test_what_is_not_executed_here_is_parsed_back_and_says_so(dialect, capsys):
    for code in statements(dialect):
        sqlglot.parse_one(code, read=dialect)
    assert main(["journeys", "sql", "--dialect", dialect]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"-- {dialect}: rendered, not executed here.")
    assert not re.search(
        r"LIST_FILTER|TO_MILLISECONDS|TIME_TO_UNIX|BYTEWISE|IGNORE NULLS", said, re.IGNORECASE
    )


@pytest.mark.parametrize("dialect", EXECUTED)
def test_what_is_executed_says_so(dialect):
    assert next(iter(printed(dialect))).startswith(f"-- {dialect}: executed in our tests.")


def test_the_constructs_that_are_ours_are_these_and_two_models_have_texts_of_their_own():
    assert own_texts() == {
        *(
            (model, dialect)
            for model in ("event_fields", "event_transactions")
            for dialect in ("postgres", "clickhouse", "spark", "snowflake", "bigquery", "redshift")
        ),
    }
    said = {name for words in (*SPELLINGS.values(), *WAREHOUSES.values()) for name in words}
    assert said == set(CONSTRUCTS)


@pytest.mark.parametrize("name", ["contexts", "unstruct_event"])
def test_entities_in_columns_of_their_own_are_not_passed_over(name):
    needed = {"event_id": "text", "collector_tstamp": "timestamp"}
    apart = f"{name}_com_acme_product_1"
    assert staged_query("collected", {**needed, name: "text", apart: "text"}, "postgres")
    with pytest.raises(SourceError, match=f"the table collected has {apart} and no {name}"):
        staged_query("collected", {**needed, apart: "text"}, "postgres")
