"""The page of gaps counts what the models' tables of the whole store say, also of what comes and goes."""

from __future__ import annotations

from datetime import date

import pytest

from tracking_middleware.collector.insights import answer_tables, newest
from tracking_middleware.collector.insights.answer_tables import AnswerTables
from tracking_middleware.collector.insights.asking import Answering
from tracking_middleware.collector.insights.gap_counts import GapCounts
from tracking_middleware.collector.insights.gaps import Asked
from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.store.rows import Row
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.gaps import unreported
from tracking_middleware.journeys.live import LiveError
from tracking_middleware.journeys.reading.asked import Filter

NEVER = date(9999, 12, 31)


@pytest.fixture
def said(store, tmp_path):
    """What a run on the store says, in the columns that the page has."""

    def ask(wait):
        to = tmp_path / "journeys.duckdb"
        config = Config(threads=1, wait=wait)
        run([tmp_path / "store.sqlite3"], to=to, config=config, progress=lambda *_: None)
        with opened(to, config=config, read_only=True) as connection:
            return (
                set(connection.execute(unreported._GAP).fetchall()),
                dict(connection.execute(unreported._LEFT_OUT).fetchall()),
            )

    return ask


@pytest.fixture
def answering(store):
    return Answering(AnswerTables(store))


@pytest.fixture
def ask(answering):
    """The gaps in what there is now."""
    return GapCounts(answering, Showing(Iglu().hiding)).ask


def add(store, events):
    store.add([Row(True, event["collector_tstamp"], {"event": event, "contexts": []}) for event in events])


def shown(gaps):
    shares = {("all", gaps.all)} if gaps.all.total else set()
    for dimension in ("day", "browser", "page"):
        shares |= {(dimension, share) for share in getattr(gaps, f"{dimension}s")}
    left = gaps.left_out
    return (
        {
            (
                dimension,
                "" if share.name == "unknown" else share.name,
                *(share.total, share.missing, share.share, share.low, share.high),
            )
            for dimension, share in shares
        },
        {
            reason: count
            for reason, count in {
                "agent": left.agents,
                "nobody": left.nobody,
                "too young": left.young,
                "seen once": left.once,
            }.items()
            if count
        },
    )


def test_the_gaps_are_those_of_a_run_whenever_they_are_asked_for(store, events, ask, said):
    assert ask(Asked(wait=60)).all.total == 0
    half, runs = len(events) // 2, []
    for some in (events[:half], events[half:]):
        add(store, some)
        gaps = ask(Asked(wait=60))
        runs.append(said(60))
        assert shown(gaps) == runs[-1]
        assert gaps.all.total > 20
        assert 0 < gaps.silent <= gaps.all.missing
    assert gaps.events == len(events)
    assert not gaps.is_cut
    store.clear()
    assert ask(Asked(wait=60)).events == 0
    add(store, events[:half])
    assert shown(ask(Asked(wait=60))) == runs[0]


def test_only_the_newest_events_are_looked_at_and_that_is_said(store, events, ask, monkeypatch):
    monkeypatch.setattr(newest, "MOST_EVENTS", 50)
    for some in (events[:60], events[60:90]):
        add(store, some)
        gaps = ask(Asked(wait=0))
        assert (gaps.events, gaps.is_cut) == (50, True)


def test_one_app_and_few_days_are_counted_alone(store, events, ask):
    add(store, [{**event, "app_id": f"app{place % 2}"} for place, event in enumerate(events)])
    whole, one, other, none, lately = (
        ask(Asked(wait=0, filter=given)).all.total
        for given in (Filter(), *(Filter(app=f"app{number}") for number in range(3)), Filter(since=NEVER))
    )
    assert whole == one + other
    assert one
    assert other
    assert (none, lately) == (0, 0)


def test_what_fails_begins_anew_the_next_time(store, events, ask, monkeypatch):
    add(store, events[:40])
    with monkeypatch.context() as broken:
        broken.setattr(answer_tables, "KEPT", {"read_newest": "SELECT nothing FROM nowhere"})
        with pytest.raises(LiveError, match="could not be made"):
            ask(Asked(wait=0))
    assert ask(Asked(wait=0)).events == 40


def test_what_is_being_counted_is_broken_off_at_the_end(store, events, answering, ask, monkeypatch):
    add(store, events[:40])
    monkeypatch.setattr(answer_tables, "classify", lambda _: answering.end())
    with pytest.raises(LiveError, match="the collector ends"):
        ask(Asked(wait=0))
    with pytest.raises(LiveError, match="the collector ends"):
        ask(Asked(wait=0))
