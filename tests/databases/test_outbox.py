"""Events in the database outbox are committed with the order, and sent once, by whoever relays."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from .conftest import NOBODY, TRACKING, environment, manage

PERSON = "22222222-2222-4222-8222-222222222222"
"""The visitor, in ``shop.COOKIE``."""


@pytest.fixture
def start_relay():
    """Starts ``manage.py send_events``, ended at the end."""
    started = []

    def start(databases, *arguments, **tracking):
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "send_events", *arguments],
            env=environment(databases, {**TRACKING, **tracking}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=15)


@pytest.fixture
def commit_and_die(databases, make_shop):
    """Commits orders with their events in a process that is killed before it sends any."""

    def commit(*titles):
        shop = make_shop(databases, linger=60)
        assert shop.flush() == 0  # it has looked, and does not do so again for seconds
        shop.place_each(titles)
        shop.kill()

    return commit


def test_an_event_is_sent_from_the_row_it_was_committed_with(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url)
    shop.place(["a", "b"])
    assert shop.flush() == 0
    assert collector.titles() == ["a", "b"]
    assert shop.rows() == []
    stats = shop.stats()
    assert (stats["recorded"], stats["stored"], stats["delivered"]) == (2, 2, 0)


def test_it_is_sent_without_being_asked(databases, make_shop, collector):
    make_shop(databases, url=collector.url).place(["a"])
    assert collector.wait(lambda: collector.titles() == ["a"])


def test_a_rollback_leaves_neither_order_nor_event(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url)
    shop.change_mind(["a", "b"])
    assert (shop.orders(), shop.rows()) == ([], [])
    assert shop.flush() == 0
    assert collector.posts == []
    assert shop.stats()["dropped"] == {"rolled_back": 2}


def test_a_rolled_back_savepoint_takes_its_events_along(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url)
    shop.place_in_savepoints(["a"], ["b"])
    assert shop.flush() == 0
    assert (shop.orders(), collector.titles()) == (["a"], ["a"])
    assert shop.stats()["dropped"] == {"rolled_back": 1}


def test_what_a_killed_process_committed_is_sent_by_the_next_relay(databases, commit_and_die, collector):
    commit_and_die("committed")
    relay = manage(databases, "send_events", "--once", collector_url=collector.url)
    assert (relay.returncode, relay.stderr) == (0, "")
    assert collector.titles() == ["committed"]
    assert len(collector.posts) == 1


def test_the_next_process_of_the_site_relays_as_well(databases, make_shop, commit_and_die, collector):
    commit_and_die("committed")
    make_shop(databases, url=collector.url).visit("/static/nothing")
    assert collector.wait(lambda: collector.titles() == ["committed"])


def test_two_relays_at_once_send_each_event_once(
    databases, make_shop, commit_and_die, start_relay, collector
):
    titles = [str(number) for number in range(400)]
    commit_and_die(*titles)
    relays = [start_relay(databases, collector_url=collector.url, batch_size=7) for _ in range(2)]
    assert collector.wait(lambda: len(set(collector.titles())) == 400)
    for relay in relays:
        relay.send_signal(signal.SIGTERM)
        relay.communicate(timeout=15)
    assert sorted(collector.titles()) == sorted(titles)
    assert make_shop(databases).rows() == []


def test_a_relay_that_was_killed_amid_a_post_loses_nothing(databases, commit_and_die, start_relay, collector):
    commit_and_die("a")
    collector.rule = lambda events: "hang"
    relay = start_relay(databases, collector_url=collector.url, timeout=0.5)
    assert collector.wait(lambda: collector.posts)
    relay.kill()
    collector.rule = None
    start_relay(databases, collector_url=collector.url)
    assert collector.wait(lambda: collector.titles() == ["a"])


def test_another_relay_keeps_its_hands_off_what_is_being_sent(
    databases, make_shop, commit_and_die, start_relay, collector
):
    commit_and_die("a")
    collector.rule = lambda events: "hang"
    start_relay(databases, collector_url=collector.url, timeout=60)
    assert collector.wait(lambda: collector.posts)
    other = manage(databases, "send_events", "--once", collector_url=collector.url)
    assert other.returncode == 1
    assert "1 events are left: other relays have them" in other.stderr
    assert len(collector.posts) == 1


def test_a_relay_whose_lease_ran_out_lets_the_next_one_have_the_event(databases, make_shop, commit_and_die):
    commit_and_die("a")
    shop = make_shop(databases, database_outbox=False)  # it does not relay by itself
    assert shop.overtake() == {"first": False, "second": True, "third": 0}


def test_at_its_end_a_process_looks_once_more(databases, make_shop, commit_and_die, collector):
    shop = make_shop(databases, url=collector.url)
    assert shop.flush() == 0  # it has looked, and does not do so again for seconds
    commit_and_die("a")
    assert shop.close() == 0
    assert collector.titles() == ["a"]


def test_a_post_holds_no_transaction_open(databases, make_shop, collector):
    collector.rule = lambda events: "hang"
    shop = make_shop(databases, url=collector.url, timeout=60)
    shop.place(["a"])
    assert collector.wait(lambda: collector.posts)
    shop.drop_table()  # would wait for whoever has rows locked


def test_once_says_how_many_are_left(databases, commit_and_die):
    commit_and_die("a", "b")
    begun = time.monotonic()
    relay = manage(databases, "send_events", "--once", collector_url=NOBODY)
    assert relay.returncode == 1
    assert "2 events are left: the collector does not take events" in relay.stderr
    assert time.monotonic() - begun < 10


def test_a_refused_event_is_kept_as_a_dead_letter_and_can_be_retried(databases, make_shop, collector):
    collector.rule = lambda events: 400 if any(event["se_ac"] == "bad" for event in events) else 200
    shop = make_shop(databases, url=collector.url)
    shop.place(["a", "bad", "b"])
    assert shop.flush() == 0
    assert sorted(collector.titles()) == ["a", "b"]
    assert shop.rows() == [[True, "HTTP status 400"]]
    shop.kill()
    collector.rule = None
    relay = manage(databases, "send_events", "--once", "--retry-dead", collector_url=collector.url)
    assert (relay.returncode, relay.stdout) == (0, "1 events wait to be sent again\n")
    assert sorted(collector.titles()) == ["a", "b", "bad"]
    assert collector.posts[-1][1][0] in collector.posts[0][1]  # with its own event_id


def test_anonymous_events_have_posts_of_their_own(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url, linger=60)
    shop.flush()  # it has looked, and does not do so again for seconds
    shop.place(["a"])
    shop.place(["b"], is_anonymous=True)
    shop.place(["c"])
    assert shop.flush() == 0
    assert [len(ids) for _, ids in collector.posts] == [2, 1]


def test_a_collector_that_was_down_gets_them_later(databases, make_shop, collector):
    collector.plan = [503, "reset", 503]
    shop = make_shop(databases, url=collector.url)
    shop.place(["a", "b"])
    assert collector.wait(lambda: collector.titles() == ["a", "b"])
    assert shop.flush() == 0


def test_flush_says_how_many_are_left(databases, make_shop):
    shop = make_shop(databases)
    shop.place(["a", "b"])
    assert shop.flush(0.3) == 2


def test_what_cannot_be_a_row_goes_by_the_memory(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url, before_send="tests.databases.shop.leave_out")
    shop.place(["large"], size=1_100_000)
    shop.place(["filtered", "a"])
    assert shop.flush() == 0
    stats = shop.stats()
    assert stats["dropped"] == {"too_large": 1, "filtered": 1}
    assert (stats["stored"], collector.titles()) == (1, ["a"])


def test_without_the_table_the_order_is_kept_and_the_event_arrives(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url)
    shop.drop_table()
    shop.place(["a"])
    assert shop.orders() == ["a"]
    assert collector.wait(lambda: collector.titles() == ["a"])
    assert shop.stats()["errors"]["database_outbox_failed"] >= 1
    assert any("manage.py migrate" in reason for reason in shop.health()["reasons"])


def test_a_page_view_never_touches_the_database(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url)
    assert shop.visit("/") == [200, 0]
    assert shop.flush() == 0
    assert shop.stats()["delivered"] == 1


def test_the_leases_follow_the_clock_of_the_database(
    databases, make_shop, commit_and_die, start_relay, collector
):
    commit_and_die("a")
    collector.rule = lambda events: "hang"
    start_relay(databases, collector_url=collector.url, timeout=60)
    assert collector.wait(lambda: collector.posts)
    shop = make_shop(databases, url=collector.url)
    shop.jump(86_400)
    assert shop.flush(0.5) == 1
    assert len(collector.posts) == 1


@pytest.mark.parametrize(("consent", "person"), [("full", PERSON), ("anonymous", None)])
def test_in_a_request_a_row_has_what_its_visitor_agreed_to(databases, make_shop, collector, consent, person):
    shop = make_shop(databases, url=collector.url, linger=60, consent="tests.databases.shop.consent")
    shop.flush()
    assert shop.visit(f"/checkout?title=a&consent={consent}")[0] == 200
    assert len(shop.rows()) == 1
    assert shop.flush() == 0
    (event,) = (event for event in collector.taken if "se_ac" in event)
    assert event.get("duid") == person
    assert "/checkout?" in event["url"]


def test_in_a_request_without_consent_there_is_no_row(databases, make_shop, collector):
    shop = make_shop(databases, url=collector.url, linger=60, consent="tests.databases.shop.consent")
    shop.flush()
    assert shop.visit("/checkout?title=a&consent=none")[0] == 200
    assert (shop.orders(), shop.rows()) == (["a"], [])
    assert shop.flush() == 0
    assert collector.titles() == []
    assert shop.stats()["skipped"]["consent_none"] == 2  # the page, and the event
