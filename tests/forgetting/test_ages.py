"""``forget --older-than`` and ``anonymize``: what is too old goes, or whom it is of, and nothing younger."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime

import pytest

from tracking_middleware.collector.store.store import Store
from tracking_middleware.commands.cli import main
from tracking_middleware.delivery.outbox.file import Outbox
from tracking_middleware.forgetting.retention.ages import before_age

from ..collector.conftest import page_view, wrapped
from ..collector.test_store_queries import rows
from ..journeys.conftest import Story
from .conftest import (
    ADA,
    BEA,
    PHONE,
    SESSIONS,
    bytes_of,
    canaries,
    crossing,
    customer,
    in_base64,
    stored,
    waiting,
)
from .test_forget_journeys import asked

OLD, NEW = "2001-02-03T04:05:06.000Z", "2999-01-01T00:00:00.000Z"
OF_OLD = {"uid": ADA, "duid": PHONE, "sid": SESSIONS["a"], "tnuid": SESSIONS["b"], "ip": "198.51.100.77"}
ENTITIES = wrapped(crossing(PHONE, SESSIONS["a"]), customer(ADA))
OF_NEW = {"uid": BEA, "duid": SESSIONS["c"], "sid": SESSIONS["d"]}


@pytest.fixture
def files(tmp_path):
    """Old and new events in a store and an outbox, with a bad one and a dead one among the old."""
    store_path, outbox_path = tmp_path / "events.sqlite3", tmp_path / "outbox.sqlite3"
    store, outbox = Store(store_path), Outbox(outbox_path)
    old = [page_view(page=f"old {number}", cx=in_base64(ENTITIES), **OF_OLD) for number in range(3)]
    bad = page_view(**{**OF_OLD, "dtm": "none"})
    url = f"https://a.example/?_sp={PHONE}.1&u={ADA}"
    old[0]["url"] = url
    store.add([replace(row, received=OLD) for row in rows(*old, bad, at=OLD)])
    store.add([replace(row, received=NEW) for row in rows(page_view(page="new", **OF_NEW), at=NEW)])
    store.close()
    for event in (*old, page_view(page="new", dtm="32472144000000", **OF_NEW)):
        outbox.store([(json.dumps(event).encode(), False)])
    outbox.bury(json.dumps(old[0]).encode(), is_anonymous=False, reason="HTTP status 400")
    outbox.close()
    return store_path, outbox_path


@pytest.fixture
def retain(files, capsys, tmp_path):
    """Runs a command on both files: its status, what it printed, and the receipt."""

    def run(command, age="13months"):
        receipt = tmp_path / "receipt.json"
        arguments = [command, "--older-than", age, "--yes", "--receipt", str(receipt)]
        status = main([*arguments, "--store", str(files[0]), "--outbox", str(files[1])])
        return status, capsys.readouterr().out, json.loads(receipt.read_text())

    return run


def left_in(files):
    forms = [*canaries(), b"198.51.100.77", *(OF_OLD[name].encode() for name in ("sid", "tnuid"))]
    return [form for form in forms for path in files if form in bytes_of(path)]


def test_what_is_older_is_taken_out_with_every_byte(files, retain):
    assert left_in(files)
    status, _, receipt = retain("forget")
    assert status == 0
    assert stored(files[0]) == (["new"], 0)
    titles, ledger = waiting(files[1])
    assert (titles, ledger.forgotten, ledger.dead) == (["new"], 4, 0)
    assert left_in(files) == []
    of_store, of_outbox = (file["changed"] for file in receipt["files"])
    assert of_store == {"events": 3, "bad rows": 1}
    assert of_outbox == {"events that wait": 3, "dead letters": 1}
    assert BEA.encode() in bytes_of(files[0])


def test_identifiers_of_what_is_older_go_and_the_counts_stay(files, retain):
    before = stored(files[0]), waiting(files[1])
    assert retain("anonymize")[0] == 0
    assert (stored(files[0]), waiting(files[1])) == before
    assert left_in(files) == []
    store = Store(files[0])
    (row,) = [row for row in store.latest().rows if row.summary.page_title == "old 0"]
    store.close()
    assert (row.summary.user_id, row.summary.domain_userid) == (None, None)
    (entity,) = row.shape["event"]["contexts"]["data"]
    assert entity["data"] == {"email": "forgotten"}
    assert row.shape["event"]["page_url"] == "https://a.example/?_sp=forgotten.1&u=forgotten"
    assert BEA.encode() in bytes_of(files[0])
    status, out, receipt = retain("anonymize")  # every night again
    assert (status, [file["changed"] for file in receipt["files"]]) == (0, [{}, {}])
    assert "no events older than" in out


def test_without_an_answer_nothing_is_changed(files, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for command in ("forget", "anonymize"):
        assert main([command, "--older-than", "2 years", "--store", str(files[0])]) == 1
    assert "give --yes" in capsys.readouterr().err
    assert len(stored(files[0])[0]) == 4


def test_journeys_lose_what_is_older_and_no_full_run_brings_it_back(tmp_path, capsys):
    story = Story()
    for number, person in enumerate((ADA, BEA)):
        story.add(number, user_id=person, device=person, session=person)
        story.add(number + 9, user_id=person, device=person, session=person)
    for row in story.rows[:2]:
        row |= dict.fromkeys(("collector_tstamp", "derived_tstamp"), "2020-03-14 09:00:00")
    for row in story.rows[2:]:
        row |= dict.fromkeys(("collector_tstamp", "derived_tstamp"), "2999-03-14 09:00:00")
    (source := tmp_path / "events.tsv").write_text(story.tsv())
    run = ["journeys", "run", str(source), "--to"]
    events = "SELECT count(*), count(user_id), count(domain_userid) FROM events"
    for command, left in (("forget", (2, 2, 2)), ("anonymize", (4, 2, 2))):
        path = tmp_path / f"{command}.duckdb"
        assert main([*run, str(path)]) == 0
        arguments = [command, "--older-than", "13months", "--journeys", str(path), "--yes"]
        assert main(arguments) == 0
        assert asked(path, events) == [left]
        assert asked(path, "SELECT user_id FROM persons") == [(BEA,)]
        assert ADA.encode() not in bytes_of(path)
        assert main([*run, str(path), "--full"]) == 0
        assert asked(path, events) == [left]
        assert main(arguments) == 0
    assert "no events older than" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1month", "2026-02-28"),
        ("13 months", "2025-02-28"),
        ("25months", "2024-02-29"),
        ("2years", "2024-03-31"),
        ("2weeks", "2026-03-17"),
        ("400days", "2025-02-24"),
    ],
)
def test_ages_are_by_the_calendar(text, moment):
    assert before_age(datetime.fromisoformat("2026-03-31"), text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "13", "months", "0days", "-1days", "1.5years", "99999years", "1hour"])
def test_what_is_no_age_is_refused(text, capsys):
    with pytest.raises(SystemExit) as end:
        main(["anonymize", "--older-than", text, "--store", "x"])
    assert end.value.code == 2
    assert "--older-than" in capsys.readouterr().err


def test_an_age_and_a_person_do_not_go_together(files, capsys):
    with pytest.raises(SystemExit):
        main(["forget", "--older-than", "1year", "--user-id", ADA, "--store", str(files[0])])
    assert "without a person" in capsys.readouterr().err
