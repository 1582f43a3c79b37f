"""Gaps: what the models count is put into order, and who asks waits so long and no longer."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from tracking_middleware.collector.insights.gap_counts import GapCounts
from tracking_middleware.collector.insights.gaps import (
    NOTHING,
    Asked,
    Gaps,
    LeftOut,
    by_dimension,
    left_out_of,
)
from tracking_middleware.journeys.live import LiveError
from tracking_middleware.journeys.reading.asked import Filter

from ....conftest import PATIENCE

WEEK = Asked(wait=10, filter=Filter(since=date(2026, 11, 22)))
DAY = Asked(wait=10, filter=Filter(since=date(2026, 11, 28)))


def counted(events):
    return Gaps(
        all=NOTHING,
        browsers=(),
        pages=(),
        days=(),
        silent=0,
        left_out=LeftOut(),
        counted_at="2026-01-02T03:04:05.000Z",
        events=events,
        is_cut=False,
    )


class Tables:
    """Counts while the gate is open."""

    def __init__(self):
        self.gate = threading.Event()
        self.asked = []
        self.raises = None

    def gaps(self, asked):
        self.asked.append(asked)
        assert self.gate.wait(PATIENCE)
        if self.raises:
            raise self.raises
        return counted(len(self.asked))


@pytest.fixture
def tables():
    tables = Tables()
    yield tables
    tables.gate.set()


@pytest.fixture
def counts(tables):
    counts = GapCounts(None)
    counts._tables = tables
    return counts


def test_what_is_counted_in_time_is_told(counts, tables):
    tables.gate.set()
    assert counts.ask(WEEK, patience=PATIENCE).events == 1


def test_what_takes_longer_is_told_as_it_was_before_or_not_at_all(counts, tables):
    assert counts.ask(WEEK, patience=0) is None
    tables.gate.set()
    known = counts.ask(WEEK, patience=PATIENCE)
    tables.gate.clear()
    assert counts.ask(WEEK, patience=0) == known
    assert counts.ask(DAY, patience=0) is None


def test_one_question_of_many_is_counted_once(counts, tables):
    for _ in range(5):
        assert counts.ask(WEEK, patience=0) is None
    assert list(counts._waiting) == [WEEK]
    assert len(tables.asked) <= 1


def test_more_questions_than_that_do_not_wait(counts):
    for number in range(50):
        assert counts.ask(Asked(wait=0, filter=Filter(app=str(number))), patience=0) is None
    assert [asked.filter.app for asked in counts._waiting] == [str(number) for number in range(32)]


def test_what_goes_wrong_is_raised_where_it_was_asked_and_the_next_is_counted(counts, tables):
    tables.gate.set()
    tables.raises = LiveError("no memory")
    with pytest.raises(LiveError, match="no memory"):
        counts.ask(WEEK, patience=PATIENCE)
    tables.raises = None
    assert counts.ask(WEEK, patience=PATIENCE).events == 2


def test_the_largest_come_first_and_days_in_their_order():
    rows = [
        ("all", "all", 4, 2, 0.5, 0.15, 0.85),
        ("day", "2026-01-02", 3, 1, 1 / 3, 0.1, 0.8),
        ("day", "2026-01-01", 1, 1, 1.0, 0.2, 1.0),
        ("browser", "", 1, 1, 1.0, 0.2, 1.0),
        ("browser", "Firefox", 3, 1, 1 / 3, 0.1, 0.8),
        ("page", "https://e.com/b", 2, 1, 0.5, 0.1, 0.9),
        ("page", "https://e.com/a", 2, 1, 0.5, 0.1, 0.9),
    ]
    found = by_dimension(rows)
    assert {name: [share.name for share in shares] for name, shares in found.items()} == {
        "all": ["all"],
        "day": ["2026-01-01", "2026-01-02"],
        "browser": ["Firefox", "unknown"],
        "page": ["https://e.com/a", "https://e.com/b"],
    }
    assert (found["all"][0].missing, found["all"][0].low, found["all"][0].high) == (2, 0.15, 0.85)


def test_every_reason_of_the_models_has_its_count():
    reasons = ("agent", "nobody", "too young", "seen once")
    left = left_out_of((reason, number) for number, reason in enumerate(reasons, start=1))
    assert left == LeftOut(agents=1, nobody=2, young=3, once=4)
