"""Tokens, cookies, files and rows of the version before are read: the fixtures are its own (see ``make``)."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from tracking_middleware import StructuredEvent, Tracker
from tracking_middleware.collector import Store
from tracking_middleware.collector.store.rows import Query
from tracking_middleware.commands.cli import main
from tracking_middleware.delivery.outbox.file import Outbox
from tracking_middleware.identity.sessions import Twin
from tracking_middleware.identity.twin import TwinSigner

from ..conftest import Collector
from ..databases.conftest import manage, sqlite
from .make import MOMENT, as_dict, good_events, site, visit

LONG_KEY = "the key that signs from now on, " * 2
"""Keys of the version before may be short: they read what they signed, and a longer one signs."""

DAY = 86_400


@pytest.fixture
def make_tracker(sink):
    """Makes trackers that send to the sink, and closes them."""
    made = []

    def make(*, now=MOMENT, **options):
        options = {"collector_url": sink.url, "app_id": "compatibility", "linger": 0.01, **options}
        made.append(Tracker(clock=lambda: now, **options))
        return made[-1]

    yield make
    for tracker in made:
        tracker.close()


def entities_of(event):
    entities = json.loads(event["co"])["data"] if "co" in event else []
    return {entity["schema"].split("/")[1]: entity["data"] for entity in entities}


def without_time_sent(events):
    return [{name: value for name, value in event.items() if name != "stm"} for event in events]


def sent(sink):
    """The events that arrived, each with whether its POST was anonymous, by their ids."""
    return {
        event["eid"]: (request["headers"].get("SP-Anonymous") == "*", *without_time_sent([event]))
        for request in sink.requests
        for event in request["body"]["data"]
    }


def kept(rows):
    """What should arrive of rows that begin with a number, whether it is anonymous, and the payload."""
    events = [(is_anonymous, json.loads(payload)) for _, is_anonymous, payload, *_ in rows]
    return {event["eid"]: (is_anonymous, event) for is_anonymous, event in events}


# --- tokens ---


def test_a_token_is_the_very_subject_that_was_sealed(left_behind, make_tracker):
    said = left_behind.said("tokens")
    tracker = make_tracker(secret_key=[*said["keys"], LONG_KEY])
    assert len(said["tokens"]) == 8
    for kind, sealed in said["tokens"].items():
        assert as_dict(tracker.unseal(sealed["token"])) == sealed["subject"], kind


def test_an_event_joins_the_journey_that_a_token_came_from(left_behind, make_tracker, sink):
    said = left_behind.said("tokens")
    tracker = make_tracker(secret_key=[*said["keys"], LONG_KEY])
    tracked = {
        kind: (
            tracker.track(StructuredEvent("returns", kind), subject=tracker.unseal(sealed["token"])),
            sealed,
        )
        for kind, sealed in said["tokens"].items()
    }
    assert tracker.flush(10) == 0
    events = {event["eid"]: event for event in sink.events}
    assert set(events) == {event_id for kind, (event_id, _) in tracked.items() if kind != "none"}
    for event_id, sealed in tracked.values():
        if event_id in events:
            event, subject = events[event_id], sealed["subject"]
            assert event.get("duid") == subject["domain_userid"]
            assert event.get("uid", "") == subject["user_id"]
            assert "sid" not in event
            hand_off = entities_of(event).get("cross_navigation", {})
            assert hand_off.get("session_id") == subject["handed_off_sessionid"]


def test_a_token_of_another_key_is_still_refused(left_behind, make_tracker):
    from tracking_middleware import TokenSignatureError

    said = left_behind.said("tokens")
    tracker = make_tracker(secret_key=[*said["keys"][1:], LONG_KEY])
    with pytest.raises(TokenSignatureError):
        tracker.unseal(said["tokens"]["full, by the earlier key"]["token"])


# --- twins ---


def test_a_twin_holds_what_was_signed(left_behind):
    said = left_behind.said("twins")
    signer = TwinSigner(said["keys"])
    assert len(said["twins"]) == 4
    for signed in said["twins"].values():
        expected = Twin(**{name: value for name, value in signed.items() if name != "cookie"})
        assert signer.read(signed["cookie"], suffix=said["suffix"]) == expected


def test_a_twin_brings_its_person_back(left_behind, make_tracker, sink):
    said = left_behind.said("twins")
    tracker = make_tracker(
        now=MOMENT + 2 * DAY,
        secret_key=[*said["keys"], LONG_KEY],
        identity="issue",
        cookie_domain="example.com",
    )
    for number, signed in enumerate(said["twins"].values(), 1):
        headers = visit(site(tracker), f"_sp_twin.{said['suffix']}={signed['cookie']}")
        assert tracker.flush(10) == 0
        event = sink.events[-1]
        assert len(sink.events) == number
        assert (event["duid"], event["vid"]) == (
            signed["domain_userid"],
            str(signed["domain_sessionidx"] + 1),
        )
        session = entities_of(event)["client_session"]
        assert session["previousSessionId"] == signed["domain_sessionid"]
        begins = f"_sp_id.{said['suffix']}={signed['domain_userid']}.{signed['created']}."
        assert any(value.startswith(begins) for name, value in headers if name.lower() == "set-cookie")


# --- the outbox file ---


def test_an_outbox_file_has_the_rows_and_the_ledger_it_had(left_behind):
    said = left_behind.said("outbox")
    outbox = Outbox(left_behind.copy("outbox.sqlite"))
    with contextlib.closing(outbox):
        assert outbox.ledger().as_dict() == said["ledger"]
        dead = [(letter.number, letter.payload.decode(), letter.reason) for letter in outbox.dead_letters()]
        assert dead == [(number, payload, reason) for number, _, payload, reason in said["dead"]]
        payloads = sorted(payload.decode() for payload in outbox.payloads())
        assert payloads == sorted(row[2] for row in said["waiting"] + said["dead"])
        assert outbox.last_number() == max(row[0] for row in said["waiting"] + said["dead"])


def test_what_waits_in_an_outbox_file_is_sent(left_behind, make_tracker, sink):
    said, path = left_behind.said("outbox"), left_behind.copy("outbox.sqlite")
    tracker = make_tracker(outbox=path)
    event_id = tracker.track(StructuredEvent("compatibility", "new"))
    assert tracker.flush(10) == 0
    tracker.close()
    arrived = sent(sink)
    assert arrived.pop(event_id)[1]["se_ac"] == "new"
    assert arrived == kept(said["waiting"])
    assert len(sink.events) == len(said["waiting"]) + 1
    with contextlib.closing(Outbox(path)) as outbox:
        ledger, before = outbox.ledger().as_dict(), said["ledger"]
    assert ledger == before | {
        "stored": before["stored"] + 1,
        "pending": 0,
        "delivered": before["delivered"] + before["pending"] + 1,
    }


def test_what_is_dead_in_an_outbox_file_can_be_sent_again(left_behind, make_tracker, sink, capsys):
    said, path = left_behind.said("outbox"), left_behind.copy("outbox.sqlite")
    assert main(["outbox", "retry", str(path)]) == 0
    assert capsys.readouterr().out == f"{len(said['dead'])} events wait to be sent again\n"
    assert make_tracker(outbox=path).flush(10) == 0
    assert sent(sink) == kept(said["waiting"] + said["dead"])


# --- the collector's file ---


def test_a_store_shows_the_rows_it_had(left_behind):
    said = left_behind.said("store")
    collector = Collector("--store", str(left_behind.copy("store.sqlite")))
    assert collector.good() == said["good"]
    for row, before in zip(collector.bad(), said["bad"], strict=True):
        assert {**row, "errors": ()} == {**before, "errors": ()}
        # the sentence on the step and the payload are worked out when they are asked for
        (shown,), (kept,) = (list(map(json.loads, some["errors"][1:])) for some in (row, before))
        payload = shown["data"].pop("payload")
        assert shown == kept
        assert payload.get("raw", payload)["version"] == "tp2"
    assert collector.counts() == said["all"]
    assert collector.post(good_events()[0]).text == "ok"
    assert collector.good(limit=1)[0]["event"]["event_id"] == good_events()[0]["eid"]
    assert collector.counts() == {name: number + (name != "bad") for name, number in said["all"].items()}
    assert collector.stop() == 0


def test_a_store_is_searched_and_counted_as_it_was(left_behind):
    said = left_behind.said("store")
    with contextlib.closing(Store(left_behind.copy("store.sqlite"))) as store:
        assert store.counts() == (said["all"]["good"], said["all"]["bad"])
        assert store.last_id() == said["all"]["total"]
        for event in (shape["event"] for shape in said["good"]):
            found = store.latest(Query(text=event["event_id"])).rows
            assert [row.shape["event"] for row in found] == [event]
        events = [shape["event"] for shape in said["good"]]
        for column in ("event_name", "app_id", "platform", "domain_userid", "user_id"):
            value = next(event[column] for event in reversed(events) if event[column])
            found = store.latest(Query(is_good=True, **{column: value})).rows
            expected = [event for event in events if event[column] == value]
            assert [row.shape["event"] for row in found] == expected, column
        assert sum(reason.count for reason in store.bad_reasons()) == said["all"]["bad"]


# --- Django's rows ---


def test_rows_of_the_database_outbox_are_sent(left_behind, sink, tmp_path):
    rows, path = left_behind.said("django")["rows"], tmp_path / "site"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.executescript(left_behind.text("django.sql"))
    databases = {"default": sqlite(path)}

    def run(*arguments):
        done = manage(databases, *arguments, collector_url=sink.url)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    run("migrate")
    run("send_events", "--once")
    assert sent(sink) == kept(row for row in rows if not row[3])
    assert "3 events wait to be sent again" in run("send_events", "--once", "--retry-dead")
    assert sent(sink) == kept(rows)
    assert len(sink.events) == len(rows)
