"""What is tracked with a session leaves when the session commits, and is counted when it does not."""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tracking_middleware import StructuredEvent, Tracker
from tracking_middleware.sqlalchemy import after_commit


class Memory:
    """A delivery that keeps what is recorded, and why others were dropped."""

    def __init__(self):
        self.events = []
        self.dropped = []
        self.drop = self.dropped.append

    def record(self, recorded):
        self.events.append(recorded.to_event().action)


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def tracker(memory):
    return Tracker(collector_url="log:", app_id="shop", delivery=memory)


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'shop'}")

    # the driver begins no transaction before a savepoint by itself
    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection, _record):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN")

    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session


def buy(tracker, session, *titles):
    session.execute(text("SELECT 1"))
    with after_commit(session):
        for title in titles:
            tracker.track(StructuredEvent(category="order", action=title))


def test_events_leave_after_the_commit(tracker, memory, session):
    buy(tracker, session, "a", "b")
    assert memory.events == []
    session.commit()
    assert memory.events == ["a", "b"]
    buy(tracker, session, "c")
    session.commit()
    assert (memory.events, memory.dropped) == (["a", "b", "c"], [])


def test_a_rollback_drops_them_and_counts(tracker, memory, session):
    buy(tracker, session, "a", "b")
    session.rollback()
    buy(tracker, session, "c")
    session.commit()
    assert (memory.events, memory.dropped) == (["c"], ["rolled_back"] * 2)


def test_a_session_closed_without_commit_drops_them(tracker, memory, session):
    buy(tracker, session, "a")
    session.close()
    assert (memory.events, memory.dropped) == ([], ["rolled_back"])


def test_a_session_that_is_forgotten_drops_them(tracker, memory, engine):
    session = Session(engine)
    buy(tracker, session, "a")
    del session
    gc.collect()
    assert (memory.events, memory.dropped) == ([], ["rolled_back"])


def test_a_rolled_back_savepoint_drops_its_own(tracker, memory, session):
    buy(tracker, session, "a")
    savepoint = session.begin_nested()
    buy(tracker, session, "b")
    savepoint.rollback()
    with session.begin_nested():
        buy(tracker, session, "c")
        with session.begin_nested():
            buy(tracker, session, "d")
    assert memory.events == []
    session.commit()
    assert (memory.events, memory.dropped) == (["a", "c", "d"], ["rolled_back"])


def test_a_rollback_takes_committed_savepoints_along(tracker, memory, session):
    with session.begin_nested():
        buy(tracker, session, "a")
    session.rollback()
    assert (memory.events, memory.dropped) == ([], ["rolled_back"])


def test_without_a_transaction_they_leave_at_once(tracker, memory, session):
    with after_commit(session):
        tracker.track(StructuredEvent(category="order", action="a"))
    assert memory.events == ["a"]


def test_outside_the_block_they_leave_at_once(tracker, memory, session):
    session.execute(text("SELECT 1"))
    with after_commit(session):
        pass
    tracker.track(StructuredEvent(category="order", action="a"))
    assert memory.events == ["a"]


def test_of_two_blocks_the_inner_one_decides(tracker, memory, engine, session):
    with Session(engine) as other:
        other.execute(text("SELECT 1"))
        with after_commit(other):
            buy(tracker, session, "a")
            tracker.track(StructuredEvent(category="order", action="b"))
        session.commit()
        assert memory.events == ["a"]
    assert memory.dropped == ["rolled_back"]


def test_a_scoped_session(tracker, memory, engine):
    sessions = scoped_session(sessionmaker(engine))
    buy(tracker, sessions, "a")
    sessions.commit()
    assert memory.events == ["a"]
    sessions.remove()


def test_anything_else_is_refused(tracker):
    with pytest.raises(TypeError, match="takes a Session"), after_commit("session"):
        pass
