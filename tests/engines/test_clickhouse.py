"""On ClickHouse, in the process and over HTTP, the models make the tables that DuckDB makes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.engines.clickhouse import SETTINGS, ClickHouse
from tracking_middleware.journeys.engines.engine import EngineError, HeldError, SourceError
from tracking_middleware.journeys.engines.running import run_on

from .histories import ALL_TABLES, CONFIGS, histories, on_duckdb, rows_in_parquet, write_parquet


@pytest.fixture
def engine(tmp_path):
    engine = ClickHouse(str(tmp_path / "data"), schema="journeys")
    yield engine
    engine.close()


def collect(engine, events, folder):
    path = write_parquet(events, folder)
    engine.rows("SELECT 1")
    engine._server.send("DROP TABLE IF EXISTS default.collected", database="default")
    create = "CREATE TABLE default.collected ENGINE = MergeTree ORDER BY tuple() AS"
    engine._server.send(f"{create} SELECT * FROM file('{path}', Parquet)", database="default")


def made(engine, config, **options):
    return run_on(engine, table="collected", config=config, progress=options.get("step", lambda *_: None))


def tables(engine, folder):
    found = {}
    for table in ALL_TABLES:
        path = folder / f"{table}.parquet"
        path.unlink(missing_ok=True)
        query = f"SELECT * FROM journeys.{table} INTO OUTFILE '{path}' FORMAT Parquet"
        engine._server.send(query, database="default")
        found[table] = rows_in_parquet(table, path, folder)
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_five_hundred_histories_give_the_rows_that_duckdb_gives(name, engine, tmp_path):
    events = histories(name, 500)
    wanted = on_duckdb(events, CONFIGS[name], tmp_path)
    collect(engine, events, tmp_path)
    made(engine, CONFIGS[name])
    found = tables(engine, tmp_path)
    for table in ALL_TABLES:
        assert found[table] == wanted[table], table


def test_a_second_run_puts_its_tables_in_the_place_of_the_first_and_says_which_keys_are_new(tmp_path):
    events = sorted(histories("twice", 40), key=lambda event: event["collector_tstamp"] or "")
    later = events[len(events) // 2 :]
    config = CONFIGS["device"]
    for some in (later, events):
        wanted = on_duckdb(some, config, tmp_path)
        engine = ClickHouse(str(tmp_path / "data"), schema="journeys")
        try:
            collect(engine, some, tmp_path)
            assert made(engine, config).peak_memory > 0, "it works in this process"
            assert tables(engine, tmp_path) == wanted
        finally:
            engine.close()
    assert wanted["renamed_persons"][1]


def test_a_table_of_somebody_else_by_a_name_of_ours_stays_as_it_is(engine, tmp_path):
    collect(engine, histories("others", 1), tmp_path)
    engine._server.send("CREATE DATABASE journeys", database="default")
    create = "CREATE TABLE journeys.sessions ENGINE = MergeTree ORDER BY tuple() AS SELECT 'dear' AS precious"
    engine._server.send(create, database="default")
    with pytest.raises(SourceError, match="the database journeys has a table sessions that no run made"):
        made(engine, CONFIGS["device"])
    assert engine.rows("SELECT precious FROM journeys.sessions") == [("dear",)]


def test_a_number_too_large_for_money_is_rejected(engine, tmp_path):
    collect(engine, [e for e in histories("money", 1) if e["collector_tstamp"]], tmp_path)
    changed = (
        "SELECT * REPLACE (if(rowNumberInAllBlocks() % 2 = 0, 1e20, nan) AS tr_total) FROM default.collected"
    )
    create = f"CREATE TABLE default.changed ENGINE = MergeTree ORDER BY tuple() AS {changed}"
    engine._server.send(create, database="default")
    run_on(engine, table="changed", config=CONFIGS["device"], progress=lambda *_: None)
    ((kept,),) = engine.rows("SELECT count() FROM journeys.events")
    assert kept == 0
    assert ("tr_total is no number",) in engine.rows("SELECT DISTINCT problem FROM journeys.rejected")


def test_a_run_that_fails_leaves_the_tables_of_the_run_before(engine, tmp_path):
    collect(engine, histories("failing", 5), tmp_path)
    made(engine, CONFIGS["device"])
    before = engine.rows("SELECT * FROM journeys.persons ORDER BY ALL")
    engine.close()

    def broken(name, *_):
        if name == "sessions":
            raise KeyboardInterrupt

    again = ClickHouse(str(tmp_path / "data"), schema="journeys")
    collect(again, histories("failing", 9), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        made(again, CONFIGS["device"], step=broken)
    again.close()
    looking = ClickHouse(str(tmp_path / "data"), schema="journeys")
    try:
        assert looking.rows("SELECT * FROM journeys.persons ORDER BY ALL") == before
        assert looking.rows("SELECT name FROM system.databases WHERE name LIKE 'journeys%'") == [
            ("journeys",)
        ]
    finally:
        looking.close()


def test_the_second_of_two_runs_at_once_says_who_is_at_work(engine, tmp_path):
    collect(engine, histories("held", 2), tmp_path)
    engine.begin()
    engine._database = "default"
    with pytest.raises(
        HeldError,
        match=r"the tables in journeys, process [0-9]+ on .*, since .* UTC; .* DROP DATABASE journeys_",
    ):
        made(engine, CONFIGS["device"])


def test_a_table_that_is_none_of_events_is_told_of(engine):
    create = (
        "CREATE TABLE default.wrong (event_id UUID, br_viewwidth String) ENGINE = MergeTree ORDER BY tuple()"
    )
    engine._server.send(create, database="default")
    told = "br_viewwidth is String and must be a whole number; collector_tstamp is missing"
    with pytest.raises(SourceError, match=told):
        run_on(engine, table="wrong", config=CONFIGS["device"], progress=lambda *_: None)
    with pytest.raises(SourceError, match="there is no table nowhere"):
        run_on(engine, table="nowhere", config=CONFIGS["device"], progress=lambda *_: None)
    with pytest.raises(SourceError, match="is in the database journeys, which is for our tables"):
        run_on(engine, table="journeys.events", config=CONFIGS["device"], progress=lambda *_: None)


class _Handler(BaseHTTPRequestHandler):
    """ClickHouse's HTTP interface, as much of it as is asked for, before a ClickHouse in this process."""

    def do_POST(self):
        given = parse_qs(urlsplit(self.path).query)
        self.server.given.append(given)
        statement = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            status, answer = 200, self.server.engine._server.send(statement, database=given["database"][0])
        except EngineError as error:
            status, answer = 400, str(error)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer.encode())))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server(engine):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.engine, server.given = engine, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_command_runs_over_http(engine, server, tmp_path, capsys):
    events = histories("http", 20)
    wanted = on_duckdb(events, CONFIGS["session"], tmp_path)
    collect(engine, events, tmp_path)
    config = tmp_path / "journeys.toml"
    config.write_text(
        '[identity]\nanonymous = "session"\n[session]\ntimeout_seconds = 600\n'
        "[page_view]\nclock_seconds = 5\nheartbeat_seconds = 7\n"
    )
    address = f"http://127.0.0.1:{server.server_port}"
    line = ["journeys", "run", "--engine", "clickhouse", "--table", "collected", "--database", address]
    assert main([*line, "--config", str(config)]) in {0, 1}
    told = capsys.readouterr().out
    assert "s; the tables are in the database journeys" in told, "the memory is the server's"
    assert tables(engine, tmp_path) == wanted
    assert all(given.keys() >= {"database", *SETTINGS} for given in server.given)


def test_what_a_server_refuses_is_told_of(server):
    engine = ClickHouse(f"http://127.0.0.1:{server.server_port}", schema="journeys")
    with pytest.raises(EngineError, match="Unknown table"):
        engine.rows("SELECT * FROM nowhere")
    engine.close()


def test_a_server_that_is_not_there_is_told_of():
    with pytest.raises(EngineError, match="ClickHouse cannot be reached"):
        ClickHouse("http://127.0.0.1:9", schema="journeys")


def test_without_an_address_it_says_what_to_give(capsys):
    assert main(["journeys", "run", "--engine", "clickhouse", "--table", "collected"]) == 1
    assert "give the address of its HTTP interface, or a folder for chdb" in capsys.readouterr().err
