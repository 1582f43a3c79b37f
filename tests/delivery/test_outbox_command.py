"""``tracking-middleware outbox …`` on a file, also while the app uses it."""

from __future__ import annotations

import json
import os

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.delivery.outbox.file import Outbox

from .conftest import record


@pytest.fixture
def path(make_tracker, collector, tmp_path):
    """A file in use: two events delivered, one dead, one waiting."""
    path = tmp_path / "outbox.sqlite3"
    collector.rule = lambda events: 400 if any(event["page"] == "bad" for event in events) else 200
    tracker = make_tracker(collector.url, outbox=path, linger=60)
    record(tracker, "a", "bad", "b")
    tracker.flush(10)
    collector.rule = lambda events: 503
    record(tracker, "waiting")
    tracker.flush(0.3)
    return path


def run(capsys, *arguments):
    status = main(["outbox", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_status_prints_the_ledger(path, capsys):
    status, out, _ = run(capsys, "status", path)
    places = {place: int(events) for place, events in (line.split() for line in out.splitlines())}
    assert status == 0
    assert places.pop("pending") + places.pop("leased") == 1
    assert places == {"stored": 4, "delivered": 2, "dead": 1, "evicted": 0}


def test_dead_prints_when_which_and_why(path, capsys, collector):
    status, out, _ = run(capsys, "dead", path)
    (line,) = out.splitlines()
    assert status == 0
    assert line.endswith("bytes  HTTP status 400")
    assert collector.posts[0][1][1] in line  # its event_id
    assert line.startswith("20")


def test_retry_lets_the_dead_be_sent_again(path, capsys):
    assert run(capsys, "retry", path) == (0, "1 events wait to be sent again\n", "")
    assert run(capsys, "dead", path) == (0, "", "")


def test_export_prints_all_that_is_there_as_json(path, capsys):
    status, out, _ = run(capsys, "export", path)
    assert status == 0
    assert [json.loads(line)["page"] for line in out.splitlines()] == ["bad", "waiting"]


@pytest.mark.parametrize("action", ["status", "dead", "retry", "export", "send"])
def test_a_wrong_path_is_told_and_left_alone(tmp_path, capsys, action, monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "http://127.0.0.1:9")
    missing, other = tmp_path / "missing", tmp_path / "notes.txt"
    other.write_text("not an outbox\n" * 100)
    assert run(capsys, action, missing)[::2] == (
        1,
        f"tracking-middleware: {missing} is no file: name the one that the setting outbox names\n",
    )
    status, _, err = run(capsys, action, other)
    assert (status, "not a database" in err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert other.read_text().startswith("not an outbox\n")


@pytest.fixture
def left(tmp_path, monkeypatch):
    """A file with three events that a process left behind, and a bad one."""
    for name in [name for name in os.environ if name.startswith("TRACKING_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "outbox.sqlite3"
    outbox = Outbox(path)
    payloads = [
        json.dumps({"eid": str(n), "page": page}).encode() for n, page in enumerate(["a", "b", "bad"])
    ]
    outbox.store([(payload, payload is payloads[1]) for payload in payloads])
    outbox.close()
    return path


def test_send_sends_what_the_file_holds_and_says_so(left, capsys, collector):
    assert run(capsys, "send", left, "--collector-url", collector.url) == (0, "3 events sent\n", "")
    assert sorted(collector.titles()) == ["a", "b", "bad"]
    assert run(capsys, "send", left, "--collector-url", collector.url) == (0, "0 events sent\n", "")


def test_send_takes_its_settings_from_the_environment(left, capsys, collector, monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", collector.url)
    monkeypatch.setenv("TRACKING_OUTBOX", "/nowhere/else.sqlite3")
    assert run(capsys, "send", left)[:2] == (0, "3 events sent\n")


def test_send_gives_1_where_the_collector_refuses_an_event(left, capsys, collector):
    collector.rule = lambda events: 400 if any(event["page"] == "bad" for event in events) else 200
    status, out, err = run(capsys, "send", left, "--collector-url", collector.url)
    assert (status, out) == (1, "2 events sent\n")
    assert f"1 events were refused: tracking-middleware outbox dead {left}" in err


def test_send_gives_1_and_the_reason_where_it_ends_in_vain(left, capsys):
    status, out, err = run(capsys, "send", left, "--collector-url", "http://127.0.0.1:9", "--timeout", "5")
    assert (status, out) == (1, "0 events sent\n")
    assert "3 events are left after 5 s; the collector does not take events" in err
    assert "tried again" not in err
    assert run(capsys, "status", left)[1].splitlines()[1].split() == ["pending", "3"]


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (["--timeout", "0"], 2, "'0' is no number of seconds"),
        (["--collector-url", "ftp://x"], 2, "--collector-url must be"),
        ([], 1, "TRACKING_COLLECTOR_URL must be"),
    ],
)
def test_send_refuses_what_it_cannot_use(left, capsys, options, status, reason):
    try:
        given, _, err = run(capsys, "send", left, *options)
    except SystemExit as end:
        given, err = end.code, capsys.readouterr().err
    assert (given, reason in err) == (status, True), err


def test_a_large_file_is_exported_page_by_page(tmp_path, capsys):
    path = tmp_path / "outbox.sqlite3"
    outbox = Outbox(path)
    for start in range(0, 2500, 500):
        outbox.store([(b'{"eid":"%d"}' % n, False) for n in range(start, start + 500)])
    outbox.close()
    _, out, _ = run(capsys, "export", path)
    assert [json.loads(line)["eid"] for line in out.splitlines()] == [str(n) for n in range(2500)]
