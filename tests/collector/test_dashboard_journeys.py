"""Journeys and Gaps over a file of journeys: what the run says, within the filters, and nothing else."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.pictures import fill
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.schemas.registries import FolderRegistry, Place
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run

from .conftest import write
from .test_dashboard import make, opened, read, rows

GAP = "SELECT dimension, value, server_page_views, missing, share FROM adblock_gap"
PERSONS = "SELECT person_id FROM persons ORDER BY last_at DESC, person_id"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """What a run made of the week of a magazine."""
    folder = tmp_path_factory.mktemp("dashboard")
    fill(folder / "events.sqlite3", time.time() - 300)
    config = Config(threads=1)
    run([folder / "events.sqlite3"], to=folder / "magazine.duckdb", config=config, progress=lambda *_: None)
    return folder / "magazine.duckdb"


@pytest.fixture(scope="module")
def client(file):
    return opened(file)


def test_persons_come_in_the_order_in_which_they_did_something_last(client, file):
    ordered = [person for (person,) in read(file, PERSONS)]
    assert [row["person_id"] for row in rows(client, "/journeys.csv")] == ordered
    path, walked = "/journeys", []
    while path:
        page = client.get(path)
        assert page.status_code == 200
        walked += [part.split('"')[0] for part in page.text.split('href="/journeys?person=')[1:]]
        path = page.text.partition('href="/journeys?after=')[2].partition('"')[0]
        path = f"/journeys?after={path}" if path else ""
    assert walked == ordered


@pytest.mark.parametrize("part", ["ada", "ADA", "key", "domain_userid", "session", "event", "The Last light"])
def test_a_person_is_found_by_any_part_of_what_is_known_of_them(client, file, part):
    ((key, session, event, device),) = read(
        file,
        """SELECT p.person_id, p.session_id, p.event_id, i.value FROM event_persons AS p
        JOIN persons AS o ON o.person_id = p.person_id AND o.user_id = 'ada'
        JOIN person_identifiers AS i ON i.person_id = p.person_id AND i.kind = 'domain_userid'
        WHERE p.session_id IS NOT NULL LIMIT 1""",
    )
    texts = {
        "key": key[:12],
        "domain_userid": device[:8],
        "session": session[:9].upper(),
        "event": event[:13],
    }
    found = [row["person_id"] for row in rows(client, f"/journeys.csv?q={texts.get(part, part)}")]
    assert (key in found) == (part != "The Last light")
    assert found
    assert "Nobody is found by nowhere" in client.get("/journeys?q=nowhere").text


def test_all_that_somebody_did_is_there_and_leads_to_its_events(client, file):
    ((key, events),) = read(file, "SELECT person_id, events FROM persons WHERE user_id = 'ada'")
    page = client.get(f"/journeys?person={key}").text
    assert "Who it is" in page
    assert "hand-off" in page
    theirs = rows(client, f"/journeys.csv?person={key}")
    ids = {event for (event,) in read(file, f"SELECT event_id FROM event_persons WHERE person_id = '{key}'")}
    assert {row["event_id"] for row in theirs} == ids
    assert len(theirs) == events
    link = page.partition('href="/events/')[2].partition('"')[0]
    event = client.get(f"/events/{link}").text
    assert '<h2 id="panel-title"' in event
    assert "order_returned" in client.get("/journeys?q=ada").text
    assert f"/journeys?event={link}" in event
    assert "Who it is" in client.get(f"/journeys?event={link}").text


@pytest.mark.parametrize(
    "path", ["/journeys?person=none", "/journeys?event=1", "/journeys?event=x", f"/journeys?event={2**200}"]
)
def test_who_is_not_there_is_nobody(client, path):
    page = client.get(path)
    assert (page.status_code, "Nobody" in page.text) == (200, True)
    for number in (7, 2**200):
        answer = client.get(f"/events/{number}")
        assert (answer.status_code, f"No event {number}" in answer.text) == (404, True)


def test_filters_leave_those_who_did_something_that_passes(client, file):
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    query = f"""
    SELECT DISTINCT p.person_id FROM event_persons AS p JOIN events AS e ON e.event_id = p.event_id
    WHERE CAST(coalesce(e.derived_tstamp, e.collector_tstamp) AS DATE) = DATE '{day}'
        AND e.app_id = 'magazine' AND p.person_id IS NOT NULL
    """
    found = rows(client, f"/journeys.csv?from={day}&to={day}&app=magazine")
    assert {row["person_id"] for row in found} == {person for (person,) in read(file, query)} != set()
    assert rows(client, "/journeys.csv?app=nowhere") == []
    readers = f"""
    SELECT DISTINCT v.person_id FROM page_views AS v JOIN events AS e
        ON e.event_id IN (v.server_event_id, v.browser_event_id)
    WHERE e.contexts LIKE '%"author":"Ada Byron"%' AND CAST(v.at AS DATE) = DATE '{day}'
        AND v.agent_class IN ('person', 'unknown')
    """
    found = rows(client, f"/journeys.csv?from={day}&to={day}&author=Ada+Byron")
    assert {row["person_id"] for row in found} == {person for (person,) in read(file, readers)} != set()
    assert "Nobody passes these filters" in client.get("/journeys?subject=nothing").text


def test_gaps_are_those_of_the_run(client, file):
    shares = {(row["dimension"], row["value"]): row for row in rows(client, "/gaps.csv")}
    assert {
        (dimension, value or "unknown"): (str(total), str(missing), pytest.approx(share))
        for dimension, value, total, missing, share in read(file, GAP)
    } == {key: (row["server_page_views"], row["missing"], float(row["share"])) for key, row in shares.items()}
    page = client.get("/gaps").text
    assert "All events in magazine.duckdb are looked at" in page
    assert '<option value="600" selected' in page
    assert 'href="/bad"' not in page


def test_filters_leave_the_gaps_of_what_passes(client, file):
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    ((total, missing),) = read(
        file, f"SELECT server_page_views, missing FROM adblock_gap WHERE value = '{day}'"
    )
    found = {row["dimension"]: row for row in rows(client, f"/gaps.csv?from={day}&to={day}")}
    assert (found["all"]["server_page_views"], found["all"]["missing"]) == (str(total), str(missing))
    by_author = rows(client, "/gaps.csv?author=Ada+Byron")
    assert 0 < int(by_author[0]["server_page_views"]) < total * 7
    assert rows(client, "/gaps.csv?app=nowhere") == []
    assert "Nothing passes these filters" in client.get("/gaps?app=nowhere").text
    assert f"/journeys?from={day}&amp;to={day}" in client.get(f"/gaps?from={day}&to={day}").text


def test_days_are_those_of_the_configuration(tmp_path):
    path = make(tmp_path, seed=14)  # in Berlin
    query = """SELECT "at" FROM page_views WHERE seen_by <> 'browser'"""
    berlin = ZoneInfo("Europe/Berlin")
    days = {str(at.replace(tzinfo=UTC).astimezone(berlin).date()) for (at,) in read(path, query)}
    client = opened(path)
    found = {row["value"] for row in rows(client, "/gaps.csv?wait=0") if row["dimension"] == "day"}
    assert set() < found <= days
    first = min(found)
    (row,) = (each for each in rows(client, "/gaps.csv?wait=0") if each["value"] == first)
    alone = rows(client, f"/gaps.csv?wait=0&from={first}&to={first}")[0]
    assert alone["server_page_views"] == row["server_page_views"]


def test_what_no_known_schema_opens_is_hidden(file, tmp_path):
    ((number,),) = read(file, "SELECT event_id FROM events WHERE event_name = 'order_placed' LIMIT 1")
    key = int(number.replace("-", ""), 16)
    hidden = opened(file).get(f"/events/{key}").text
    assert "***" in hidden
    assert "20.5" not in hidden
    shown = opened(file, is_confidential=True).get(f"/events/{key}").text
    assert "order_id" in shown
    uri = json.loads(read(file, f"SELECT unstruct_event FROM events WHERE event_id = '{number}'")[0][0])
    vendor, name, _, version = uri["data"]["schema"].removeprefix("iglu:").split("/")
    itself = {"vendor": vendor, "name": name, "format": "jsonschema", "version": version}
    total = {"type": "number", "confidential": True}
    write(tmp_path, {"type": "object", "self": itself, "properties": {"total": total}}, name=name)
    partly = opened(file, iglu=Iglu([FolderRegistry(Place("ours", 0), tmp_path)])).get(f"/events/{key}").text
    assert "order_id" in partly
    assert "***" in partly
