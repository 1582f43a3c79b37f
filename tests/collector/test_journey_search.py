"""The search for persons: bounded in time, and who goes on finds everybody once."""

from __future__ import annotations

import pytest

from tracking_middleware.collector.insights import journey_rows
from tracking_middleware.collector.insights.journey_rows import journeys_named
from tracking_middleware.collector.store.store import Store

from .conftest import page_view
from .test_store_queries import rows

COUNT = 30
VISITS = 3


def person(number):
    return f"11111111-1111-4111-8111-{number:012}"


@pytest.fixture
def store(tmp_path):
    """Persons who each saw three pages; every fifth one, and nobody else, a page on trains."""
    store = Store(tmp_path / "events.sqlite3")
    for turn in range(VISITS):
        for number in range(COUNT):
            is_reader = number % 5 == 0 and turn < 2
            store.add(
                rows(
                    page_view(
                        page="Night trains" if is_reader else "x",
                        duid=person(number),
                        uid=f"reader-{number:02}",
                        sid=None,
                    )
                )
            )
    yield store
    store.close()


def walked(store, text, most=2):
    """All who are found, page after page, and how many pages there were."""
    found, before, pages = [], None, 0
    with store.reading() as connection:
        while True:
            journeys, before = journeys_named(connection, text, before=before, most=most)
            found += [journey.users[0] for journey in journeys]
            pages += 1
            assert pages < 200
            if before is None:
                return found, pages


@pytest.mark.parametrize("patience", [0, 10])
@pytest.mark.parametrize("window", [7, 2_000])
def test_who_goes_on_finds_everybody_once(store, monkeypatch, patience, window):
    monkeypatch.setattr(journey_rows, "_PATIENCE", patience)
    monkeypatch.setattr(journey_rows, "_WINDOW", window)
    readers = [f"reader-{number:02}" for number in range(0, COUNT, 5)]
    for text in ("night tr", "TRAINS"):
        found, _ = walked(store, text)
        assert sorted(found) == readers
    found, _ = walked(store, "reader-1")  # the beginning of ten ids
    assert sorted(found) == [f"reader-{number}" for number in range(10, 20)]
    found, _ = walked(store, "eader-0")
    assert sorted(found) == [f"reader-{number:02}" for number in range(10)]


def test_a_search_that_has_no_time_left_says_where_it_goes_on(store, monkeypatch):
    monkeypatch.setattr(journey_rows, "_PATIENCE", 0)
    monkeypatch.setattr(journey_rows, "_WINDOW", 10)
    with store.reading() as connection:
        journeys, before = journeys_named(connection, "nobody has this", before=None, most=10)
    assert journeys == []
    assert before == COUNT * VISITS + 1 - 10
    assert walked(store, "nobody has this") == ([], COUNT * VISITS // 10)


def test_an_id_that_is_old_is_found_at_once_by_its_beginning(store, monkeypatch):
    monkeypatch.setattr(journey_rows, "_PATIENCE", 0)
    monkeypatch.setattr(journey_rows, "_WINDOW", 1)
    store.add(rows(page_view(duid=person(99))))
    with store.reading() as connection:
        journeys, _ = journeys_named(connection, person(4), before=None, most=10)
    assert [journey.users for journey in journeys] == [("reader-04",)]


@pytest.mark.parametrize("text", ["page%view", "page__iew", "\\", "'", '"; DROP TABLE summaries; --'])
def test_what_means_something_to_a_database_is_looked_for_as_it_is(store, text):
    assert walked(store, text)[0] == []
