"""What is read row by row: from the collector's store while it is written to, and from flat JSON."""

import json
import sqlite3
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.collector.micro.line_forms import FORMS
from tracking_middleware.collector.store.store import EVERYTHING, Row
from tracking_middleware.journeys.sources import events, rows
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.place import recognised

from .conftest import shapes, stored


def test_between_two_readings_nothing_of_a_store_is_held(told, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "_CHUNK", 2)
    store = stored(told, tmp_path / "store.db")
    seen, pending = [], []
    for row in rows.Reading(recognised(tmp_path / "store.db")):
        seen.append(row.line)
        if (
            len(seen) <= 3
        ):  # the writer's own log goes into the file whole, which no reader's hold would let it
            store.add([Row(True, shape["event"]["collector_tstamp"], shape) for shape in shapes(told)])
            with closing(sqlite3.connect(tmp_path / "store.db", timeout=0)) as connection:
                pending += connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store.close()
    assert (seen, pending) == ([*range(1, 13)], [(0, 0, 0)] * 3)


def test_a_commit_does_not_wait_for_a_reading_that_goes_on(told, tmp_path):
    store = stored(told, tmp_path / "store.db")
    reading = closing(sqlite3.connect(f"{(tmp_path / 'store.db').as_uri()}?mode=ro", uri=True))
    with reading as connection:
        cursor = connection.execute(rows._AFTER, (0, 2000))
        first = cursor.fetchone()  # held open: what stands at a row keeps what it sees
        store.add([Row(True, shape["event"]["collector_tstamp"], shape) for shape in shapes(told)])
        others = cursor.fetchall()
    assert [first[0], *(row[0] for row in others)] == [1, 2, 3]
    assert store.last_id() == 6
    store.close()


def test_columns_that_nothing_was_in_at_first_are_there(tables, told, tmp_path):
    told.add(3, device="d", session="s", se_value=1.5, true_tstamp="2026-03-14 09:00:01")
    store = stored(told, tmp_path / "store.db")
    (tmp_path / "export.jsonl").write_bytes(
        FORMS["jsonl"].lines(store.after(EVERYTHING, after=0, most=10).rows)
    )
    store.close()
    asked = "SELECT se_value, true_tstamp FROM events WHERE se_value IS NOT NULL"
    for number, name in enumerate(("store.db", "export.jsonl")):
        made = tables(tmp_path / name, to=f"{number}.duckdb")
        assert [(value, str(at)) for value, at in made.ask(asked)] == [(1.5, "2026-03-14 09:00:01")]
        assert made.summary.events == 4


NAMES = (
    *tuple(COLUMNS)[:14],
    *("contexts", "se_value", "event_vendor", "_line", "z", "unstruct_event_com_acme_sold_1"),
    *("contexts_com_acme_ad_1", "contexts_com_acme_article_2", "contexts_x"),
)
VALUES = st.one_of(st.none(), st.text(max_size=3), st.integers(), st.lists(st.just({"a": None}), max_size=2))


LINES = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=6)


@settings(max_examples=60)
@given(lines=LINES, most=st.integers(0, 4))
def test_what_was_read_of_a_file_before_changes_no_event_of_it(lines, most):
    def read(reader, line):
        try:
            return json.loads(reader.event(json.dumps(line).encode(), number=7))
        except msgspec.ValidationError as error:
            return str(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_MOST_FIELDS", most)
        reader = events.FlatEvents()
        together = [read(reader, line) for line in lines]
        columns = set(reader.columns)
        patch.setattr(events, "_MOST_FIELDS", 0)
        assert together == [read(events.FlatEvents(), line) for line in lines]
    read_well = [event for event in together if isinstance(event, dict)]
    assert columns | {"_line"} >= {name for event in read_well for name in event}
