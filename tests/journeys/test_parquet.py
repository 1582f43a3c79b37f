"""Parquet as others write it: nested columns, bytes, columns of their own, folders that are columns."""

import duckdb
import pytest

from tracking_middleware.journeys.aside.beside import SCRATCH
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.engines.engine import SourceError
from tracking_middleware.journeys.engines.staged import staged_query
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.preparing import attach_scratch
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.loading import load

from .conftest import key

REJECTED = """
SELECT source, line, problem FROM staged_events WHERE problem IS NOT NULL
UNION ALL FROM scratch.rejected_lines
"""


@pytest.fixture
def written(story, tmp_path):
    """Writes the story as Parquet, with columns beside or instead: SQL by name."""

    def write(name="events.parquet", **instead):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "events.tsv").write_text(story.tsv())
        given = {"path": str(tmp_path / "events.tsv"), "columns": dict.fromkeys(COLUMNS, "VARCHAR")}
        extra = "".join(f", {value} AS {column}" for column, value in instead.items() if value)
        kept = ", ".join(column for column in COLUMNS if column not in instead)
        with duckdb.connect() as connection:
            connection.execute(
                f"CREATE TABLE e AS SELECT {kept}{extra} FROM read_csv($path, delim = '\t', quote = '', "
                "escape = '', header = false, columns = $columns)",
                given,
            )
            connection.execute(f"COPY e TO '{path}' (FORMAT parquet)")
        return path

    return write


@pytest.fixture
def read(tmp_path):
    """What a query says of files that were read, before anything is made of them."""

    def ask(query, *paths):
        (tmp_path / SCRATCH).unlink(missing_ok=True)
        (tmp_path / "read.duckdb").unlink(missing_ok=True)
        with opened(tmp_path / "read.duckdb", config=Config(threads=1)) as connection:
            attach_scratch(connection, tmp_path)
            columns = set(load(connection, paths, tell=lambda _: None))
            there = ", ".join(name if name in columns else f"NULL AS {name}" for name in COLUMNS)
            connection.execute(f"CREATE VIEW events AS SELECT {there}, problem FROM staged_events")
            return connection.execute(query).fetchall()

    return ask


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("contexts", "{'schema': 'iglu:a/b/jsonschema/1-0-0', 'data': [1]}", "STRUCT"),
        ("derived_contexts", "[{'schema': 'iglu:a/b/jsonschema/1-0-0'}]", "LIST"),
        ("unstruct_event", "MAP {'schema': 'iglu:a/b/jsonschema/1-0-0'}", "MAP"),
    ],
)
def test_a_file_with_entities_that_are_no_text_is_set_aside_and_the_others_are_there(
    read, story, written, column, value, kind
):
    story.add(0, device="d")
    nested = written("nested.parquet", **{column: value})
    story.add(1, device="d")
    sound = written()
    said = f"cannot be read: {column} is a {kind} and must be self-describing JSON as text"
    assert read(REJECTED, nested, sound) == [(str(nested), None, said)]


def test_a_run_counts_a_file_with_nested_entities_as_rejected(tables, story, written):
    story.add(0, device="d")
    nested = written("nested.parquet", contexts="{'schema': 'iglu:a/b/jsonschema/1-0-0'}")
    story.add(1, device="d")
    made = tables(nested, written())
    assert (made.summary.events, made.summary.rejected) == (2, 1)


def test_a_nested_column_that_nothing_is_in_is_as_none(read, story, written):
    story.add(0, device="d")
    path = written(contexts="CAST(NULL AS STRUCT(a INTEGER))")
    assert read("SELECT event_id, contexts, problem FROM events", path) == [(key("event 0"), None, None)]


def test_bytes_that_are_text_are_read_as_that(read, story, written):
    story.add(0, device="d", page_title='Größe "M"', domain_sessionidx="3", contexts='{"é": "\\""}')
    columns = ("event_id", "collector_tstamp", "page_title", "domain_sessionidx", "contexts")
    path = written(**{column: f"encode({column})" for column in columns})
    assert read("SELECT event_id, page_title, domain_sessionidx, contexts, problem FROM events", path) == [
        (key("event 0"), 'Größe "M"', 3, '{"é": "\\""}', None)
    ]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("contexts", "'{'::BLOB", "contexts is no JSON"),
        ("contexts", r"'\xFF'::BLOB", "contexts is no UTF-8"),
        ("event_id", r"'\xFF'::BLOB", "event_id is no UTF-8"),
        ("domain_sessionidx", "'first'::BLOB", "domain_sessionidx is no whole number"),
        ("contexts", "DATE '2026-03-14'", "contexts is no JSON"),
    ],
)
def test_what_cannot_be_read_of_another_type_sets_its_row_aside(read, story, written, column, value, problem):
    story.add(0, device="d")
    path = written(**{column: value})
    assert read(REJECTED, path) == [(str(path), 1, problem)]


@pytest.mark.parametrize("name", ["filename", "FileName", "file_index", "read_from", "line", "source"])
def test_a_column_of_their_own_is_left_out_whatever_its_name_is(read, story, written, name):
    story.add(0, device="d")
    story.add(1, device="d", contexts="{")
    path = written(**{name: "'theirs'"})
    assert read(REJECTED, path) == [(str(path), 2, "contexts is no JSON")]


def test_where_a_column_has_the_name_of_row_numbers_a_row_is_named_by_its_file(read, story, written):
    story.add(0, device="d")
    story.add(1, device="d", contexts="{")
    path = written(file_row_number="'theirs'", filename="1")
    assert read(REJECTED, path) == [(str(path), None, "contexts is no JSON")]


@pytest.mark.parametrize(
    ("folder", "app_id"),
    [
        ("app_id=shop", "shop"),
        ("app_id=007", "007"),
        ("year=2026/app_id=a%2Fb%20%C3%A9/month=3", "a/b é"),
        ("app_id=outer/app_id=inner", "inner"),
        ("app_id=__HIVE_DEFAULT_PARTITION__", None),
        ("app_id=", None),
        ("app_id=%FF", "%FF"),
        ("my_app_id=shop", None),
    ],
)
def test_a_canonical_column_that_is_a_folder_is_read_as_text(read, story, written, folder, app_id):
    story.add(0, device="d")
    path = written(f"{folder}/part.parquet", app_id=None)
    assert read("SELECT app_id FROM events", path) == [(app_id,)]


def test_a_column_in_the_file_goes_before_that_of_its_folder(read, story, written, tmp_path):
    story.add(0, device="d")
    written("lake/app_id=other/domain_sessionidx=7/both.parquet", domain_sessionidx="3::INTEGER")
    story.rows.clear()
    story.add(1, name="b", device="d")
    written("lake/app_id=other/domain_sessionidx=7/one.parquet", app_id=None, domain_sessionidx=None)
    story.rows.clear()
    story.add(2, name="c", device="d")
    written("lake/plain.parquet", app_id=None)
    rows = read("SELECT app_id, domain_sessionidx FROM events ORDER BY collector_tstamp", tmp_path / "lake")
    assert rows == [("shop", 3), ("other", 7), (None, None)]


def test_a_folder_with_a_value_that_cannot_be_read_sets_its_rows_aside(read, story, written):
    story.add(0, device="d")
    path = written("domain_sessionidx=first/part.parquet", domain_sessionidx=None)
    assert read(REJECTED, path) == [(str(path), 1, "domain_sessionidx is no whole number")]


def test_files_with_other_types_of_a_column_are_read_each_as_it_is(read, story, written):
    story.add(0, device="d", contexts="{", page_title="ä")
    broken = written("broken.parquet")
    story.rows.clear()
    story.add(1, name="json", device="d", contexts='{"a": 1}', page_title="ö")
    paths = [
        broken,
        written("json.parquet", contexts="contexts::JSON", event_id="event_id::UUID"),
        written("bytes.parquet", contexts="encode(contexts)", page_title="encode(page_title)"),
        written("null.parquet", contexts="CAST(NULL AS STRUCT(a INTEGER))", file_row_number="7"),
    ]
    assert read(REJECTED, *paths) == [(str(broken), 1, "contexts is no JSON")]
    rows = read("SELECT contexts, page_title FROM events WHERE problem IS NULL ORDER BY ALL", *paths)
    assert rows == [('{"a": 1}', "ö"), ('{"a": 1}', "ö"), (None, "ö")]


@pytest.mark.parametrize("kind", ["struct<schema:string>", "ARRAY", "Map(String, String)"])
def test_a_table_of_an_engine_with_nested_entities_is_refused(kind):
    columns = {"event_id": "text", "collector_tstamp": "timestamp", "contexts": kind}
    with pytest.raises(SourceError) as refused:
        staged_query("collected", columns, "spark")
    assert f"contexts is {kind} and must be self-describing JSON, as text" in str(refused.value)
