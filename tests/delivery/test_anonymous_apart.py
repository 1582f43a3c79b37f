"""Identified and anonymous events never share a POST, on the wire: also those that are sent again."""

from __future__ import annotations

import pytest

from tracking_middleware.commands.cli import main

from .conftest import record

DOWN = "http://127.0.0.1:9"
TITLES = [f"{kind} {n}" for n in range(6) for kind in ("named", "anonymous")]


def record_all(tracker, *titles):
    for title in titles or TITLES:
        record(tracker, title, is_anonymous=title.startswith("anonymous"))


def titles_in(request):
    return [event["page"] for event in request["body"]["data"]]


def assert_apart(sink, *, delivered=TITLES):
    """Each event arrived once, and each POST, also one that was refused, is of one kind and says so."""
    assert sorted(event["page"] for event in sink.events) == sorted(delivered)
    for request in sink.requests:
        headers = {name.lower(): value for name, value in request["headers"].items()}
        kinds = {title.partition(" ")[0] for title in titles_in(request)}
        assert kinds == ({"anonymous"} if headers.get("sp-anonymous") == "*" else {"named"})
        assert headers.get("sp-anonymous") in {None, "*"}


@pytest.fixture(params=["in memory", "outbox"])
def settings(request, tmp_path):
    return {} if request.param == "in memory" else {"outbox": tmp_path / "outbox.sqlite3"}


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_where_posts_fail_and_are_tried_again(sink, make_tracker, settings, batch_size):
    sink.statuses = [503, 503, 503, 429]
    tracker = make_tracker(sink.url, linger=60, batch_size=batch_size, **settings)
    record_all(tracker)
    assert tracker.flush(10) == 0
    assert [request["status"] for request in sink.requests].count(200) >= 2
    assert_apart(sink)


def test_where_a_post_is_halved_until_the_culprit_is_alone(sink, make_tracker, settings):
    culprits = {"named 3", "anonymous 4"}
    sink.judge = lambda events: 400 if culprits & {event["page"] for event in events} else 200
    tracker = make_tracker(sink.url, linger=60, **settings)
    record_all(tracker)
    assert tracker.flush(10) == 0
    assert_apart(sink, delivered=set(TITLES) - culprits)


def test_after_a_restart(sink, make_tracker, tmp_path):
    path = tmp_path / "outbox.sqlite3"
    first = make_tracker(DOWN, outbox=path, linger=0.01)
    record_all(first)
    assert first.flush(0.2) == len(TITLES)
    first.close(0.1)
    second = make_tracker(sink.url, outbox=path, linger=0.01)
    assert second.flush(10) == 0
    assert_apart(sink)


def test_where_dead_letters_are_sent_again(sink, make_tracker, tmp_path, capsys):
    path = tmp_path / "outbox.sqlite3"
    sink.judge = lambda events: 400
    tracker = make_tracker(sink.url, outbox=path, linger=0.01)
    record_all(tracker)
    tracker.flush(10)
    assert tracker.stats()["outbox"]["dead"] == len(TITLES)
    sink.judge = lambda events: 200
    assert main(["outbox", "retry", str(path)]) == 0
    assert tracker.flush(10) == 0
    assert_apart(sink)
