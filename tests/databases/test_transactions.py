"""What is tracked in a transaction leaves when it commits, and is counted when it does not."""

from __future__ import annotations

import pytest


@pytest.fixture
def shop(sqlite_databases, make_shop, collector):
    """A shop without a database outbox."""
    return make_shop(sqlite_databases, url=collector.url, database_outbox=False)


def test_events_leave_after_the_commit(shop, collector):
    before = shop.hold_open(["a", "b"])
    assert (before["recorded"], before["delivered"]) == (0, 0)
    assert shop.flush() == 0
    assert collector.titles() == ["a", "b"]


def test_a_rollback_drops_them_and_counts(shop, collector):
    shop.change_mind(["a", "b"])
    assert shop.flush() == 0
    assert collector.posts == []
    assert shop.stats()["recorded"] == 2
    assert shop.stats()["dropped"] == {"rolled_back": 2}


def test_a_rolled_back_savepoint_drops_its_own(shop, collector):
    shop.place_in_savepoints(["a", "b"], ["c"])
    assert shop.flush() == 0
    assert collector.titles() == ["a", "b"]
    assert shop.stats()["dropped"] == {"rolled_back": 1}


def test_outside_a_transaction_they_leave_at_once(shop, collector):
    shop.track("a")
    assert shop.stats()["recorded"] == 1
    assert shop.flush() == 0
    assert collector.titles() == ["a"]


def test_the_setting_turns_it_off(sqlite_databases, make_shop, collector):
    shop = make_shop(sqlite_databases, url=collector.url, database_outbox=False, on_commit=False)
    shop.change_mind(["declined"])
    assert shop.flush() == 0
    assert collector.titles() == ["declined"]


def test_an_event_may_leave_whatever_becomes_of_the_transaction(shop, collector):
    shop.change_mind(["declined"], on_commit=False)
    assert shop.flush() == 0
    assert collector.titles() == ["declined"]
    assert shop.orders() == []


def test_in_a_request_that_waits_for_consent_a_rollback_drops_as_well(shop, collector):
    assert shop.visit("/declined?title=a")[0] == 200
    assert shop.flush() == 0
    assert collector.titles() == []
    assert shop.stats()["dropped"] == {"rolled_back": 1}


def test_any_database_will_do(shop, collector):
    shop.place(["a"], using="warehouse")
    assert shop.flush() == 0
    assert collector.titles() == ["a"]
    assert shop.orders("warehouse") == ["a"]


def test_of_two_transactions_the_one_nested_deeper_decides(shop, collector):
    shop.place_in_both("warehouse", "default", savepoints=1, fails="warehouse")
    shop.place_in_both("default", "warehouse", savepoints=1, fails="warehouse")
    assert shop.flush() == 0
    assert collector.titles() == ["default in warehouse"]


def test_of_two_nested_alike_the_one_named_last_decides(shop, collector):
    shop.place_in_both("warehouse", "default", fails="default")
    shop.place_in_both("default", "warehouse", fails="default")
    shop.place_in_both("default", "warehouse", fails="warehouse")
    assert shop.flush() == 0
    assert collector.titles() == ["default in warehouse", "warehouse in default"]


def test_a_view_with_a_transaction(shop, collector):
    assert shop.visit("/checkout?title=a")[0] == 200
    assert shop.flush() == 0
    assert collector.titles() == ["a"]


def test_an_async_view_with_a_transaction_in_a_thread(shop, collector):
    assert shop.visit_async("/async/a") == 200
    assert shop.flush() == 0
    assert sorted(collector.titles()) == ["a", "a seen"]


@pytest.mark.parametrize("database_outbox", [False, True])
def test_djangos_test_case_captures_them(sqlite_databases, make_shop, collector, database_outbox):
    shop = make_shop(sqlite_databases, url=collector.url, database_outbox=database_outbox)
    assert shop.run_test_case(["a"]) == {"captured": 1, "recorded": 1, "problems": []}
    assert shop.stats()["dropped"] == {}
    assert shop.orders() == []


def test_a_fork_in_a_transaction_counts_nothing_of_its_parents(shop):
    assert shop.fork_amid(["a"]) == {}
    assert shop.stats()["dropped"] == {}
    assert shop.flush() == 0
    assert shop.stats()["delivered"] == 1


def test_a_tracker_that_is_off_keeps_nothing(sqlite_databases, make_shop):
    shop = make_shop(sqlite_databases, enabled=False)
    shop.place(["a"])
    assert shop.orders() == ["a"]
    assert shop.rows() == []
