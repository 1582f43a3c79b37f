"""``tracking-middleware track``: what it sends, and what its exit status says."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tracking_middleware import Subject
from tracking_middleware.commands.cli import main
from tracking_middleware.ids import uuid_of_key

from .conftest import KEY, PERSON, hand_offs, visit

SCHEMA = "iglu:com.acme/order_returned/jsonschema/1-0-0"
RETURNED = ("--schema", SCHEMA, "--data", '{"sku": "RS-1", "size": "M", "refund": 59.90}')
NIGHTLY = ("--category", "nightly", "--action", "report")


@pytest.fixture(autouse=True)
def _environment(monkeypatch, sink):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", sink.url)
    monkeypatch.setenv("TRACKING_APP_ID", "warehouse")
    monkeypatch.setenv("TRACKING_SHUTDOWN_TIMEOUT", "5")


@pytest.fixture
def track(capsys):
    """Runs the command: its exit status, and what it printed."""

    def track(*arguments):
        try:
            status = main(["track", *arguments])
        except SystemExit as end:
            status = end.code
        printed = capsys.readouterr()
        return status, printed.out.strip(), printed.err

    return track


def described(event):
    return json.loads(event["ue_pr"])["data"]


def test_0_and_the_event_id_when_the_collector_has_it(track, sink):
    status, event_id, said = track(*RETURNED)
    (event,) = sink.events
    assert (status, said) == (0, "")
    assert (event["eid"], event["aid"]) == (event_id, "warehouse")
    assert described(event) == {"schema": SCHEMA, "data": {"sku": "RS-1", "size": "M", "refund": 59.9}}


def test_all_that_is_known_of_it_goes_along(track, sink, make_tracker, monkeypatch):
    monkeypatch.setenv("TRACKING_SECRET_KEY", KEY)
    tracker = make_tracker(secret_key=KEY)
    token = visit(tracker, tracker.seal)
    entity = {"schema": "iglu:com.acme/shelf/jsonschema/1-0-0", "data": {"row": 7}}
    shelf = ("--entity", json.dumps(entity))
    known = ("--subject", token, "--user-id", "123", "--at", "2026-03-14T09:30:00Z", "--key", "return-1")
    status, event_id, _ = track(*RETURNED, *known, *shelf, *shelf)
    (event,) = sink.events
    assert status == 0
    assert (event["duid"], event["uid"], event["ttm"]) == (PERSON, "123", "1773480600000")
    assert event["eid"] == event_id == uuid_of_key("warehouse", "return-1")
    assert json.loads(event["co"])["data"].count(entity) == 2
    assert len(hand_offs(event)) == 1


def test_a_structured_event_needs_no_schema(track, sink):
    status, _, _ = track(*NIGHTLY, "--label", "sales", "--property", "eu", "--value", "12.30")
    (event,) = sink.events
    assert status == 0
    assert [event[key] for key in ("se_ca", "se_ac", "se_la", "se_pr", "se_va")] == [
        *("nightly", "report", "sales", "eu", "12.30")
    ]


def test_the_moment_may_be_seconds_since_the_epoch(track, sink):
    track(*NIGHTLY, "--at", "1700000000.5")
    assert sink.events[0]["ttm"] == "1700000000500"


def test_json_may_be_in_a_file(track, sink, tmp_path):
    (tmp_path / "data.json").write_text('{"sku": "Größe"}')
    status, _, _ = track("--schema", SCHEMA, "--data", f"@{tmp_path}/data.json")
    assert (status, described(sink.events[0])["data"]) == (0, {"sku": "Größe"})


def test_json_may_come_from_standard_input(track, sink, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"sku": "RS-1"}')))
    status, _, _ = track("--schema", SCHEMA, "--data", "@-")
    assert (status, described(sink.events[0])["data"]) == (0, {"sku": "RS-1"})


def test_flags_win_over_the_environment(track, sink, monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "http://127.0.0.1:9")
    status, _, _ = track(*NIGHTLY, "--collector-url", sink.url, "--app-id", "shop")
    assert (status, sink.events[0]["aid"]) == (0, "shop")


def test_1_and_the_reason_when_it_is_not_delivered_in_time(track, monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TRACKING_SHUTDOWN_TIMEOUT", "0.5")
    status, event_id, said = track(*NIGHTLY)
    assert (status, len(event_id)) == (1, 36)
    assert "not delivered, and lost, since no TRACKING_OUTBOX keeps it" in said
    assert "refused" in said
    assert "tried again" not in said


def test_1_when_the_collector_refuses_the_event(track, sink):
    sink.judge = lambda events: 400
    status, _, said = track(*NIGHTLY)
    assert (status, "dropped as rejected" in said) == (1, True)


def test_1_when_it_is_only_safe_in_the_outbox(track, sink, monkeypatch, tmp_path):
    path = tmp_path / "outbox.sqlite3"
    monkeypatch.setenv("TRACKING_OUTBOX", str(path))
    monkeypatch.setenv("TRACKING_SHUTDOWN_TIMEOUT", "1")
    sink.judge = lambda events: 503
    status, event_id, said = track(*NIGHTLY)
    assert (status, f"not delivered, but safe in {path}" in said) == (1, True)
    sink.judge = lambda events: 200
    monkeypatch.setenv("TRACKING_SHUTDOWN_TIMEOUT", "10")
    status, second, said = track(*NIGHTLY)
    assert (status, said) == (0, "")
    assert {event["eid"] for event in sink.events} == {event_id, second}


def test_1_when_it_is_among_the_outboxs_dead_letters(track, sink, monkeypatch, tmp_path):
    monkeypatch.setenv("TRACKING_OUTBOX", str(tmp_path / "outbox.sqlite3"))
    sink.judge = lambda events: 400
    status, _, said = track(*NIGHTLY)
    assert (status, "among the dead letters" in said) == (1, True)


def test_1_when_the_subject_did_not_agree(track, sink, make_tracker, monkeypatch):
    monkeypatch.setenv("TRACKING_SECRET_KEY", KEY)
    token = make_tracker(secret_key=KEY).seal(Subject(consent="none"))
    status, _, said = track(*NIGHTLY, "--subject", token)
    assert (status, "dropped as consent_none" in said, sink.events) == (1, True, [])


def test_1_when_tracking_is_switched_off(track, sink, monkeypatch):
    monkeypatch.setenv("TRACKING_ENABLED", "false")
    status, _, said = track(*NIGHTLY)
    assert (status, "TRACKING_ENABLED is off" in said, sink.events) == (1, True, [])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--schema", SCHEMA, "--data", "@no-such-file"], "--data: [Errno 2]"),
        (["--schema", SCHEMA, "--data", f"@{__file__}"], "--data is no JSON"),
        (
            [*NIGHTLY, "--subject", ""],
            "--subject cannot be read without the key that sealed it: set TRACKING_SECRET_KEY",
        ),
    ],
)
def test_1_and_no_event_id_when_what_is_named_is_found_wrong(track, sink, arguments, reason):
    status, printed, said = track(*arguments)
    assert (status, printed, sink.events) == (1, "", [])
    assert reason in said


def test_1_when_the_environment_is_wrong(track, sink, monkeypatch):
    monkeypatch.setenv("TRACKING_LINGER", "long")
    status, printed, said = track(*NIGHTLY)
    assert (status, printed) == (1, "")
    assert "TRACKING_LINGER must be a number of seconds" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "one of the arguments --schema --category is required"),
        (["--schema", SCHEMA], "--schema needs --data"),
        (["--category", "nightly"], "--category needs --action"),
        ([*RETURNED, "--action", "report"], "--action does not go with --schema"),
        ([*NIGHTLY, "--data", "{}"], "--data does not go with --category"),
        ([*NIGHTLY, "--schema", SCHEMA], "not allowed with"),
        ([*NIGHTLY, "--value", "much"], "'much' is no number"),
        ([*NIGHTLY, "--at", "yesterday"], "'yesterday' is neither"),
        (["--schema", SCHEMA, "--data", "{"], "--data is no JSON"),
        (["--schema", "order_returned", "--data", "{}"], "'order_returned' is no Iglu URI"),
        ([*NIGHTLY, "--entity", "{}"], "--entity: a plain entity is a dict of exactly 'schema'"),
        ([*NIGHTLY, "--key", ""], "the key holds an empty str"),
        ([*NIGHTLY, "--at", "1e20"], "at lies before 1970 or after 9999"),
        ([*NIGHTLY, "--collector-url", "ftp://x"], "--collector-url must be"),
    ],
)
def test_2_when_the_arguments_cannot_be_used(track, sink, arguments, reason):
    status, printed, said = track(*arguments)
    assert (status, printed, sink.events) == (2, "", [])
    assert said.startswith("usage: tracking-middleware track")
    assert said.count("\n") == 2, "one line of usage, one of what was wrong"
    assert reason in said


def test_what_could_not_be_used_is_said_although_the_event_arrived(track, sink):
    status, _, said = track(*NIGHTLY, "--user-id", "x" * 300)
    assert (status, sink.events[0].get("uid")) == (0, None)
    assert "the event was sent, but without what could not be used: user_id_invalid" in said


def test_with_log_as_the_collector_the_event_is_shown():
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tracking_middleware", "track", *NIGHTLY),
            *("--collector-url", "log:", "--app-id", "here"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(done.stderr)["eid"] == done.stdout.strip()
