"""The page's routes over HTTP: what they show, what they never show, and how they end."""

from __future__ import annotations

import json
import re
import signal
import time
import uuid
from dataclasses import replace
from datetime import datetime
from html import unescape

import httpx
import pytest

from tracking_middleware.collector.insights.gaps import NOTHING, Gaps, LeftOut
from tracking_middleware.collector.pages.gaps import gaps_page
from tracking_middleware.collector.pages.gaps_view import read_gaps_view
from tracking_middleware.collector.pages.parts.html import render
from tracking_middleware.collector.pages.view import View

from ..conftest import PATIENCE, Collector
from .conftest import page_view
from .story import Story, described, hand_off, tell

SCHEMA = "iglu:com.acme/order/jsonschema/1-0-0"
SECRET = "canary-4711"
CROSS = "\N{MULTIPLICATION SIGN}"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
PAGES = ("/", "/micro/ui", "/journeys", "/gaps", "/bad")


def send(collector, *events):
    for first in range(0, len(events), 50):
        assert collector.post(*events[first : first + 50]).status_code == 200


def ids(collector):
    """The ids of the events on the live page, newest first."""
    return [
        int(found) for found in re.findall(r'<tr data-id="(\d+)"', collector.get("/").text) if found != "0"
    ]


def text_of(page):
    """What a person reads."""
    return unescape(re.sub(r"<[^>]+>", " ", page))


class Listening:
    """An open stream, message by message."""

    def __init__(self, collector, path="/ui/stream", **headers):
        self._client = httpx.Client(timeout=PATIENCE)
        self._stream = self._client.stream("GET", collector.url + path, headers=headers)
        self.response = self._stream.__enter__()
        self._lines = self.response.iter_lines()

    def next(self):
        """The next message that says something: name, id, data."""
        message = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                message[name] = value
            elif message.get("data"):
                return message["event"], int(message["id"]), json.loads(message["data"])
            elif not line:
                message = {}
        return None

    def close(self):
        self._stream.__exit__(None, None, None)
        self._client.close()


@pytest.fixture
def listen(collector):
    opened = []

    def open_stream(path="/ui/stream", **headers):
        opened.append(Listening(collector, path, **headers))
        return opened[-1]

    yield open_stream
    for stream in opened:
        stream.close()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_html_that_nobody_stores(collector, path):
    send(collector, *tell(time.time(), visitors=5))
    answer = collector.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_page_says_what_to_do_next(collector, path):
    page = collector.get(path).text
    assert 'class="empty"' in page
    assert "<pre" in page


def test_files_have_names_that_change_with_them_and_are_kept_for_ever(collector):
    page = collector.get("/").text
    urls = re.findall(r'(?:src|href)="(/ui/static/[^"]+)"', page)
    assert {url.rpartition(".")[2] for url in urls} == {"css", "js", "svg"}
    for url in urls:
        answer = collector.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = collector.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    old = collector.get(re.sub("static/[0-9a-f]+/", "static/0000/", urls[0]))
    assert old.headers["cache-control"] == "no-cache"
    assert collector.get("/ui/static/0000/../page.py").status_code == 404


def test_trackers_routes_are_still_theirs(collector):
    assert collector.get("/com.acme/v1?e=pv&p=web&tv=x").headers["content-type"] == "image/gif"
    assert collector.get("/events/tp2?e=pv&p=web&tv=x").headers["content-type"] == "image/gif"
    assert collector.counts()["total"] == 2


@pytest.mark.parametrize(
    "query",
    [
        *("before=x", "before=-1", "before=99999999999999999999", "open=0", "span=year", "kind=ugly"),
        *("since=yesterday", "until=9999-12-31T23:59:59-23:59", "q=%00", "q=%ff", "q='--", "q=%25_%5C"),
        *("person=%ed%a0%80", "app=" + "a" * 2000, "days=0", "wait=-1", "event=999", "q=1&q=2"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/journeys", "/gaps", "/bad", "/ui/chart"])
def test_no_url_breaks_a_page(collector, path, query):
    send(collector, page_view())
    assert collector.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("number", [0, 999_999, 2**62, 2**63, 10**30])
def test_an_event_that_is_not_there_is_said_so(collector, number):
    answer = collector.get(f"/events/{number}")
    assert answer.status_code == 404
    assert f"No event {number}" in answer.text


def test_the_stream_tells_what_comes_and_how_much_there_is(collector, listen):
    stream = listen()
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    send(collector, page_view(url="https://e.com/<b>x</b>\n\nid: 7"))
    name, number, data = stream.next()
    assert name == "rows"
    (row,) = data["rows"]
    assert (row["id"], row["side"], row["name"]) == (number, "client", "page_view")
    assert (data["good"], data["bad"]) == (1, 0)


def test_the_stream_goes_on_after_the_last_event_that_arrived(collector, listen):
    send(collector, page_view(aid="one"), page_view(aid="two"), page_view(aid="three"))
    _, second, _ = ids(collector)
    _, _, data = listen(**{"Last-Event-ID": str(second)}).next()
    assert [row["app"] for row in data["rows"]] == ["three"]


def test_the_stream_passes_only_what_the_filter_does(collector, listen):
    stream = listen("/ui/stream?platform=srv")
    send(collector, page_view(aid="one"), page_view(aid="two", p="srv"))
    found = []
    while not found:
        found = stream.next()[2]["rows"]
    assert [row["app"] for row in found] == ["two"]


def test_a_stream_of_another_file_begins_anew(collector, listen):
    assert listen(**{"Last-Event-ID": str(2**61)}).next()[0] == "restart"


def test_a_stream_that_is_far_behind_leaves_out_and_says_so(collector, listen):
    send(collector, page_view(aid="first"))
    (first,) = ids(collector)
    send(collector, *(page_view() for _ in range(5_200)))
    stream = listen(**{"Last-Event-ID": str(first)})
    name, number, data = stream.next()
    assert (name, data["count"]) == ("skipped", 5_100)
    _, last, data = stream.next()
    assert (last - number, len(data["rows"])) == (100, 100)


def test_the_process_ends_at_once_though_streams_are_open():
    collector = Collector()
    streams = [Listening(collector) for _ in range(3)]
    collector.client.close()
    started = time.monotonic()
    collector.process.send_signal(signal.SIGTERM)
    assert collector.process.wait(PATIENCE) == 0
    assert time.monotonic() - started < 2
    assert [stream.next() for stream in streams] == [None] * 3
    for stream in streams:
        stream.close()
    collector.process.stdout.close()


@pytest.fixture
def careful(tmp_path):
    """A collector that knows that the margin of an order is confidential, and has some orders."""
    folder = tmp_path / "com.acme" / "order" / "jsonschema"
    folder.mkdir(parents=True)
    properties = {"sku": {"type": "string"}, "margin": {"type": "string", "confidential": True}}
    named = {"vendor": "com.acme", "name": "order", "format": "jsonschema", "version": "1-0-0"}
    (folder / "1-0-0").write_text(json.dumps({"self": named, "properties": properties}))
    collector = Collector("--schemas", str(tmp_path))
    yield collector
    assert collector.stop() == 0


def orders(**parameters):
    """An order as an entity, as an event, and on a bad event; all with the secret."""
    order = {"schema": SCHEMA, "data": {"sku": "RS-1", "margin": SECRET}}
    given = {"duid": str(uuid.uuid4()), "p": "srv", **parameters}
    co, ue = described(CONTEXTS, [order]), described(UNSTRUCT, order)
    return (
        page_view(co=co, **given),
        page_view(e="ue", ue_pr=ue, **given),
        page_view(co=co, vid="bad", **given),
    )


def test_what_is_confidential_is_on_no_page(careful):
    send(careful, *orders())
    numbers = ids(careful)
    assert len(numbers) == 3
    paths = [*PAGES, f"/?open={numbers[0]}", "/ui/chart", f"/journeys?event={numbers[1]}"]
    for path in [*paths, *(f"/events/{number}" for number in numbers)]:
        assert SECRET not in careful.get(path).text, path
    panel = text_of(careful.get(f"/events/{numbers[2]}").text)
    assert "RS-1" in panel
    assert "***" in panel
    assert "curl" in panel


def test_what_is_confidential_cannot_be_searched_for(careful):
    send(careful, *orders())
    assert "No event passes the filters" in careful.get(f"/?q={SECRET}").text


def test_what_is_confidential_is_in_no_stream(careful):
    stream = Listening(careful)
    send(careful, *orders())
    _, _, data = stream.next()
    stream.close()
    assert len(data["rows"]) == 3
    assert SECRET not in json.dumps(data)
    assert "sku=RS-1  margin=***" in [row["detail"] for row in data["rows"]]


def test_a_journey_has_all_devices_of_a_person_and_its_end(collector):
    story = Story(time.time())
    phone, desk = story.visitor(), story.visitor()
    session = story.session(1)
    story.view(story.now - 9000, "/phone", "P", **phone, **session, uid="ada")
    story.view(story.now - 5000, "/desk", "D", **desk, **story.session(1), uid="ada")
    story.view(story.now - 4000, "/other", "O", **story.visitor(), **story.session(1))
    token = hand_off(phone["duid"], session["sid"], "2026-01-02T03:04:05Z")
    story.happen(story.now - 60, "order_returned", {"sku": "RS-1"}, entities=[token], duid=phone["duid"])
    story.view(story.now - 30, "/nobody", "N")
    send(collector, *story.events)
    page = collector.get("/journeys").text
    assert page.count('<article class="journey">') == 2
    first = page.split('<article class="journey">')[1]
    assert "2 sessions · 2 devices" in first
    assert "hand-off" in first
    assert (
        first.index("/phone")
        < first.index("/desk")
        < first.index("Off-browser")
        < first.index("order_returned")
    )
    assert "/nobody" not in page


def test_journeys_go_on_where_the_last_page_ended_and_none_comes_twice(collector):
    story = Story(time.time())
    visitors = [{**story.visitor(), **story.session(1)} for _ in range(25)]
    for number, visitor in enumerate(visitors):
        story.view(story.now - 9000 + number, f"/{number}", "x", **visitor)
    story.view(story.now - 10, "/again", "x", **visitors[0])
    send(collector, *story.events)
    found, path = [], "/journeys"
    for _ in range(4):
        page = collector.get(path).text
        found += re.findall(r"<h2>([0-9a-f]{8})</h2>", page)
        following = re.search(r'href="(/journeys\?before=\d+)"', page)
        if following is None:
            break
        path = following[1]
    assert sorted(found) == sorted(visitor["duid"][:8] for visitor in visitors)
    assert found[0] == visitors[0]["duid"][:8]


def test_the_gaps_of_a_known_week(collector):
    story = Story(time.time())
    reporting, blocking, failing = (story.visitor(browser) for browser in ("Chrome", "Firefox", "Safari"))
    at = story.now - 3600
    for number in range(4):
        story.view(at, f"/{number}", "x", **reporting)
        story.view(at, f"/{number}", "x", sides=("srv",), **blocking)
        story.view(at, f"/{number}", "x", sides=("srv", "web") if number else ("srv",), **failing)
    story.view(at, "/", "x", sides=("srv",), **story.visitor())
    story.view(at, "/", "x", sides=("srv",), **{**story.visitor(), "ua": "Googlebot/2.1"})
    story.view(at, "/", "x", sides=("srv",))
    story.view(story.now, "/young", "x", sides=("srv",), **reporting)
    send(collector, *story.events)
    page = text_of(collector.get("/gaps?wait=300").text)
    words = re.sub(r"\s+", " ", page)
    assert "5 of 12 page views were not reported" in words
    assert re.search(r"Counted at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d of 30 events\.", words), words
    assert "between 19 % and 68 %" in words
    assert "4 are of persons from whose browser nothing ever came" in words
    assert "1 are of persons whose browser reported something else" in words
    for line in ("Chrome 0 of 4 0 %", "Firefox 4 of 4 100 %", "Safari 1 of 4 25 %", "/0 2 of 3 67 %"):
        assert line in words
    for line in (
        "1 by crawlers and other agents",
        "1 by ids seen only once",
        "1 without domain_userid",
        "1 younger than 300 s",
    ):
        assert line in words


def test_bad_events_are_grouped_with_the_first_example(collector):
    for value in ("first", "second"):
        send(collector, page_view(vid=value))
    send(collector, page_view(p="fridge"))
    collector.client.post("/com.snowplowanalytics.snowplow/tp2", content="<b>{")
    words = re.sub(r"\s+", " ", text_of(collector.get("/bad").text))
    assert "3 the event has fields that cannot be read" in words
    assert f"2 {CROSS} vid (domain_sessionidx): 'first' is no 32-bit integer" in words
    assert f"1 {CROSS} p (platform): 'fridge' is none of" in words
    assert "1 the request breaks the tracker protocol" in words
    assert "<b>{" in words


@pytest.mark.parametrize("path", PAGES)
def test_no_link_leads_nowhere(collector, path):
    send(collector, *tell(time.time(), visitors=3))
    links = set(re.findall(r'href="(/[^"]*)"', collector.get(path).text)) - {"/events/0"}
    assert ("/export.tsv" in {link.partition("?")[0] for link in links}) == (path != "/bad")
    assert {link: collector.get(unescape(link)).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("wanted", ["ada", "ad", "{person}", "{session}"])
def test_a_journey_is_found_by_the_beginning_of_an_id(collector, wanted):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    story.view(story.now - 900, "/one", "x", **who, uid="ada")
    story.view(story.now - 800, "/two", "x", **story.visitor(), uid="ben")
    send(collector, *story.events)
    page = collector.get("/journeys?q=" + wanted.format(person=who["duid"][:8], session=who["sid"])).text
    assert page.count('<article class="journey">') == 1
    assert "/one" in page
    assert "Nobody is found by %_" in collector.get("/journeys?q=%25_").text


ANY_PART = {
    "person": lambda who: who["duid"][9:],
    "session": lambda who: who["sid"][-12:].upper(),
    "user": lambda who: "da@exam",
    "network": lambda who: who["tnuid"][10:20],
    "title": lambda who: "TRAINS return",
    "url": lambda who: "ticles/night?utm_",
    "event": lambda who: "letter_j",
}


@pytest.mark.parametrize("part", ANY_PART)
def test_a_journey_is_found_by_any_part_of_an_id_and_by_what_was_seen(collector, part):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1), "uid": "ada@example.com", "tnuid": story.id()}
    story.view(story.now - 900, "/articles/night?utm_source=x", "Night trains return", **who)
    story.happen(story.now - 800, "newsletter_joined", {"list": "weekly"}, **who)
    story.view(story.now - 700, "/two", "x", **story.visitor(), uid="ben")
    send(collector, *story.events)
    page = collector.get("/journeys", params={"q": ANY_PART[part](who)}).text
    assert re.findall(r"<h2>([^<]*)</h2>", page) == ["ada@example.com"]
    assert "Earlier persons" not in page


def test_a_page_in_gaps_leads_to_its_views(collector):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    for number, path in enumerate(("/a", "/a?utm_source=x", "/a#top", "/ab", "/a/b", "/")):
        story.view(story.now - 3600 + number, path, f"{path}!", **who)
    story.view(story.now - 3000, "/a", "another app's", **who, aid="shop")
    send(collector, *story.events)
    page = collector.get("/gaps?wait=0&app=magazine").text
    names = re.findall(r'<th scope="row" title="(https://[^"]*)"><a href="([^"]*)">', page)
    found = {name: text_of(collector.get(unescape(link)).text) for name, link in names}
    for name, titles in {"/a": ["/a!", "/a?utm_source=x!", "/a#top!"], "/ab": ["/ab!"], "/": ["/!"]}.items():
        shown = found[f"https://magazine.example{name}"]
        assert sorted(re.findall(r"(?<= )/[^ !]*!", shown)) == sorted(titles * 2), name
        assert f"page https://magazine.example{name} " in re.sub(r"\s+", " ", shown)
        assert "another app" not in shown


def test_the_trend_of_the_gaps_is_by_day_with_its_interval(collector):
    story = Story(time.time())
    for day, sides in ((3, ("srv",)), (1, ("srv", "web"))):
        who = {**story.visitor(), **story.session(1)}
        for number in range(4):
            story.view(story.now - day * 86_400 + number, f"/{number}", "x", sides=sides, **who)
    send(collector, *story.events)
    page = collector.get("/gaps?wait=0").text
    trend = page.partition('class="trend"')[2].partition("</figure>")[0]
    days = [time.strftime("%Y-%m-%d", time.gmtime(story.now - day * 86_400)) for day in (3, 2, 1, 0)]
    expected = [
        "100 % not reported",
        "no value for not reported",
        "0 % not reported",
        "no value for not reported",
    ]
    assert re.findall(r'class="bucket"[^>]*aria-label="([^"]*)"', trend) == [
        f"{day} · {words}" for day, words in zip(days, expected, strict=True)
    ]
    assert trend.count('class="whisker"') == 2


def test_a_day_that_is_a_century_ahead_makes_no_trend_of_a_century():
    names = ("2026-11-27", "2026-11-28", "2126-11-28")
    days = tuple(replace(NOTHING, name=name, total=4, missing=2, share=0.5) for name in names)
    gaps = Gaps(
        all=replace(days[0], name="all", total=12),
        browsers=days,
        pages=days,
        days=days,
        silent=0,
        left_out=LeftOut(),
        counted_at="2026-11-29T08:30:00.000Z",
        events=12,
        is_cut=False,
    )
    page = render(*gaps_page(gaps, read_gaps_view({}), View(), ()))
    assert page.count('class="bucket"') == 3


def test_a_single_day_has_no_trend(collector):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    for number in range(3):
        story.view(story.now - 1 - number / 10, "/", "x", **who)
    send(collector, *story.events)
    page = collector.get("/gaps?wait=0").text
    assert 'id="gap"' in page
    assert 'class="trend"' not in page


def test_a_bad_page_says_each_message_once(collector):
    send(collector, page_view(vid="first", p="fridge"), page_view(vid="second", p="fridge"))
    collector.client.post("/com.snowplowanalytics.snowplow/tp2", content="<b>{")
    page = collector.get("/bad").text
    said = [unescape(text) for text in re.findall(r"<(?:li|h2|a[^>]*)>([^<]{20,})</", page)]
    general = [re.sub(r"'[^']*'", "…", text) for text in said]
    assert len(general) >= 4
    assert len(set(general)) == len(general)


@pytest.mark.parametrize("path", [*PAGES[1:], "/?since=2020-01-01T00:00:00.000Z", "/ui/chart", "/events/{}"])
def test_a_time_is_written_in_one_way(collector, path):
    send(collector, *tell(time.time(), visitors=5))
    page = collector.get(path.format(ids(collector)[0])).text
    written = re.findall(r"<time[^>]*>([^<]*)</time>", page)
    written += re.findall(r'class="band-time"[^>]*>([^<]*)<', page)
    assert written
    forms = {re.sub(r"\d", "9", text) for text in written if text}
    assert forms - ({"9999-99-99"} if path == "/gaps" else set()) == {"9999-99-99 99:99:99"}
    seen = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
    clocks = re.findall(r"(.{0,11})\b\d\d:\d\d:\d\d", text_of(seen))
    assert all(re.search(r"\d{4}-\d\d-\d\d $", before) for before in clocks)


def test_campaign_parameters_stand_apart_from_the_path(collector):
    send(
        collector, page_view(url="https://e.com/a/night?utm_source=mail&utm_campaign=x", page="Night trains")
    )
    page = collector.get("/").text
    assert '<span data-slot="page">/a/night</span>' in page
    assert '<span class="query" data-slot="query">?utm_source=mail&amp;utm_campaign=x</span>' in page


@pytest.mark.parametrize(
    ("titles", "label"),
    [
        (("Night trains", "Night trains"), "Night trains"),
        (("", "Night trains"), "Night trains"),
        (("", ""), "…n-address-of-many-words"),
        (("Night trains return to the northern line", ""), "Night trains return to…"),
        (("夜行列車が北の路線に戻ってくるという話です", ""), "夜行列車が北の路線に戻…"),
        (("  Two\n lines ", ""), "Two lines"),
    ],
)
def test_a_journey_labels_a_view_by_its_title_where_one_side_knows_it(collector, titles, label):
    story = Story(time.time())
    who = {**story.visitor(), **story.session(1)}
    for side, title in zip(("srv", "web"), titles, strict=True):
        story.view(
            story.now - 900, "/articles/an-address-of-many-words?utm_source=x", title, sides=(side,), **who
        )
    send(collector, *story.events)
    page = unescape(collector.get("/journeys").text)
    assert set(re.findall(r'class="label">([^<]*)<', page)) == {label}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", {"one", "two", "three"}),
        ("?app=one", {"one"}),
        ("?platform=srv", {"two"}),
        ("?event=struct", {"three"}),
        ("?user=ada", {"two"}),
        ("?q=/NIGHT", {"two"}),
        (
            "?person=6f2c1a50-0f6e-4b63-9d9e-1c2d3e4f5a6b&session=6f2c1a50-0f6e-4b63-9d9e-1c2d3e4f5a6b",
            {"three"},
        ),
        ("?since=2020-01-01T00:00:00Z", {"one", "two", "three"}),
        ("?until=2020-01-01T00:00:00Z", set()),
        ("?app=one&open=1&span=7d&kind=good&before=9", {"one"}),
    ],
)
def test_exports_keep_the_filters_of_the_live_page(collector, filters, expected):
    send(
        collector,
        page_view(aid="one", url="https://e.com/day"),
        page_view(aid="two", p="srv", uid="ada", url="https://e.com/night"),
        page_view(
            aid="three",
            e="se",
            se_ca="a",
            se_ac="b",
            duid="6f2c1a50-0f6e-4b63-9d9e-1c2d3e4f5a6b",
            sid="6f2c1a50-0f6e-4b63-9d9e-1c2d3e4f5a6b",
        ),
    )
    page = collector.get("/" + filters).text
    links = [unescape(link) for link in re.findall(r'href="(/export\.[^"]*)"', page)]
    assert [link.partition("?")[0] for link in links] == ["/export.jsonl", "/export.tsv"]
    lines = collector.get(links[0]).text.splitlines()
    assert {json.loads(line)["app_id"] for line in lines} == expected
    assert len(collector.get(links[1]).text.splitlines()) == len(expected)
    assert ("filtered as here" in page) == (filters != "")


def test_what_is_not_exported_has_no_link(collector):
    send(collector, page_view(vid="first"))
    for path in ("/bad", "/?kind=bad"):
        page = collector.get(path).text
        assert "/export." not in page
        assert "good events only" in page


def test_exports_keep_the_time_and_the_app_of_the_gaps(collector):
    send(collector, page_view(aid="one"), page_view(aid="two"))
    page = collector.get("/gaps?days=1&app=two").text
    link = unescape(re.search(r'href="(/export\.jsonl[^"]*)"', page)[1])
    assert re.search(r"from=\d{4}-\d\d-\d\d&", link + "&")
    assert [json.loads(line)["app_id"] for line in collector.get(link).text.splitlines()] == ["two"]


def test_a_day_of_the_trend_leads_to_the_views_that_it_counts(collector):
    story = Story(time.time())
    for day in (3, 2):
        who = {**story.visitor(), **story.session(1)}
        for number in range(day):
            story.view(story.now - day * 86_400 + number, f"/{day}/{number}", "x", **who)
    send(collector, *story.events)
    page = collector.get("/gaps?wait=0").text
    trend = page.partition('class="trend"')[2].partition("</figure>")[0]
    links = re.findall(r'<a href="([^"]*)" class="bucket"[^>]*aria-label="([^" ]*) ', trend)
    tables = re.findall(r'<th scope="row" title="(\d{4}-\d\d-\d\d)"><a href="([^"]*)">', page)
    assert sorted((day, link) for link, day in links)[:2] == sorted(tables)
    for day, link in tables:
        views = collector.get(unescape(link)).text
        number = (int(story.now) // 86_400 * 86_400 - time_of(day)) // 86_400
        assert sorted(re.findall(r">(/\d/\d)<", views)) == [f"/{number}/{n}" for n in range(number)]


def time_of(day):
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


@pytest.mark.parametrize("path", ["/", "/gaps", "/articles"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=tomorrow", "“tomorrow” is no day"),
        ("to=2026-02-30", "“2026-02-30” is no day"),
        ("from=2026-11-20&to=2026-11-19", "No day is from 2026-11-20 to 2026-11-19"),
        ("from=<b>", "“<b>” is no day"),
    ],
)
def test_days_that_make_no_sense_are_said(collector, path, query, said):
    send(collector, page_view())
    answer = collector.get(f"{path}?{query}")
    assert answer.status_code == 200
    assert said in text_of(answer.text)
    assert "<b>”" not in answer.text


def test_the_days_of_the_gaps_are_those_of_the_url_and_else_the_last(collector):
    story = Story(time.time())
    for day in (10, 2):
        who = {**story.visitor(), **story.session(1)}
        for number in range(day):
            story.view(story.now - day * 86_400 + number, f"/{number}", "x", **who)
    send(collector, *story.events)

    def counted(query):
        return re.search(r"of (\d+)</b> page views", collector.get(f"/gaps?wait=0&{query}").text)[1]

    old = time.strftime("%Y-%m-%d", time.gmtime(story.now - 9 * 86_400))
    assert counted("") == counted("days=7") == counted(f"from={old}&days=30") == "2"
    assert counted("days=30") == counted(f"from={old[:4]}-01-01&days=1") == "12"
    assert counted(f"to={old}") == "10"
