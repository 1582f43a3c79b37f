"""Who asks waits so long for tables and no longer, and what takes long begins when somebody first looks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import duckdb
import pytest

from tracking_middleware.collector.insights import ahead as ahead_module
from tracking_middleware.collector.insights.ahead import Ahead
from tracking_middleware.collector.insights.asking import FEW, Answering, Made
from tracking_middleware.journeys.answers.settings import Answers
from tracking_middleware.journeys.live import LiveError

from ....conftest import PATIENCE


class Source:
    """Makes tables of so many events while the gate is open."""

    def __init__(self, connection):
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.takes_long = self.is_known = False
        self.events, self.times, self.raises = 1, 0, None
        self._connection = connection

    def make(self):
        self.times += 1
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        if self.raises:
            raise self.raises
        return Made(
            connection=self._connection,
            read_at=datetime(2026, 11, 29, tzinfo=UTC),
            events=self.events,
            answers=Answers(),
        )

    def end(self):
        self.gate.set()


@pytest.fixture
def source():
    with duckdb.connect() as connection:
        source = Source(connection)
        yield source
        source.gate.set()
        for thread in threading.enumerate():
            if thread.name in {"answers", "ahead"}:
                thread.join(PATIENCE)


@pytest.fixture
def answering(source):
    return Answering(source)


def events(answering, **patience):
    answer = answering.ask(lambda cursor, made: made.events, **patience)
    return answer and answer[0]


def test_what_is_made_in_time_is_told(source, answering):
    source.gate.set()
    source.takes_long = True
    assert events(answering, patience=PATIENCE) == 1


def test_a_page_of_few_events_waits_for_them_however_impatient(source, answering):
    threading.Timer(0.05, source.gate.set).start()
    assert events(answering, patience=0) == 1


def test_a_page_of_many_events_does_not_wait_and_they_are_made_once_for_all_who_ask(source, answering):
    source.takes_long, source.events = True, FEW
    for _ in range(3):
        assert events(answering, patience=0) is None
    source.gate.set()
    assert events(answering, patience=PATIENCE) == FEW
    assert source.times == 1


def test_of_many_events_those_before_are_told_while_newer_ones_are_counted(source, answering):
    source.takes_long, source.events = True, FEW
    source.gate.set()
    assert events(answering) == FEW
    source.gate.clear()
    source.events += 1
    assert events(answering, patience=0) == FEW
    source.is_known = True
    source.gate.set()
    while answering._making is not None:
        answering._making.result(PATIENCE)
    assert events(answering) == FEW + 1


def test_what_goes_wrong_is_raised_where_it_was_asked_and_made_the_next_time(source, answering):
    source.gate.set()
    source.raises = LiveError("no memory")
    with pytest.raises(LiveError, match="no memory"):
        events(answering)
    source.raises = None
    assert events(answering) == 1
    assert source.times == 2


@pytest.fixture
def prepared(monkeypatch):
    """How often Journeys was prepared."""
    prepared = []
    monkeypatch.setattr(ahead_module.persons, "prepare", lambda: prepared.append(1))
    return prepared


def test_the_first_look_at_a_page_begins_what_takes_long_and_no_other_does(source, answering, prepared):
    source.takes_long = source.is_known = True
    ahead = Ahead(answering)
    assert not source.begun.is_set()
    for _ in range(3):
        ahead.look()
    assert source.begun.wait(PATIENCE)
    source.gate.set()
    assert events(answering) == 1
    ahead.look()
    assert (source.times, len(prepared)) == (1, 1)


def test_of_few_events_nothing_is_made_before_somebody_asks(source, answering, prepared):
    ahead = Ahead(answering)
    ahead.look()
    assert not [thread for thread in threading.enumerate() if thread.name == "ahead"]
    source.takes_long = True
    ahead.look()
    assert source.begun.wait(PATIENCE)
    assert prepared == [1]


def test_what_cannot_be_prepared_is_told_to_who_asks(source, answering, monkeypatch):
    def fails():
        raise LiveError("the journeys need DuckDB")

    monkeypatch.setattr(ahead_module.persons, "prepare", fails)
    source.takes_long, source.raises = True, LiveError("no memory")
    source.gate.set()
    Ahead(answering).look()
    assert source.begun.wait(PATIENCE)
    with pytest.raises(LiveError, match="no memory"):
        events(answering)
