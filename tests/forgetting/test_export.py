"""``tracking-middleware export-person``: all that is held, as JSON and as a page."""

from __future__ import annotations

import json

import pytest

from tracking_middleware.collector.store.store import Store
from tracking_middleware.commands.cli import main

from ..collector.conftest import page_view, wrapped, write
from ..collector.test_store_queries import rows
from .conftest import ADA, ADAS, BEA, PHONE, stored, waiting

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "margin": {"type": "number", "confidential": True}},
}


@pytest.fixture
def export(tmp_path, capsys):
    """Runs the command: its status, what it printed, the JSON and the page."""

    def run(*arguments):
        status = main(["export-person", *map(str, arguments), "--to", str(tmp_path / "person")])
        said = capsys.readouterr().err
        if status:
            return status, said, None, None
        page, data = tmp_path / "person.html", tmp_path / "person.json"
        assert {path.stat().st_mode & 0o777 for path in (page, data)} == {0o600}
        return status, said, json.loads(data.read_text()), page.read_text()

    return run


def test_it_has_their_rows_of_all_files_and_nobody_elses(store_path, outbox_path, tmp_path, export, capsys):
    journeys = tmp_path / "journeys.duckdb"
    assert main(["journeys", "run", str(store_path), "--to", str(journeys)]) == 0
    capsys.readouterr()
    before = stored(store_path), waiting(outbox_path)
    files = ("--store", store_path, "--outbox", outbox_path, "--journeys", journeys)
    status, said, data, page = export("--user-id", ADA, *files)
    assert status == 0, said
    of_store, of_outbox, of_journeys = (file["rows"] for file in data["files"])
    assert sorted(event["page_title"] for event in of_store["events"]) == sorted(ADAS)
    assert len(of_store["bad rows"]) == 1
    assert sorted(event["page"] for event in of_outbox["events that wait"]) == sorted(ADAS)
    assert of_outbox["dead letters"][0]["reason"] == "HTTP status 400"
    assert {row["page_title"] for row in of_journeys["event_rows"]} == {*ADAS}
    assert {row["user_id"] for row in of_journeys["persons"]} == {ADA}
    assert {"sessions", "page_views", "person_identifiers"} <= {*of_journeys}
    assert data["known_by"]["domain_userid"] == sorted([PHONE, "2" * 8 + PHONE[8:-1] + "2"])
    assert BEA not in json.dumps(data)
    assert "before the login" in page
    assert "<script" not in page
    assert (stored(store_path), waiting(outbox_path)) == before


def test_what_is_confidential_is_hidden_and_so_is_what_nobody_knows(tmp_path, export):
    store = Store(path := tmp_path / "events.sqlite3")
    order = {"schema": ORDER, "data": {"number": "<b>4711</b>", "margin": 12.5}}
    store.add(rows(page_view(uid=ADA, co=wrapped(order)), page_view(uid=ADA, co=wrapped(order), dtm="none")))
    store.close()
    write(tmp_path / "schemas", SCHEMA)
    asked = ("--user-id", ADA, "--store", path)

    def orders(*more):
        status, said, data, page = export(*asked, *more)
        assert status == 0
        good, bad = (data["files"][0]["rows"][name][0] for name in ("events", "bad rows"))
        found = [good["contexts"]["data"][0]["data"], bad["co"]["data"][0]["data"]]
        assert found[0] == found[1]
        return found[0], said, page

    assert orders() == ("***", *orders()[1:])
    assert ORDER in orders()[1]
    by_schema, said, page = orders("--schemas", tmp_path / "schemas")
    assert (by_schema, said) == ({"number": "<b>4711</b>", "margin": "***"}, "")
    assert "12.5" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;4711" in page
    shown, said, page = orders("--confidential")
    assert (shown, said) == (order["data"], "")
    assert "12.5" in page


def test_who_is_nowhere_is_refused_and_nothing_is_written(store_path, export, tmp_path):
    status, said, *_ = export("--user-id", "nobody-4711", "--store", store_path)
    assert (status, "is nowhere" in said) == (1, True)
    status, said, *_ = export("--user-id", ADA, "--store", store_path, "--schemas", tmp_path / "none")
    assert (status, "there is no such folder" in said) == (1, True)
    assert not list(tmp_path.glob("person*"))
