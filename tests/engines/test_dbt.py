"""``dbt build`` on the package that is written makes the tables that the driver makes."""

import csv
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import psycopg
import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from tracking_middleware.agents import classify
from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.answers.spend import Spend
from tracking_middleware.journeys.dbt.described import DESCRIBED
from tracking_middleware.journeys.dbt.models import NAMES
from tracking_middleware.journeys.dbt.package import DIALECTS, package_files
from tracking_middleware.journeys.given import agent_rows
from tracking_middleware.journeys.sources.columns import COLUMNS

from ..agents.truth import known
from ..databases import postgres
from . import test_postgres as in_postgres
from .histories import (
    ALL_TABLES,
    ANSWER_TABLES,
    ANSWERS,
    CONFIGS,
    PLACE,
    histories,
    on_duckdb,
    rows_of,
    typed,
    write_tsv,
)

server, address = in_postgres.server, in_postgres.address
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of dbt's own dependencies
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def dbt(folder, *words):
    """Run dbt in this process; what it made of each node."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    places = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--log-path", str(folder / "logs")]
    quiet = ["--no-send-anonymous-usage-stats", "--no-version-check", "--quiet", "--no-partial-parse"]
    try:
        return dbtRunner().invoke([*quiet, *words, *places, "--target-path", str(folder / "target")])
    finally:
        DuckDBConnectionManager.close_all_connections()  # it keeps the file open for the process's life


def built(folder, *words):
    """The names of what was made, all of it without a failure."""
    answer = dbt(folder, "build", *words)
    assert answer.exception is None, answer.exception
    wrong = [(one.node.name, one.message) for one in answer.result if one.status not in {"success", "pass"}]
    assert answer.success, wrong
    assert not wrong
    return {one.node.name for one in answer.result}


def profile(folder, **output):
    outputs = {"outputs": {"tests": {"threads": 2, **output}}, "target": "tests"}
    (folder / "profiles.yml").write_text(json.dumps({"tracking_journeys": outputs}))


def collect(path, events, folder):
    write_tsv(events, folder / "collected.tsv")
    with duckdb.connect(str(path), config={"threads": 1}) as connection:
        connection.execute("DROP TABLE IF EXISTS typed_whole; DROP TABLE IF EXISTS typed")
        typed(connection, folder / "collected.tsv")


@pytest.fixture
def package(tmp_path):
    def write(name, *, dialect="duckdb", table="main.typed"):
        folder = tmp_path / "package"
        rules = tmp_path / "journeys.toml"
        rules.write_text(_TOML[name])
        given = ["--to", str(folder), "--dialect", dialect, "--table", table, "--config", str(rules)]
        assert main(["journeys", "dbt", *given]) == 0
        return folder

    return write


SPENT = [Spend("spring", date(2026, 3, 20), Decimal("12.5"), "EUR")]
_ANSWERS = """
[conversion]
event = "iglu:com.example.shop/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "currency"
[return]
entity = "iglu:com.example.shop/basket/jsonschema/1-0-*"
conversion_id = "returned"
value = "total"
margin = "margin"
[content]
timezone = "Europe/Berlin"
[attribution]
lookback_days = 3
"""
_TOML = {
    "device": """
[identity]
max_persons_per_identifier = 3
transaction = [
  { event = "iglu:com.example.shop/order_placed/jsonschema/1-*-*", field = "order" },
  { entity = "iglu:com.example.shop/basket/jsonschema/1-*-*", field = "order" },
]
"""
    + _ANSWERS,
    "session": """
[identity]
anonymous = "session"
[session]
timeout_seconds = 600
[page_view]
clock_seconds = 5
heartbeat_seconds = 7
"""
    + _ANSWERS,
}


def test_a_hundred_histories_give_the_driver_s_rows_on_duckdb_also_those_that_came_late(package, tmp_path):
    events = histories("device", 100)
    early = events[len(events) // 4 :]
    folder = package("device")
    warehouse = tmp_path / "warehouse.duckdb"
    profile(folder, type="duckdb", path=str(warehouse), schema="made")
    on_duckdb(early, CONFIGS["device"], tmp_path)
    collect(warehouse, early, tmp_path)
    built(folder, "--exclude-resource-type", "test", "--select", "+renamed_persons")
    kept_apart(folder, tmp_path / "journeys.duckdb", events)
    wanted = on_duckdb(events, CONFIGS["device"], tmp_path, spend=SPENT)
    with (folder / "seeds" / "campaign_costs.csv").open("a") as file:
        csv.writer(file, lineterminator="\n").writerow(SPENT[0].texts)
    assert wanted["renamed_persons"][1]
    collect(warehouse, events, tmp_path)
    assert set(ALL_TABLES) < built(folder)
    with duckdb.connect(str(warehouse), config={"threads": 1}) as connection:
        for table in ALL_TABLES:
            assert rows_of(table, connection.execute, schema="made.") == wanted[table], table
        assert left_over(connection) == []
        assert connection.execute("SELECT count(*) FROM made.let_go").fetchall() != [(0,)]


def left_over(connection):
    """Tables in our schema that are of no model."""
    named = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'made'").fetchall()
    return sorted({name for (name,) in named} - NAMES - {"separations", "campaign_costs"})


def kept_apart(folder, journeys, events):
    """Two that met are to be kept apart, as the seed says and as the driver says; two others always."""
    both = {event["user_id"]: event["domain_userid"] for event in events if event["domain_userid"]}
    both.pop(None, None)
    moments = ("2026-01-01 00:00:00", None)
    pairs = zip(both.items(), moments, strict=False)
    rows = [("user_id", user, "domain_userid", device, moment) for (user, device), moment in pairs]
    with (folder / "seeds" / "separations.csv").open("a") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with duckdb.connect(str(journeys)) as connection:
        connection.executemany("INSERT INTO separations VALUES (?, ?, ?, ?, ?)", rows)


def in_database(folder, server, address):
    place = {"host": str(server), "port": 5432, "user": postgres.USER, "password": "none"}
    profile(folder, type="postgres", schema="journeys", dbname=database_of(address), **place)


def database_of(address):
    return address.rpartition("=")[2]


def test_a_hundred_histories_give_the_driver_s_rows_on_postgres(package, request, tmp_path):
    server, address = request.getfixturevalue("server"), request.getfixturevalue("address")
    events = histories("session", 100)
    wanted = on_duckdb(events, replace(CONFIGS["session"], answers=ANSWERS), tmp_path)
    assert all(wanted[table][1] for table in ANSWER_TABLES if table != "spend")
    in_postgres.collect(address, events, tmp_path)
    folder = package("session", dialect="postgres", table="public.collected")
    in_database(folder, server, address)
    assert set(ALL_TABLES) < built(folder)
    with psycopg.connect(address) as connection:
        for table in ALL_TABLES:
            assert rows_of(table, connection.execute, schema="journeys.") == wanted[table], table


@pytest.fixture(scope="module")
def useragents():
    listed = {one for entry in CRAWLER_USER_AGENTS_DATA for one in entry["instances"]}
    return sorted({*listed, *(one.user_agent for one in known()), " ", "O'Brien \\ {{ 1 }} ünï"})


def test_agents_are_those_of_the_classifier_by_names_and_expressions_in_sql(useragents):
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE asked AS SELECT unnest($given) AS useragent", {"given": useragents})
        connection.execute(f"CREATE TABLE names AS {given_query('agent_names', 'duckdb')}")
        hold_to_the_classifier(
            connection.execute(given_query("user_agents", "duckdb")).fetchall(), useragents
        )


def test_agents_are_those_of_the_classifier_on_postgres(useragents, request):
    with psycopg.connect(request.getfixturevalue("address")) as connection:
        connection.execute("CREATE TABLE asked (useragent text)")
        connection.cursor().executemany("INSERT INTO asked VALUES (%s)", [(one,) for one in useragents])
        connection.execute(f"CREATE TABLE names AS {given_query('agent_names', 'postgres')}".encode())
        found = connection.execute(given_query("user_agents", "postgres").encode()).fetchall()
        hold_to_the_classifier(found, useragents)


def hold_to_the_classifier(rows, useragents):
    """Whose operator is known is the same in all; of the others a few may be judged differently."""
    found = {useragent: said for useragent, *said in rows}
    assert set(found) == set(useragents)
    others = 0
    for useragent in useragents:
        agent = classify(useragent)
        if agent.operator:
            assert found[useragent] == list(agent_rows([useragent])[0][1:]), useragent
        others += found[useragent][0] != agent.agent_class
    assert others < len(useragents) / 100


def given_query(model, dialect):
    """The query of a model, out of tables ``asked`` and ``names``."""
    text = package_files(dialect, table="a.b", config=CONFIGS["device"])[f"models/given/{model}.sql"]
    query = text.partition("}}\n")[2].replace("{{ '{{' }}", "{{")
    return query.replace("{{ ref('staged_events') }}", "asked").replace("{{ ref('agent_names') }}", "names")


def test_a_table_that_is_none_of_events_is_told_of(package, tmp_path):
    folder = package("device", table="main.wrong")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE wrong (event_id VARCHAR, br_viewwidth VARCHAR)")
    profile(folder, type="duckdb", path=str(tmp_path / "warehouse.duckdb"), schema="made")
    answer = dbt(folder, "build", "--select", "staged_events")
    told = answer.result.results[0].message
    assert "collector_tstamp is missing; br_viewwidth is varchar and must be a whole number" in told


def test_columns_of_other_types_are_read_on_postgres_as_the_canonical_ones(package, request):
    server, address = request.getfixturevalue("server"), request.getfixturevalue("address")
    with psycopg.connect(address) as connection:
        connection.execute(
            """CREATE TABLE given AS SELECT CAST('0fe32fa0-bb3f-51a6-affe-7f7ffb6ed55c' AS uuid) AS event_id,
            CAST('2026-03-14 10:00:00.12+01' AS timestamptz) AS collector_tstamp,
            CAST('{"data":[]}' AS jsonb) AS contexts, CAST(7 AS numeric) AS se_value, '' AS user_id,
            '{no JSON' AS unstruct_event, 1 AS unknown"""
        )
    folder = package("device", dialect="postgres", table="public.given")
    in_database(folder, server, address)
    built(folder, "--select", "staged_events")
    columns = "event_id, CAST(collector_tstamp AS text), contexts, se_value, user_id, app_id, source, problem"
    with psycopg.connect(address) as connection:
        (row,) = connection.execute(f"SELECT {columns} FROM journeys.staged_events").fetchall()
    assert row == (
        *("0fe32fa0-bb3f-51a6-affe-7f7ffb6ed55c", "2026-03-14 09:00:00.12", '{"data": []}', 7.0, None, None),
        *(f'"{database_of(address)}"."public"."given"', "unstruct_event is no JSON"),
    )


def test_every_column_of_every_table_that_stays_is_described(tmp_path):
    on_duckdb(histories("device", 1), CONFIGS["device"], tmp_path)
    with duckdb.connect(str(tmp_path / "journeys.duckdb"), config={"threads": 1}) as connection:
        for table in ALL_TABLES:
            described = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
            names = {name for name, *_ in described}
            if table == "events":
                names -= set(COLUMNS) - set(DESCRIBED["events"])
                names |= PLACE  # which DuckDB's view leaves out
            assert set(DESCRIBED[table]) == names, table


def test_what_is_written_again_keeps_what_is_yours(package):
    folder = package("device")
    old = folder / "models" / "working" / "old.sql"
    old.write_text((folder / "models" / "working" / "links.sql").read_text())
    mine = folder / "models" / "mine.sql"
    mine.write_text("SELECT 1 AS one")
    seed = folder / "seeds" / "separations.csv"
    costs = folder / "seeds" / "campaign_costs.csv"
    costs.write_text(costs.read_text() + "spring,2026-03-20,12.5,EUR\n")
    seed.write_text(seed.read_text() + "user_id,a,token,b,2026-01-01\n")
    package("session")
    assert not old.exists()
    assert mine.exists()
    assert seed.read_text().endswith("user_id,a,token,b,2026-01-01\n")
    assert costs.read_text().endswith("spring,2026-03-20,12.5,EUR\n")
    assert "'session' AS TEXT) AS anonymous" in (folder / "models/given/journey_settings.sql").read_text()


def test_a_line_of_costs_that_cannot_be_read_is_told_of_before_anything_is_made_of_it(package, tmp_path):
    folder = package("device")
    seed = folder / "seeds" / "campaign_costs.csv"
    wrong = "autumn,20.03.2026,12.5,EUR\nspring,2026-03-20,,eur\n"
    seed.write_text(f"{seed.read_text()}spring,2026-03-20,12.5,EUR\n{wrong}")
    profile(folder, type="duckdb", path=str(tmp_path / "warehouse.duckdb"), schema="made")
    answer = dbt(folder, "build", "--select", "campaign_costs")
    found = {one.node.name: one.failures for one in answer.result if one.status == "fail"}
    assert found == {"campaign_costs_can_be_read": 2}


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "dbt_project.yml").write_text("name: shop")
    assert main(["journeys", "dbt", "--to", str(tmp_path)]) == 1
    assert "is not empty, and no package that this wrote: name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["dbt_project.yml"]


def test_a_table_without_its_schema_is_misuse(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["journeys", "dbt", "--to", str(tmp_path / "new"), "--table", "events"])
    assert "--table is SCHEMA.NAME, such as atomic.events, not events" in capsys.readouterr().err


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_model_asks_for_others_by_ref_alone(dialect):
    files = package_files(dialect, table="a.b", config=CONFIGS["device"])
    models = {path.rpartition("/")[2].removesuffix(".sql"): text for path, text in files.items()}
    assert set(models) > NAMES
    for name in NAMES:
        text = re.sub(r"--.*", "", models[name])
        own = set(re.findall(r"\b(\w+) AS (?:MATERIALIZED )?\(", text))
        assert not re.search(r"\bscratch\.", text)
        assert not (set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", text)) & NAMES) - own, name
