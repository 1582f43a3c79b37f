"""Journeys: rows and what the models say of them as persons, sessions, steps, and as they are drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracking_middleware.collector.insights.journeys import Placed, Told, is_handed_off, journeys_of
from tracking_middleware.collector.pages.parts.html import render
from tracking_middleware.collector.pages.parts.track import span, track
from tracking_middleware.collector.payload.times import iso
from tracking_middleware.collector.store.rows import StoredRow
from tracking_middleware.collector.store.summary import Summary

BEGIN = datetime(2026, 1, 2, 10, tzinfo=UTC)
HAND_OFF = {
    "schema": "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0",
    "data": {"reason": "hand_off"},
}
SIDES = {"web": "browser", "srv": "server"}


class Rows:
    """Rows with ids of their own, and what the models say of them."""

    def __init__(self):
        self.rows, self.placed, self.pairs = {}, {}, {}
        self.users, self.devices = {}, {}

    def add(self, minutes, name="page_view", *, platform="web", of="ann", session="a", side=None, **given):
        moment = iso(BEGIN + timedelta(minutes=minutes))
        entities = given.pop("entities", ())
        columns = {"contexts": {"data": list(entities)} if entities else {}, "se_action": "swipe"}
        row = StoredRow(
            is_good=True,
            received=moment,
            shape={"event": columns, "contexts": [entity["schema"] for entity in entities]},
            id=len(self.rows) + 1,
            summary=Summary(derived=moment, event_name=name, platform=platform, **given),
        )
        self.rows[row.id] = row
        side = side or SIDES[platform]
        self.placed[row.id] = Placed(person=of, session=session, side=side, how="device")
        return row

    def journeys(self, *, cut=()):
        placed = dict(sorted(self.placed.items(), key=lambda item: self.rows[item[0]].summary.derived))
        told = Told(placed=placed, pairs=self.pairs, users=self.users, devices=self.devices)
        return journeys_of(self.rows, told, cut=frozenset(cut))

    def journey(self):
        (journey,) = self.journeys()
        return journey


@pytest.fixture
def rows():
    return Rows()


def test_sessions_are_in_the_order_they_began_and_so_are_their_events(rows):
    late = rows.add(100, session="b", domain_sessionidx=2)
    second = rows.add(5, domain_sessionidx=1)
    first = rows.add(0, domain_sessionidx=1)
    sessions = rows.journey().sessions
    assert [session.rows for session in sessions] == [(first, second), (late,)]
    assert [session.index for session in sessions] == [1, 2]


def test_devices_are_counted_in_the_order_they_were_seen(rows):
    rows.add(0, domain_userid="phone")
    rows.add(60, session="b", domain_userid="desk")
    rows.devices, rows.users = {"ann": ("phone", "desk")}, {"ann": ("ada",)}
    journey = rows.journey()
    assert (journey.persons, journey.users) == (("phone", "desk"), ("ada",))
    assert [session.device for session in journey.sessions] == [1, 2]


def test_persons_of_one_browser_are_journeys_of_their_own_the_last_first(rows):
    rows.add(0, of="ada")
    old = rows.add(2, of="ben", session="b")
    rows.add(4, of="ada", session="c")
    journeys = rows.journeys(cut=[old.id])
    assert [(journey.person, journey.is_cut) for journey in journeys] == [("ada", False), ("ben", True)]


def test_what_happened_off_the_browser_stands_at_the_end(rows):
    job = rows.add(-500, "order_shipped", platform="srv", session=None, side="off_browser")
    placed = rows.add(1, "order_placed", platform="srv")
    rows.add(0)
    journey = rows.journey()
    assert [step.rows for step in journey.off_browser] == [(job,)]
    assert placed in journey.sessions[0].rows
    assert journey.rows[-1] == job


def test_what_is_in_no_session_is_said_so(rows):
    rows.add(0, session=None)
    assert rows.journey().sessions[0].name is None
    assert "Outside any session" in render(track(rows.journey()))


def test_only_a_sealed_token_is_a_hand_off(rows):
    link = {**HAND_OFF, "data": {"reason": "link"}}
    assert is_handed_off(rows.add(0, platform="srv", entities=[HAND_OFF]))
    assert not is_handed_off(rows.add(0, platform="srv", entities=[link]))
    assert not is_handed_off(rows.add(0, platform="srv", entities=[{**HAND_OFF, "data": "text"}]))
    assert not is_handed_off(rows.add(0, platform="srv"))


def test_the_two_sides_of_a_page_view_are_one_step_in_the_browsers_session(rows):
    server = rows.add(0, platform="srv", session="before")
    other = rows.add(0.5, platform="srv")
    client = rows.add(1)
    rows.pairs = {server.id: client.id}
    (session,) = rows.journey().sessions
    assert [(step.rows, step.is_unreported) for step in session.steps] == [
        ((server, client), False),
        ((other,), True),
    ]


def test_a_page_view_that_the_browser_told_of_as_somebody_else_is_not_unreported(rows):
    server = rows.add(0, platform="srv", of="ann")
    client = rows.add(1, of="ben", session="b")
    rows.pairs = {server.id: client.id}
    steps = [step for journey in rows.journeys() for step in journey.steps]
    assert [(step.rows, step.is_unreported) for step in steps] == [((client,), False), ((server,), False)]


def test_the_track_has_both_lanes_gaps_and_the_end(rows):
    server = rows.add(0, platform="srv", page_url="https://e.com/a")
    rows.pairs = {server.id: rows.add(0.1, page_url="https://e.com/a").id}
    rows.add(3.1, platform="srv", page_url="https://e.com/blocked")
    rows.add(3000, "order_returned", platform="srv", session=None, side="off_browser", entities=[HAND_OFF])
    drawn = render(track(rows.journey()))
    assert drawn.count('class="joint"') == 1
    assert drawn.count('class="ghost"') == 1
    assert drawn.count("<a ") == 4
    for words in ("2 days later", ">3 min<", "hand-off", "Off-browser", "/blocked", "order_returned"):
        assert words in drawn


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (60, "1 min"), (3600, "1 h"), (86_400, "1 day"), (90 * 3600, "4 days"), (-120, "2 min")],
)
def test_times_are_said_as_people_do(seconds, words):
    assert span(timedelta(seconds=seconds)) == words
