"""On a real PostgreSQL, whose databases order text by a language, the models make the tables DuckDB makes."""

import itertools
import json

import duckdb
import psycopg
import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.engines.engine import EngineError, HeldError, SourceError
from tracking_middleware.journeys.engines.postgres import Postgres
from tracking_middleware.journeys.engines.running import run_on
from tracking_middleware.journeys.engines.warehouses.staging import STAGING
from tracking_middleware.journeys.sources.columns import COLUMNS, JSON_COLUMNS

from ..conftest import missing
from ..databases import postgres
from .histories import ALL_TABLES, CONFIGS, TABLES, histories, on_duckdb, rows_of, typed, write_tsv

_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    programs = postgres.programs()
    if programs is None:
        missing("PostgreSQL")
    with postgres.running(programs) as folder:
        yield folder


@pytest.fixture
def address(server):
    """A new database in which ``a`` comes before ``B``, as no order of bytes has it."""
    name = f"journeys{next(_numbers)}"
    postgres.execute(server, f"CREATE DATABASE {name} LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0")
    yield f"host={server} user={postgres.USER} dbname={name}"
    postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def collect(address, events, folder, *, table="collected"):
    """Put the events into a table, typed as DuckDB reads them."""
    write_tsv(events, folder / "collected.tsv")
    with duckdb.connect() as connection:
        kinds = typed(connection, folder / "collected.tsv")
        rows = connection.execute("SELECT * FROM typed").fetchall()
    listed = ", ".join(f"{name} {_TYPES.get(kind, kind)}" for name, kind in kinds.items())
    with psycopg.connect(address) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE TABLE {table} ({listed})")
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def made(address, config, *, table="collected", schema="journeys"):
    engine = Postgres(address, schema=schema)
    try:
        return run_on(engine, table=table, config=config, progress=lambda *_: None)
    finally:
        engine.close()


def tables(address):
    with psycopg.connect(address) as connection:
        return {table: rows_of(table, connection.execute, schema="journeys.") for table in ALL_TABLES}


@pytest.mark.parametrize("name", CONFIGS)
def test_five_hundred_histories_give_the_rows_that_duckdb_gives(name, address, tmp_path):
    events = histories(name, 500)
    wanted = on_duckdb(events, CONFIGS[name], tmp_path)
    collect(address, events, tmp_path)
    made(address, CONFIGS[name])
    found = tables(address)
    for table in ALL_TABLES:
        assert found[table] == wanted[table], table
    assert all(wanted[table][1] for table in TABLES if table not in {"renamed_persons", "shared_identifiers"})


def test_a_second_run_puts_its_rows_in_the_place_of_the_first_and_says_which_keys_are_new(address, tmp_path):
    events = sorted(histories("twice", 40), key=lambda event: event["collector_tstamp"] or "")
    later = events[len(events) // 2 :]
    config = CONFIGS["device"]
    for some in (later, events):
        wanted = on_duckdb(some, config, tmp_path)
        collect(address, some, tmp_path)
        made(address, config)
        assert tables(address) == wanted
    assert wanted["renamed_persons"][1]


def test_two_that_a_row_keeps_apart_are_apart_from_the_next_run_on(address, tmp_path):
    events, config = histories("apart", 20), CONFIGS["device"]
    joined = on_duckdb(events, config, tmp_path)
    collect(address, events, tmp_path)
    made(address, config)
    both = next(event for event in events if event["user_id"] and event["domain_userid"])
    row = ("user_id", both["user_id"], "domain_userid", both["domain_userid"])
    with duckdb.connect(str(tmp_path / "journeys.duckdb")) as connection:
        connection.execute("INSERT INTO separations VALUES (?, ?, ?, ?, NULL)", row)
    wanted = on_duckdb(events, config, tmp_path)
    with psycopg.connect(address) as connection:
        connection.execute("INSERT INTO journeys.separations VALUES (%s, %s, %s, %s, NULL)", row)
    made(address, config)
    assert tables(address) == wanted != joined
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE journeys.separations SET kind_a = 'user'")
    with pytest.raises(EngineError, match=f"keeps user={both['user_id']} apart, which is no identifier"):
        made(address, config)


def test_who_reads_while_a_run_is_at_work_sees_the_run_before_and_a_view_of_theirs_stays(address, tmp_path):
    events = histories("reading", 5)
    collect(address, events, tmp_path)
    made(address, CONFIGS["device"])
    before = tables(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE VIEW ours AS SELECT count(*) AS n FROM journeys.persons")
        collect(address, histories("reading", 9), tmp_path)
        engine = Postgres(address, schema="journeys")
        seen = []

        def step(name, *_):
            if name == "adblock_gap":
                seen.append(connection.execute("SELECT n FROM ours").fetchall()[0][0])

        try:
            run_on(engine, table="collected", config=CONFIGS["device"], progress=step)
        finally:
            engine.close()
        assert seen == [len(before["persons"][1])]
        assert connection.execute("SELECT n FROM ours").fetchall()[0][0] > seen[0]


def test_a_run_that_fails_leaves_the_tables_of_the_run_before(address, tmp_path):
    collect(address, histories("failing", 5), tmp_path)
    made(address, CONFIGS["device"])
    before = tables(address)
    collect(address, histories("failing", 9), tmp_path)

    def broken(name, *_):
        if name == "sessions":
            raise KeyboardInterrupt

    engine = Postgres(address, schema="journeys")
    with pytest.raises(KeyboardInterrupt):
        run_on(engine, table="collected", config=CONFIGS["device"], progress=broken)
    engine.close()
    assert tables(address) == before


def test_the_second_of_two_runs_at_once_says_who_is_at_work(address, tmp_path):
    collect(address, histories("held", 2), tmp_path)
    first = Postgres(address, schema="journeys")
    first.begin()
    with pytest.raises(
        HeldError, match=r"another run makes the tables in the schema journeys: process [0-9]+, since "
    ):
        made(address, CONFIGS["device"])
    first.close()
    made(address, CONFIGS["device"])


def role_of(address, *statements):
    """The address for a new role that may do no more than these statements say of ``{role}``."""
    role = f"reader{next(_numbers)}"
    with psycopg.connect(address) as connection:
        for statement in ("CREATE ROLE {role} LOGIN", *statements):
            connection.execute(statement.format(role=role))
    return address.replace(f"user={postgres.USER}", f"user={role}")


def test_a_run_of_another_role_whose_start_is_not_told_ends_the_second_all_the_same(address, tmp_path):
    collect(address, histories("roles", 1), tmp_path)
    other = role_of(address, "GRANT SELECT ON collected TO {role}")
    first = Postgres(address, schema="journeys")
    first.begin()
    with pytest.raises(HeldError, match=r"tables in the schema journeys: process [0-9]+$"):
        made(other, CONFIGS["device"])
    first.close()


def test_a_schema_that_is_there_takes_no_right_to_make_one(address, tmp_path):
    collect(address, histories("rights", 1), tmp_path)
    other = role_of(
        address, "GRANT SELECT ON collected TO {role}", "CREATE SCHEMA journeys AUTHORIZATION {role}"
    )
    made(other, CONFIGS["device"])
    assert tables(address)["events"][1]


def test_a_table_of_somebody_else_by_a_name_of_ours_stays_as_it_is(address, tmp_path):
    collect(address, histories("others", 1), tmp_path)
    with psycopg.connect(address) as connection:
        connection.execute("CREATE SCHEMA journeys")
        connection.execute("CREATE TABLE journeys.sessions AS SELECT 1 AS id, 'dear' AS precious")
        connection.execute("CREATE TABLE journeys.touches ()")
    with pytest.raises(
        SourceError,
        match="the schema journeys has a table sessions that no run made, and that this one would replace: "
        "name another with --schema",
    ):
        made(address, CONFIGS["device"])
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT * FROM journeys.sessions").fetchall() == [(1, "dear")]
        assert connection.execute("SELECT to_regclass('journeys.event_persons')").fetchall() == [(None,)]


_ODD = {
    "derived_tstamp": ["infinity", "-infinity", "20000-01-01", "0001-01-01 BC"],
    "collector_tstamp": ["20000-01-01", "infinity"],
    "tr_total": ["1e20", "NaN", "-9999999999999999.995", "Infinity"],
    "se_value": ["1e400", "NaN"],
}


def test_what_is_beyond_a_time_or_a_number_is_rejected_with_the_words_for_a_file(address, tmp_path):
    events = [e for e in histories("beyond", 8) if e["collector_tstamp"] and e["event_id"][:2] != "no"]
    collect(address, events, tmp_path)
    cases = [(column, value) for column, values in _ODD.items() for value in values]
    ids = sorted({event["event_id"] for event in events})[: len(cases) + 1]
    assert len(ids) == len(cases) + 1
    with psycopg.connect(address) as connection:
        connection.execute("ALTER TABLE collected ALTER tr_total TYPE numeric, ALTER se_value TYPE numeric")
        for (column, value), event_id in zip(cases, ids, strict=False):
            change = f"UPDATE collected SET {column} = %s WHERE event_id = %s"
            connection.execute(change, (value, event_id))
        change = "UPDATE collected SET tr_total = 9999999999999999.994 WHERE event_id = %s"
        connection.execute(change, (ids[-1],))
        change = "UPDATE collected SET se_value = 1e-400 WHERE event_id = %s"
        connection.execute(change, (ids[-1],))
    made(address, CONFIGS["device"])
    said = {True: "is no time of the years 1 to 9999", False: "is no number"}
    with psycopg.connect(address) as connection:
        rejected = set(connection.execute("SELECT event_id, problem FROM journeys.rejected").fetchall())
        question = "SELECT tr_total::text, se_value FROM journeys.events WHERE event_id = %s"
        kept = connection.execute(question, (ids[-1],)).fetchall()
    wanted = {
        (event_id, f"{column} {said[column.endswith('_tstamp')]}")
        for (column, _), event_id in zip(cases, ids, strict=False)
    }
    assert {row for row in rejected if not row[1].endswith("no JSON")} == wanted
    assert kept == [("9999999999999999.99", 0.0)]


def test_a_view_on_a_table_whose_columns_are_others_now_is_named_and_ours_make_way(address, tmp_path):
    collect(address, histories("columns", 2), tmp_path)
    made(address, CONFIGS["device"])
    before = tables(address)
    with psycopg.connect(address) as connection:
        connection.execute("ALTER TABLE journeys.event_rows ADD of_a_version_before text")
        connection.execute("CREATE VIEW ours AS SELECT event_id FROM journeys.events")
    with pytest.raises(
        EngineError,
        match=r"^event_rows gets other columns .*, and public\.ours is made of those .*: drop that",
    ):
        made(address, CONFIGS["device"])
    with psycopg.connect(address) as connection:
        connection.execute("DROP VIEW ours")
    made(address, CONFIGS["device"])
    assert tables(address) == before


def test_a_table_that_is_none_of_events_is_told_of(address):
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE wrong (event_id uuid, br_viewwidth text)")
    with pytest.raises(
        SourceError, match="br_viewwidth is text and must be a whole number; collector_tstamp is missing"
    ):
        made(address, CONFIGS["device"], table="wrong")
    with pytest.raises(SourceError, match="there is no table nowhere"):
        made(address, CONFIGS["device"], table="nowhere")


def test_a_table_in_the_schema_of_ours_is_not_read(address, tmp_path):
    collect(address, histories("own", 1), tmp_path)
    with pytest.raises(SourceError, match="is in the schema public, which is for our tables"):
        made(address, CONFIGS["device"], schema="public")


def test_types_that_say_the_same_are_taken(address, tmp_path):
    events = histories("types", 20)
    events = [event for event in events if event["contexts"] != "{no JSON" and event["event_id"][:2] != "no"]
    wanted = on_duckdb(events, CONFIGS["device"], tmp_path)
    collect(address, events, tmp_path)
    with psycopg.connect(address) as connection:
        connection.execute("""
            ALTER TABLE collected ALTER event_id TYPE uuid USING event_id::uuid,
                ALTER derived_tstamp TYPE timestamptz USING derived_tstamp AT TIME ZONE 'UTC',
                ALTER unstruct_event TYPE json USING unstruct_event::json, ALTER se_value TYPE numeric,
                ALTER user_id TYPE varchar(80), ALTER br_viewheight TYPE integer
        """)
        connection.execute("ALTER ROLE CURRENT_USER SET TimeZone = 'Asia/Tokyo'")
    made(address, CONFIGS["device"])
    assert tables(address) == wanted


def test_the_command_runs_on_postgresql(address, tmp_path, capsys):
    collect(address, histories("command", 3), tmp_path)
    line = ["journeys", "run", "--engine", "postgres", "--table", "collected", "--database", address]
    assert main(line) in {0, 1}
    told = capsys.readouterr().out
    assert "the tables are in the schema journeys, where each run makes all of them anew" in told
    assert "MB at the most" not in told, "the memory is the server's"
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM journeys.persons").fetchall()[0][0] > 0


def test_a_server_that_is_not_there_is_told_of(tmp_path):
    with pytest.raises(EngineError, match="PostgreSQL cannot be reached"):
        Postgres(f"host={tmp_path}", schema="journeys")


def test_entities_in_shredded_tables_are_put_together_again(address):
    columns = ", ".join(
        f"{name} {_TYPES.get(kind, kind)}" for name, kind in COLUMNS.items() if name not in JSON_COLUMNS
    )
    with psycopg.connect(address) as connection:
        connection.execute("CREATE SCHEMA atomic")
        connection.execute(f"CREATE TABLE atomic.events ({columns})")
        connection.execute(
            "INSERT INTO atomic.events (event_id) VALUES ('both'), ('page'), ('token'), ('none')"
        )
        connection.execute(
            """CREATE TABLE atomic.com_snowplowanalytics_snowplow_web_page_1 AS
            SELECT * FROM (VALUES ('both', 'p'), ('page', 'q')) AS v(root_id, id)"""
        )
        connection.execute(
            """CREATE TABLE atomic.com_snowplowanalytics_snowplow_cross_navigation_1 AS SELECT * FROM (VALUES
            ('both', 'd', 't', 's'), ('token', 'd', 't', NULL)
            ) AS v(root_id, domain_user_id, timestamp, session_id)"""
        )
        rows = dict(
            connection.execute(f"SELECT event_id, contexts FROM ({STAGING['postgres']}) AS s").fetchall()
        )
    found = {
        event_id: [(item["schema"].split("/")[1], item["data"]) for item in json.loads(text)["data"]]
        for event_id, text in rows.items()
        if text is not None
    }
    crossing = {"domain_user_id": "d", "timestamp": "t"}
    assert found == {
        "both": [("web_page", {"id": "p"}), ("cross_navigation", {**crossing, "session_id": "s"})],
        "page": [("web_page", {"id": "q"})],
        "token": [("cross_navigation", crossing)],
    }
