"""On Spark in local mode, from partitioned Parquet to Parquet, the models make the tables DuckDB makes."""

import gc
import shutil
import subprocess
import sys
import uuid
import warnings
from decimal import Decimal

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.engines.engine import EngineError, HeldError, SourceError
from tracking_middleware.journeys.engines.running import run_on
from tracking_middleware.journeys.engines.spark import DAY, Spark
from tracking_middleware.journeys.engines.staged import staged_query

from ..conftest import missing
from .histories import ALL_TABLES, CONFIGS, histories, on_duckdb, rows_in_parquet, write_parquet

pytestmark = [
    pytest.mark.timeout(900),  # a run is two hundred jobs, however small they are
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # PySpark's, of the pandas that chdb brings
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of the JVM's sockets
]


@pytest.fixture(scope="module")
def session():
    """Small tables: one partition, and nothing compiled that is asked once."""
    if shutil.which("java") is None:
        missing("Java")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
    gc.collect()


def test_a_thousand_histories_give_duckdbs_rows_in_the_place_of_the_run_before(session, tmp_path):
    name, folder = "device", tmp_path / "spark"
    events = histories(name, 1000)
    wanted = on_duckdb(events, CONFIGS[name], tmp_path)
    collected = write_parquet(events, tmp_path, by_day=True)
    before = folder / "journeys" / "sessions"
    before.mkdir(parents=True)
    shutil.copy(next(collected.rglob("*.parquet")), before / "of_the_run_before.parquet")
    (folder / "journeys" / "event_persons").mkdir()  # so that these are a run's
    engine = Spark("", schema=str(folder / "journeys"))
    try:
        run_on(engine, table=str(collected), config=CONFIGS[name], progress=lambda *_: None)
    finally:
        engine.close()
    for table in ALL_TABLES:
        files = folder / "journeys" / table / "**" / "*.parquet"
        assert rows_in_parquet(table, files, tmp_path) == wanted[table], table
    assert next((folder / "journeys" / "events").glob(f"{DAY}=*")).is_dir()
    assert not (folder / "journeys" / ".making").exists()


def test_a_folder_of_somebody_else_by_a_name_of_ours_stays_as_it_is(session, tmp_path):
    collected = write_parquet(histories("others", 1), tmp_path, by_day=True)
    theirs = tmp_path / "journeys" / "sessions" / "precious.csv"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("dear")
    engine = Spark("", schema=str(tmp_path / "journeys"))
    with pytest.raises(SourceError, match=r"journeys has a table sessions that no run made"):
        run_on(engine, table=str(collected), config=CONFIGS["device"], progress=lambda *_: None)
    engine.close()
    assert theirs.read_text() == "dear"
    assert [path.name for path in theirs.parents[1].iterdir()] == ["sessions"]


def test_what_is_beyond_a_time_or_a_number_has_a_problem(session):
    kinds = {"event_id": "string", "collector_tstamp": "timestamp", "tr_total": "decimal(38,2)"}
    day, key = "timestamp_micros(1773478800000000)", f"'{uuid.UUID(int=1)}'"
    far = "timestamp_micros(568971820800000000)"  # of the year 20000
    rows = ((day, "1.50"), (far, "1.50"), (day, "100000000000000000000.00"))
    values = ", ".join(f"({key}, {at}, CAST({total} AS DECIMAL(38,2)))" for at, total in rows)
    session.sql(f"SELECT * FROM VALUES {values} AS v({', '.join(kinds)})").createOrReplaceTempView("odd")
    found = session.sql(f"SELECT problem, tr_total FROM ({staged_query('odd', kinds, 'spark')})").collect()
    assert [tuple(row) for row in found] == [
        (None, Decimal("1.50")),
        ("collector_tstamp is no time of the years 1 to 9999", Decimal("1.50")),
        ("tr_total is no number", None),
    ]


def test_the_second_of_two_runs_at_once_says_who_is_at_work(session, tmp_path):
    first, second = (Spark("", schema=str(tmp_path / "journeys")) for _ in range(2))
    first.begin()
    with pytest.raises(
        HeldError, match=r"another run makes the tables in .*: process [0-9]+ on .*, since .* delete "
    ):
        second.begin()
    second.close()
    first.close()
    second.begin()
    second.close()


def test_what_a_killed_run_had_moved_away_is_put_back_where_nothing_took_its_place(session, tmp_path):
    made, old = tmp_path / "journeys", tmp_path / "journeys" / ".old"
    for place in (old / "separations", old / "persons", made / "persons"):
        place.mkdir(parents=True)
        (place / "part.parquet").write_text("before" if place.parent == old else "now")
    engine = Spark("", schema=str(made))
    engine.begin()
    engine.close()
    files = [path for path in made.rglob("*") if path.is_file()]
    assert sorted((path.parent.name, path.read_text()) for path in files) == [
        ("persons", "now"),
        ("separations", "before"),
    ]
    assert not old.exists()


def test_a_folder_without_a_name_is_told_of(session):
    with pytest.raises(EngineError, match="a session could not be made in Spark"):
        Spark("", schema="")


def test_a_table_that_is_none_of_events_is_told_of(session, tmp_path):
    path = str(tmp_path / "wrong")
    session.sql("SELECT 'a' AS event_id, 'b' AS br_viewwidth").write.parquet(path)
    told = "br_viewwidth is string and must be a whole number; collector_tstamp is missing"
    engine = Spark("", schema=str(tmp_path))
    with pytest.raises(SourceError, match=r"is in .*, which is for our tables"):
        run_on(engine, table=path, config=CONFIGS["device"], progress=lambda *_: None)
    engine = Spark("", schema=str(tmp_path / "journeys"))
    with pytest.raises(SourceError, match=told):
        run_on(engine, table=path, config=CONFIGS["device"], progress=lambda *_: None)
    with pytest.raises(SourceError, match="there is no table nowhere"):
        run_on(engine, table="nowhere", config=CONFIGS["device"], progress=lambda *_: None)


def test_without_pyspark_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pyspark" else True)
    assert main(["journeys", "run", "--engine", "spark", "--table", "x"]) == 1
    assert 'pip install "tracking_middleware[journeys-spark]"' in capsys.readouterr().err


def test_importing_the_engines_loads_none_of_them():
    code = "import sys, tracking_middleware.journeys.engines.choosing; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"psycopg", "chdb", "pyspark", "duckdb", "sqlglot", "httpx"} & set(loaded)
