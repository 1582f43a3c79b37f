"""Where events are read from: one shape, and what cannot be read is named and set aside."""

import gzip
import json
import os
import shutil
import sqlite3
import threading
from contextlib import closing

import duckdb
import pytest

from tracking_middleware.collector.micro.line_forms import FORMS
from tracking_middleware.collector.store.store import EVERYTHING, Row, Store
from tracking_middleware.journeys.sources import loading
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.described import entity_schema
from tracking_middleware.protocol.columns import COLUMNS as CANONICAL

from .conftest import key, shapes, stored

EVENTS = "SELECT event_id, event_name, user_id, contexts FROM events ORDER BY event_id"


def test_each_canonical_column_has_a_type_and_no_other():
    assert tuple(COLUMNS) == CANONICAL


def parsed(rows):
    return [(*row, contexts and json.loads(contexts)) for *row, contexts in rows]


def test_every_source_gives_the_same_events(tables, told, tmp_path):
    expected = parsed(tables(told).ask(EVENTS))
    store = stored(told, tmp_path / "store.db")
    rows = store.after(EVERYTHING, after=0, most=10).rows
    (tmp_path / "export.tsv").write_bytes(FORMS["tsv"].lines(rows))
    (tmp_path / "export.jsonl").write_bytes(FORMS["jsonl"].lines(rows))
    (tmp_path / "part-0000.gz").write_bytes(gzip.compress(told.tsv().encode()))
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE e AS SELECT * FROM read_csv($p, delim='\t', quote='', escape='', header=false, "
        "columns=$c)",
        {"p": str(tmp_path / "0.tsv"), "c": dict.fromkeys(COLUMNS, "VARCHAR")},
    )
    connection.execute(f"COPY e TO '{tmp_path / 'events.parquet'}' (FORMAT parquet)")
    for number, name in enumerate(
        ("store.db", "export.tsv", "export.jsonl", "part-0000.gz", "events.parquet")
    ):
        made = tables(tmp_path / name, to=f"{number}.duckdb")
        assert parsed(made.ask(EVENTS)) == expected, name
        assert made.summary.rejected == 0, name
        row = made.ask("SELECT page_title, domain_sessionidx, br_cookies FROM events WHERE br_cookies")
        assert row == [('50 % \\ "quoted"', 3, True)], name
    store.close()


def test_a_folder_is_read_with_all_that_is_in_it_and_the_same_event_counts_once(tables, told, tmp_path):
    folder = tmp_path / "archive" / "2026" / "03"
    folder.mkdir(parents=True)
    (folder / "part-1.txt").write_text(told.tsv())
    (folder / "part-2.gz").write_bytes(gzip.compress(told.tsv().encode()))
    (folder / "_SUCCESS").write_text("")
    (folder / ".part-1.txt.crc").write_bytes(b"crc")
    made = tables(tmp_path / "archive")
    assert (made.summary.events, made.summary.duplicates, made.summary.rejected) == (3, 3, 0)
    assert made.ask("SELECT DISTINCT differs FROM duplicates") == [(None,)]


def test_links_in_a_folder_are_followed_but_not_in_circles(tables, told, tmp_path):
    day, archive = tmp_path / "2026-03-14", tmp_path / "archive"
    day.mkdir()
    archive.mkdir()
    (day / "events.tsv").write_text(told.tsv())
    (day / "up").symlink_to(archive)
    (archive / "day").symlink_to(day)
    (archive / "circle").symlink_to(".")
    made = tables(archive)
    assert (made.summary.events, made.summary.duplicates, made.summary.rejected) == (3, 0, 0)


def test_what_is_no_file_or_cannot_be_opened_is_set_aside_and_the_others_are_there(tables, told, tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "events.tsv").write_text(told.tsv())
    (archive / "gone.tsv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    made = tables(archive, tmp_path / "pipe")
    assert made.summary.events == 3
    assert made.ask("SELECT parse_filename(source), problem FROM rejected ORDER BY source") == [
        ("gone.tsv", "cannot be read: No such file or directory"),
        ("pipe", "is no file: write what it gives to one"),
    ]


def test_a_mark_of_the_order_of_bytes_before_json_lines_means_nothing(tables, tmp_path):
    line = json.dumps({"event_id": key("a"), "collector_tstamp": "2026-03-14 09:00:00"})
    (tmp_path / "events.jsonl").write_text(line, encoding="utf-8-sig")
    made = tables(tmp_path / "events.jsonl")
    assert (made.summary.events, made.summary.rejected) == (1, 0)


def test_a_store_is_read_while_it_is_written_to(tables, told, tmp_path):
    store = stored(told, tmp_path / "store.db")
    shape = next(shapes(told))
    is_over = threading.Event()

    def write():
        number = 0
        while not is_over.is_set():
            event = {**shape["event"], "event_id": key(f"later {number}")}
            store.add([Row(True, event["collector_tstamp"], {**shape, "event": event})])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = tables(tmp_path / "store.db")
    finally:
        is_over.set()
        writer.join()
        store.close()
    assert made.summary.events >= 3
    assert made.summary.rejected == 0


def test_of_a_store_only_good_events_are_read(tables, told, tmp_path):
    stored(told, tmp_path / "store.db").close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        connection.execute("UPDATE events SET is_good = 0 WHERE id = 1")
    assert tables(tmp_path / "store.db").summary.events == 2


def test_what_cannot_be_read_is_named_with_file_and_line_and_the_others_are_there(tables, told, tmp_path):
    lines = told.tsv().splitlines()
    faulty = lines[1].replace("page_view", "page_view\tone more", 1)
    no_key = lines[2].replace(told.rows[2]["event_id"], "no-uuid")
    (tmp_path / "events.tsv").write_bytes(
        "\n".join([lines[0], "", faulty, no_key, "x"]).encode() + b"\n\xff\n"
    )
    (tmp_path / "events.jsonl").write_text('{"event_id": 1\n\n{"event_id": "' + key("j") + '"}\n[]\n')
    (tmp_path / "notes.txt").write_text("nothing of ours\n")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    whole = gzip.compress(told.tsv().encode() * 2000)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    names = ("events.tsv", "events.jsonl", "notes.txt", "cut.parquet", "cut.gz")
    made = tables(*(tmp_path / name for name in names))
    rejected = made.ask("SELECT source, line, problem FROM rejected ORDER BY source, line")
    found = [(source.rpartition("/")[2], line, problem) for source, line, problem in rejected]
    assert [row[:2] for row in found] == [
        ("cut.gz", None),
        ("cut.parquet", None),
        *(("events.jsonl", line) for line in (1, 3, 4)),
        *(("events.tsv", line) for line in (3, 4, 5, 6)),
        ("notes.txt", None),
    ]
    said = {(name, line): problem for name, line, problem in found}
    assert said["events.tsv", 3] == "has 132 fields, an enriched event has 131"
    assert said["events.tsv", 4] == "event_id is no UUID"
    assert said["events.tsv", 6].startswith("is no UTF-8")
    assert said["events.jsonl", 3] == "collector_tstamp is missing"
    assert made.summary.events == 3  # one of the file, the others of what can be read of the one that is cut


def test_a_file_with_a_fault_gives_all_that_is_sound_as_it_is_written(tables, told, tmp_path):
    told.add(3, device="d", page_title="broken\rline", user_id="bob")
    told.add(4, device="d", page_title="# no comment", domain_sessionidx="first")
    text = told.tsv()
    (tmp_path / "events.tsv").write_bytes(text.encode())
    made = tables(tmp_path / "events.tsv")
    assert made.ask("SELECT line, problem FROM rejected") == [(5, "domain_sessionidx is no whole number")]
    titles = made.ask("SELECT page_title FROM events ORDER BY collector_tstamp")
    assert titles == [(None,), (None,), ('50 % \\ "quoted"',), ("broken\rline",)]


def test_a_file_that_is_named_twice_or_beside_its_folder_is_read_once(tables, told, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "events.tsv").write_text(told.tsv())
    shutil.copy(folder / "events.tsv", tmp_path / "copy.tsv")
    made = tables(folder / "events.tsv", folder, folder / "events.tsv", tmp_path / "copy.tsv")
    assert (made.summary.events, made.summary.duplicates) == (3, 3)


def test_of_many_files_only_those_with_a_fault_are_read_row_by_row(
    tables, told, story, tmp_path, monkeypatch
):
    read = []
    by_row = loading._Loading.row_by_row
    monkeypatch.setattr(
        loading._Loading, "row_by_row", lambda made, file: (read.append(file.path.name), by_row(made, file))
    )
    folder = tmp_path / "archive"
    folder.mkdir()
    lines = told.tsv().splitlines()
    for number, line in enumerate(lines):
        (folder / f"{number}.tsv").write_text(line + "\n")
    (folder / "9.tsv").write_text(lines[0].replace(told.rows[0]["event_id"], "no-uuid") + "\n")
    made = tables(folder)
    assert (made.summary.events, made.summary.rejected, read) == (3, 1, ["9.tsv"])


def test_entities_of_a_kind_that_comes_late_in_a_file_and_json_too_deep_are_told_by_line(tables, tmp_path):
    def line(name, **columns):
        return json.dumps({"event_id": key(name), "collector_tstamp": "2026-03-14 09:00:00", **columns})

    lines = [
        line("a"),
        line("b", contexts_com_acme_article_1=[{"title": "x"}], _line="mine"),
        line("c", contexts_com_acme_ad_2={"no": "list"}),
        line("d", unstruct_event_com_acme_sold_1={"price": 2}, event_vendor="com.acme", event_name="sold"),
        "[" * 100_000,
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    made = tables(tmp_path / "events.jsonl")
    assert [row[0] for row in made.ask("SELECT line FROM rejected ORDER BY line")] == [3, 5]
    asked = "SELECT contexts, unstruct_event FROM events ORDER BY contexts IS NULL, unstruct_event IS NULL"
    (contexts, _), (_, event), (nothing, _) = made.ask(asked)
    entity = {"schema": "iglu:com.acme/article/jsonschema/1-0-0", "data": {"title": "x"}}
    assert json.loads(contexts)["data"] == [entity]
    assert json.loads(event)["data"]["data"] == {"price": 2}
    assert nothing is None


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("domain_sessionidx", "first", "domain_sessionidx is no whole number"),
        ("derived_tstamp", "yesterday", "derived_tstamp is no time of the years 1 to 9999"),
        ("derived_tstamp", "294246-01-01 00:00:00", "derived_tstamp is no time of the years 1 to 9999"),
        ("collector_tstamp", "infinity", "collector_tstamp is no time of the years 1 to 9999"),
        ("br_cookies", "maybe", "br_cookies is no 0 or 1"),
        ("tr_total", "much", "tr_total is no number"),
        ("contexts", "{", "contexts is no JSON"),
        ("collector_tstamp", "", "collector_tstamp is missing"),
    ],
)
def test_a_value_that_cannot_be_read_sets_its_row_aside(tables, story, column, value, problem):
    story.add(0, device="d")
    story.add(1, device="d", **{column: value})
    made = tables(story)
    assert made.ask("SELECT event_id, problem, line FROM rejected") == [(key("event 1"), problem, 2)]
    assert made.summary.events == 1


def test_a_faulty_row_of_parquet_is_named_by_its_number(tables, story, tmp_path):
    story.add(0, device="d")
    story.add(1, device="d", contexts="{")
    (tmp_path / "events.tsv").write_text(story.tsv())
    connection = duckdb.connect()
    given = {"path": str(tmp_path / "events.tsv"), "columns": dict.fromkeys(COLUMNS, "VARCHAR")}
    connection.execute(
        "CREATE TABLE e AS SELECT * FROM read_csv($path, delim='\t', quote='', escape='', header=false, "
        "columns=$columns)",
        given,
    )
    connection.execute(f"COPY e TO '{tmp_path / 'events.parquet'}' (FORMAT parquet)")
    made = tables(tmp_path / "events.parquet")
    assert made.ask("SELECT event_id, problem, line FROM rejected") == [
        (key("event 1"), "contexts is no JSON", 2)
    ]
    assert made.summary.events == 1


def test_times_with_an_offset_are_brought_to_utc(tables, story):
    story.add(0, device="d", derived_tstamp="2026-03-14T11:30:00+02:00")
    assert str(tables(story).ask("SELECT derived_tstamp FROM events")[0][0]) == "2026-03-14 09:30:00"


def test_the_same_id_with_other_content_is_kept_once_and_what_differs_is_said(tables, story):
    story.add(5, name="same", device="d", user_id="late")
    story.add(0, name="same", device="d", user_id="first", page_title="x")
    made = tables(story)
    assert made.ask("SELECT user_id FROM events") == [("first",)]
    rows = made.ask("SELECT event_id, differs FROM duplicates")
    assert rows == [(key("same"), "collector_tstamp, user_id, page_title, derived_tstamp")]


def test_an_id_in_capitals_is_the_same_and_its_event_is_in_its_persons_journey(tables, story):
    story.add(0, device="d", user_id="u", event_id=key("one").upper())
    story.add(1, device="d", user_id="u", event_id=key("one"))
    made = tables(story)
    assert made.ask("SELECT event_id FROM journeys") == [(key("one"),)]
    assert made.ask("SELECT count(*) FROM duplicates") == [(1,)]


def test_no_extension_is_fetched(tables, story):
    story.add(0, device="d")
    made = tables(story)
    settings = "SELECT value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions'"
    assert made.ask(settings) == [("false",), ("false",)]


def test_the_schema_of_an_entity_is_guessed_from_the_name_of_its_column():
    assert entity_schema("com_acme_article_2") == "iglu:com.acme/article/jsonschema/2-0-0"
    own = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
    assert entity_schema("com_snowplowanalytics_snowplow_web_page_1") == own


def test_an_empty_folder_makes_empty_tables(tables, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    made = tables(folder)
    assert (made.summary.events, made.summary.persons) == (0, 0)
    shutil.rmtree(folder)


@pytest.mark.parametrize("sent", ["cut \ud83d", "\udc00 \U0001f600", "\\ud83d \ud83d"])
def test_of_half_a_surrogate_pair_a_store_gives_the_event_all_the_same(tables, told, tmp_path, sent):
    store = Store(tmp_path / "store.db")
    for shape in shapes(told):
        shape["rawEvent"]["parameters"]["page"] = sent  # as it was sent: the column has a question mark
        shape["event"]["contexts"] = {"schema": "iglu:a/contexts/jsonschema/1-0-0", "data": [sent]}
        store.add([Row(True, shape["event"]["collector_tstamp"], shape)])
    store.close()
    made = tables(tmp_path / "store.db")
    assert (made.summary.events, made.ask("SELECT count(*) FROM rejected")) == (3, [(0,)])
    (kept,) = {contexts for (contexts,) in made.ask("SELECT contexts FROM event_rows")}
    assert json.loads(kept)["data"] == [sent.encode("utf-8", "replace").decode()]
