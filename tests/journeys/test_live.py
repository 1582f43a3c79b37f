"""The models over a few events, in memory: the rows of a full run, again and again, and why not where not."""

import builtins

import msgspec
import pytest

from tracking_middleware.journeys import live
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.live import Live, LiveError
from tracking_middleware.journeys.sources.columns import JSON_COLUMNS
from tracking_middleware.journeys.sources.events import stored_event

from ..engines.histories import histories, ordered, write_tsv

TABLES = ("event_persons", "journeys", "page_views", "person_identifiers", "persons", "sessions")


@pytest.fixture(scope="module")
def asked():
    return Live(*TABLES)


def stored(events):
    """Events as the collector's store has them, with their numbers."""
    for number, event in enumerate(events, start=1):
        columns = {name: text for name, text in event.items() if text is not None}
        for name in JSON_COLUMNS:
            if columns.get(name):
                columns[name] = msgspec.Raw(columns[name].encode())
        yield stored_event(msgspec.json.encode({"event": columns}), number=number)


def rows_of(ask, table):
    columns = [name for name, *_ in ask(f"SELECT * FROM {table} LIMIT 0").description]
    kept = ", ".join(f'"{name}"' for name in columns)
    return ordered(ask(f"SELECT {kept} FROM {table}").fetchall())


def warm(asked):
    with asked.made_of(()):
        pass


@pytest.mark.parametrize("seed", [1, 2])
def test_the_tables_are_those_of_a_full_run(asked, tables, tmp_path, seed):
    events = [event for event in histories(seed, 5) if event["contexts"] != "{no JSON"]
    write_tsv(events, tmp_path / "events.tsv")
    whole = tables(tmp_path / "events.tsv")
    with asked.made_of(stored(events)) as connection:
        made = {table: rows_of(connection.execute, table) for table in TABLES}
    with opened(whole.path, config=Config(), read_only=True) as connection:
        for table in TABLES:
            assert made[table] == rows_of(connection.execute, table), table


def test_without_duckdb_it_says_what_installs_it(monkeypatch):
    real = builtins.__import__

    def refusing(name, *given, **named):
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(LiveError, match=r'need DuckDB: pip install "tracking_middleware\[collector\]"'):
        warm(Live("persons"))


def test_who_would_wait_too_long_is_told_so(asked, monkeypatch):
    monkeypatch.setattr(live, "_PATIENCE", 0)
    with asked.made_of(()), pytest.raises(LiveError, match="ask again"):
        warm(asked)


def test_what_cannot_be_made_is_said_and_the_next_question_is_answered(asked):
    with pytest.raises(LiveError, match="could not be made"), asked.made_of(()) as connection:
        connection.execute("SELECT nothing FROM nowhere")
    with asked.made_of(()) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchall() == [(0,)]


def test_so_many_questions_are_put_to_one_connection(monkeypatch):
    monkeypatch.setattr(live, "_MOST_QUESTIONS", 2)
    asked, used = Live("rejected_lines"), []
    for _ in range(5):
        with asked.made_of(()) as connection:
            used.append(connection)
    first, again, second, _, third = used
    assert first is again
    assert len({id(each) for each in (first, second, third)}) == 3
