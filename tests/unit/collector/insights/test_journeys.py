"""Journeys: which rows are a session, what stands at the end, which page views are one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracking_middleware.collector.insights.journeys import is_handed_off, journey_of, steps_of
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


class Rows:
    """Rows with ids of their own."""

    def __init__(self):
        self.rows = []

    def add(self, minutes, name="page_view", *, platform="web", person="ann", entities=(), **summary):
        moment = iso(BEGIN + timedelta(minutes=minutes))
        columns = {"contexts": {"data": list(entities)} if entities else {}, "se_action": "swipe"}
        row = StoredRow(
            is_good=True,
            received=moment,
            shape={"event": columns, "contexts": [entity["schema"] for entity in entities]},
            id=len(self.rows) + 1,
            summary=Summary(
                derived=moment, event_name=name, platform=platform, domain_userid=person, **summary
            ),
        )
        self.rows.append(row)
        return row

    def journey(self):
        return journey_of(reversed(self.rows))


@pytest.fixture
def rows():
    return Rows()


def test_sessions_are_in_the_order_they_began_and_so_are_their_events(rows):
    late = rows.add(100, domain_sessionid="b", domain_sessionidx=2)
    second = rows.add(5, domain_sessionid="a", domain_sessionidx=1)
    first = rows.add(0, domain_sessionid="a", domain_sessionidx=1)
    sessions = rows.journey().sessions
    assert [session.rows for session in sessions] == [(first, second), (late,)]
    assert [session.index for session in sessions] == [1, 2]


def test_a_login_makes_one_journey_of_two_devices(rows):
    rows.add(0, person="phone", domain_sessionid="a", user_id="ada")
    rows.add(60, person="desk", domain_sessionid="b", user_id="ada")
    journey = rows.journey()
    assert journey.persons == ("phone", "desk")
    assert journey.users == ("ada",)
    assert [session.device for session in journey.sessions] == [1, 2]


def test_events_of_servers_without_a_session_stand_at_the_end(rows):
    job = rows.add(-500, "order_shipped", platform="srv")
    placed = rows.add(1, "order_placed", platform="srv", domain_sessionid="a")
    rows.add(0, domain_sessionid="a")
    journey = rows.journey()
    assert journey.off_browser == (job,)
    assert placed in journey.sessions[0].rows
    assert journey.rows[-1] == job


def test_a_page_view_of_the_server_without_a_session_is_in_the_one_that_begins_with_it(rows):
    server = rows.add(0, platform="srv", page_url="https://e.com/a")
    rows.add(1, domain_sessionid="a", page_url="https://e.com/a")
    (session,) = rows.journey().sessions
    assert session.rows[0] == server


@pytest.mark.parametrize(("minutes", "count"), [(29, 1), (31, 2)])
def test_without_sessions_half_an_hour_parts_them(rows, minutes, count):
    rows.add(0, platform="mob", name="struct")
    rows.add(minutes, platform="mob", name="struct")
    assert len(rows.journey().sessions) == count


def test_only_a_sealed_token_is_a_hand_off(rows):
    link = {**HAND_OFF, "data": {"reason": "link"}}
    assert is_handed_off(rows.add(0, platform="srv", entities=[HAND_OFF]))
    assert not is_handed_off(rows.add(0, platform="srv", entities=[link]))
    assert not is_handed_off(rows.add(0, platform="srv", entities=[{**HAND_OFF, "data": "text"}]))
    assert not is_handed_off(rows.add(0, platform="srv"))


def test_the_two_sides_of_a_page_view_are_one_step(rows):
    server = rows.add(0, platform="srv", page_url="https://inside/a#x")
    client = rows.add(1, page_url="http://e.com/a")
    other = rows.add(1, platform="srv", page_url="https://e.com/b")
    again = rows.add(1.5, page_url="http://e.com/a")
    assert steps_of([server, client, other, again]) == [(server, client), (other,), (again,)]


def test_what_is_far_apart_or_of_one_side_is_not_one_step(rows):
    first = rows.add(0, platform="srv", page_url="https://e.com/a")
    second = rows.add(1, platform="srv", page_url="https://e.com/a")
    late = rows.add(9, page_url="https://e.com/a")
    assert steps_of([first, second, late]) == [(first,), (second,), (late,)]


def test_the_track_has_both_lanes_gaps_and_the_end(rows):
    rows.add(0, platform="srv", domain_sessionid="a", page_url="https://e.com/a")
    rows.add(0, domain_sessionid="a", page_url="https://e.com/a")
    rows.add(3, platform="srv", domain_sessionid="a", page_url="https://e.com/blocked")
    rows.add(3000, "order_returned", platform="srv", entities=[HAND_OFF])
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
