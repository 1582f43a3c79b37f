"""An AsyncSession, on an engine that really is async, commits and rolls back with its events."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine

from tracking_middleware import StructuredEvent, Tracker
from tracking_middleware.sqlalchemy import after_commit

from . import postgres


@pytest.fixture
def tracker(collector):
    with Tracker(collector_url=collector.url, app_id="shop", linger=0.02) as tracker:
        yield tracker


async def place(tracker, session, title):
    await session.execute(text("SELECT 1"))
    with after_commit(session):
        await asyncio.sleep(0)  # another task may run in between
        tracker.track(StructuredEvent(category="order", action=title))


async def in_tasks(engine, tracker):
    """Sessions that commit and that do not, each in a task of its own."""

    async def visit(number):
        async with AsyncSession(engine) as session:
            await place(tracker, session, str(number))
            if number % 2:
                await session.commit()

    await asyncio.gather(*(visit(number) for number in range(10)))


async def in_registry(engine, tracker):
    sessions = async_scoped_session(async_sessionmaker(engine), scopefunc=asyncio.current_task)
    await place(tracker, sessions, "a")
    await sessions.commit()
    await place(tracker, sessions, "b")
    await sessions.remove()


def run(server, work, tracker):
    async def with_engine():
        engine = create_async_engine(
            "postgresql+psycopg://", connect_args={"host": str(server), "user": postgres.USER}
        )
        await work(engine, tracker)
        await engine.dispose()

    asyncio.run(with_engine())


def test_tasks_keep_their_events_apart(postgres_server, tracker, collector):
    run(postgres_server, in_tasks, tracker)
    assert tracker.flush(10) == 0
    assert sorted(collector.titles()) == ["1", "3", "5", "7", "9"]
    assert tracker.stats()["dropped"] == {"rolled_back": 5}


def test_a_registry_of_sessions(postgres_server, tracker, collector):
    run(postgres_server, in_registry, tracker)
    assert tracker.flush(10) == 0
    assert collector.titles() == ["a"]
    assert tracker.stats()["dropped"] == {"rolled_back": 1}
