"""The page of journeys says of the store's events what the models' tables of the whole store say."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import time
from datetime import UTC, datetime

import httpx
import pytest

from tests.truth.events import write_world
from tests.truth.world import World
from tracking_middleware.collector import create_app
from tracking_middleware.collector.insights import newest, persons
from tracking_middleware.collector.insights.journey_rows import journey_with, journeys
from tracking_middleware.collector.store.rows import Row
from tracking_middleware.collector.store.store import Store
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.live import Live, LiveError
from tracking_middleware.journeys.sources.columns import COLUMNS

from ..conftest import POST_PATH, SCHEMA
from .story import Story, article, hand_off

JSON = {"Content-Type": "application/json"}
PERSONS = """
SELECT r.line, p.person_id, p.session_id, p.how
FROM event_persons AS p JOIN event_rows AS r ON r.event_id = p.event_id
"""
PAIRS = """
SELECT s.line, b.line
FROM page_views AS v
JOIN event_rows AS s ON s.event_id = v.server_event_id JOIN event_rows AS b ON b.event_id = v.browser_event_id
"""


def iso(text):
    return text and datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


def events_of(path):
    """Events as the collector has them, without those that name nobody."""
    for line in path.read_text().splitlines():
        event = {name: text or None for name, text in zip(COLUMNS, line.split("\t"), strict=True)}
        for name in COLUMNS:
            if name.endswith("_tstamp"):
                event[name] = iso(event[name])
        event["contexts"] = json.loads(event["contexts"]) if event["contexts"] else {}
        if event["domain_userid"] or event["domain_sessionid"] or event["user_id"]:
            yield event


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store, and the tables of all of it. No network_userid, which the page does not join by."""
    folder = tmp_path_factory.mktemp("world")
    write_world(World(seed=5, persons=25, views=3, days=60, with_network_userid=0), folder / "events.tsv")
    store = Store(folder / "store.sqlite3")
    found = list(events_of(folder / "events.tsv"))
    for event in found:
        store.add([Row(True, event["collector_tstamp"], {"event": event, "contexts": []})])
    tables = folder / "journeys.duckdb"
    run([folder / "store.sqlite3"], to=tables, config=Config(threads=1), progress=lambda *_: None)
    with opened(tables, config=Config(), read_only=True) as connection:
        yield store, len(found), connection
    store.close()


def shown(journey):
    return {
        row.id: (journey.person, session.name, step.how)
        for session in journey.sessions
        for step in session.steps
        for row in step.rows
    } | {row.id: (journey.person, None, step.how) for step in journey.off_browser for row in step.rows}


def test_every_person_of_the_pages_is_one_of_the_tables(world):
    store, count, tables = world
    said, pairs, before = {}, set(), None
    with store.reading() as connection:
        while True:
            found, before = journeys(connection, before=before, most=10)
            for journey in found:
                assert not said.keys() & shown(journey).keys()
                said |= shown(journey)
                pairs |= {tuple(row.id for row in step.rows) for step in journey.steps if len(step.rows) == 2}
            if before is None:
                break
    expected = {line: tuple(rest) for line, *rest in tables.execute(PERSONS).fetchall()}
    assert len(expected) > count * 0.9
    assert {line: rest[0] for line, rest in said.items()} == {
        line: rest[0] for line, rest in expected.items()
    }
    told = {line for step in pairs for line in step}
    assert {line: rest for line, rest in said.items() if line not in told} == {
        line: rest for line, rest in expected.items() if line not in told
    }
    person_of = {line: rest[0] for line, rest in expected.items()}
    assert {tuple(sorted(pair)) for pair in pairs} == {
        tuple(sorted(pair))
        for pair in tables.execute(PAIRS).fetchall()
        if person_of[pair[0]] == person_of[pair[1]]
    }


def test_the_journey_of_an_event_is_its_persons(world):
    store, _, tables = world
    line, person = tables.execute(
        f"SELECT line, person_id FROM ({PERSONS}) ORDER BY md5(person_id) LIMIT 1"
    ).fetchall()[0]
    with store.reading() as connection:
        journey = journey_with(connection, line)
    assert journey.person == person
    assert line in shown(journey)


def test_a_browser_of_two_people_is_two_persons_and_what_is_nobodys(collector):
    story = Story(time.time())
    kiosk = story.visitor()
    for number, user in enumerate(("ada", "ben", None)):
        given = {"uid": user} if user else {}
        story.view(
            story.now - 9000 + 3000 * number, f"/{number}", "x", **kiosk, **story.session(number + 1), **given
        )
    assert collector.post(*story.events).status_code == 200
    page = collector.get("/journeys").text
    assert re.findall(r"<h2>(\w+)</h2>", page) == [kiosk["duid"][:8], "ben", "ada"]
    assert re.findall(r"<h2>(\w+)</h2>", collector.get("/journeys?q=ada").text) == ["ada"]


def test_a_token_joins_the_device_that_it_was_made_on(collector):
    story = Story(time.time())
    shop, clinic = story.visitor(), story.visitor()
    story.view(story.now - 900, "/shop", "x", **shop, **story.session(1))
    token = hand_off(shop["duid"], None, "2026-01-02T03:04:05Z")
    token["data"].pop("session_id")
    story.happen(
        story.now - 60, "arrived", {}, entities=[token], platform="web", **clinic, **story.session(1)
    )
    assert collector.post(*story.events).status_code == 200
    page = collector.get("/journeys").text
    assert page.count('<article class="journey">') == 1
    assert "/shop" in page
    assert "arrived" in page


async def asked(app, path):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/journeys", "/gaps"])
def test_where_none_can_be_made_the_page_says_why(monkeypatch, tmp_path, path):
    class Failing(Live):
        def _open(self):
            raise LiveError("the journeys need DuckDB: pip install it")

    def failing(**_):
        raise LiveError("the journeys need DuckDB: pip install it")

    monkeypatch.setattr(persons, "_live", Failing("journeys"))
    monkeypatch.setattr(newest, "connected", failing)
    store = Store(tmp_path / "store.sqlite3")
    event = {"event": "page_view", "event_name": "page_view", "domain_userid": "ann", "contexts": {}}
    store.add([Row(True, "2026-01-02T03:04:05.000Z", {"event": event, "contexts": []})])
    answer = asyncio.run(asked(create_app(store), path))
    store.close()
    assert answer.status_code == 503
    assert "the journeys need DuckDB" in answer.text


def test_an_event_with_half_a_surrogate_pair_is_counted_as_a_run_counts_it(collector):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    story.view(story.now - 90, "/whole", "x", **who)
    story.view(story.now - 80, "/half", "\ud800", entities=[article("/half")], **who)
    body = json.dumps({"schema": SCHEMA, "data": story.events})
    assert collector.client.post(POST_PATH, content=body, headers=JSON).status_code == 200
    assert collector.counts()["good"] == len(story.events)
    answer = collector.get("/journeys")
    assert answer.status_code == 200
    assert "/whole" in answer.text
    assert "/half" in answer.text
    assert "half" in {row["id"] for row in csv.DictReader(collector.get("/articles.csv").text.splitlines())}


def test_an_event_that_came_twice_leads_to_its_person_from_both(collector):
    story = Story(time.time())
    story.view(story.now - 90, "/whole", "x", sides=("srv",), **story.visitor(), **story.session(1))
    for _ in range(2):
        assert collector.post(*story.events).status_code == 200
    numbers = re.findall(r'<tr data-id="([1-9]\d*)"', collector.get("/").text)
    assert len(numbers) == 2
    for number in numbers:
        assert collector.get(f"/journeys?event={number}").text.count("<article") == 1
