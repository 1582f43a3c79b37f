"""The filters that pages share, on Live, its stream, Gaps and the exports: one author, one subject, days."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest

from ..conftest import Collector
from .conftest import page_view, write
from .test_answer_pages import article, text_of, view, views
from .test_pages import listen  # noqa: F401  a fixture

ODD = ("Zoë Ä", "100%_", 'O\'Brien "x" <b>', "\N{GRINNING FACE}")
STORY = "iglu:com.acme/story/jsonschema/1-0-"


@pytest.fixture(scope="module")
def told():
    """Views of articles on two days, one of somebody's without an article, and one that failed."""
    collector = Collector()
    events = [view(1, "trains", article("trains", authors=["Ada", "Max"], subject="transport"))]
    events += [view(2, "tides", article("tides", authors=["Ada"], subject="sea"), day=16)]
    events += [view(3, "both", article("a", authors=["Max"]), article("b", subject="sea"), day=16)]
    events += [view(4, "none", app="shop")]
    events += [view(5, f"odd{n}", article(f"o{n}", authors=[name])) for n, name in enumerate(ODD)]
    assert collector.post(*events).status_code == 200
    assert collector.post(page_view(vid="first", url="https://www.example.com/bad")).status_code == 200
    yield collector
    collector.stop()


def listed(collector, **asked):
    """The paths of the events that Live lists."""
    page = collector.get(f"/?{urlencode(asked)}").raise_for_status().text
    body = page.partition('id="rows"')[2].partition("</tbody>")[0]
    return set(re.findall(r'data-slot="page">/([^<]*)<', body)) - {""}


def exported(collector, **asked):
    answer = collector.get(f"/export.jsonl?{urlencode(asked)}").raise_for_status()
    return {json.loads(line)["page_url"].rpartition("/")[2] for line in answer.text.splitlines()}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"author": "Ada"}, {"trains", "tides"}),
        ({"author": "Max"}, {"trains", "both"}),
        ({"author": "Max", "subject": "sea"}, set()),
        ({"subject": "sea"}, {"tides", "both"}),
        ({"author": "Ada", "from": "2023-11-15"}, {"tides"}),
        ({"author": "Ada", "to": "2023-11-15"}, {"trains"}),
        ({"author": "ada"}, set()),
        ({"author": "%"}, set()),
        ({"author": "Nobody"}, set()),
        ({"author": "A" * 5000}, set()),
        ({"author": "Ada", "from": "2023-11-16", "to": "2023-11-14"}, set()),
        *(({"author": name}, {f"odd{n}"}) for n, name in enumerate(ODD)),
    ],
)
def test_an_author_a_subject_and_days_say_what_is_listed(told, asked, found):
    assert listed(told, **asked) == found
    if asked.get("to") != "2023-11-14":
        assert exported(told, **asked) == found


def test_what_articles_read_by_the_same_filters_is_what_live_lists(told):
    for asked in ({"author": "Ada"}, {"subject": "sea"}, {"author": "Max", "from": "2023-11-16"}):
        page = text_of(told.get(f"/articles?{urlencode(asked)}"))
        assert f"Views {len(listed(told, **asked))} " in page, asked


def test_the_page_offers_what_there_is_and_keeps_what_was_asked_for(told):
    page = told.get("/?author=Nobody&from=2023-11-14&to=2023-11-16").text
    options = re.findall(r"<option[^>]*>([^<]*)<", page.partition('id="author"')[2].partition("</select>")[0])
    assert list(map(unescape, options[:3])) == ["all", "Nobody", "Ada"]
    assert set(map(unescape, options[3:])) == {"Max", *ODD}
    assert 'value="2023-11-14"' in page
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "all other events are left out. They were looked for in the newest 8 events." in said
    assert "A day is that on which an event happened, by the time of UTC" in said
    assert "No event passes the filters" in said


def test_links_and_exports_of_the_page_keep_the_filters(told):
    page = told.get(f"/?{urlencode({'author': ODD[2], 'from': '2023-11-14'})}").text
    for link in re.findall(r'href="((?:/export|/gaps|/articles|/\?)[^"]*)"', page):
        assert urlencode({"author": ODD[2]}) in unescape(link), link
        told.get(unescape(link)).raise_for_status()


def test_a_failed_event_has_a_day_and_no_author(told):
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert listed(told, kind="bad") == {"bad"}
    assert listed(told, kind="bad", **{"from": today}) | listed(told, kind="bad", to="2023-11-16") <= {"bad"}
    assert listed(told, kind="bad", to="2023-11-16") == set()
    assert listed(told, kind="bad", author="Ada") == set()


def test_the_chart_counts_what_the_list_shows(told):
    def counted(**asked):
        page = told.get(f"/ui/chart?{urlencode({'span': '7d', **asked})}").text
        return {name: int(number) for name, number in re.findall(r"</span>(\w+) <b>(\d+)</b>", page)}

    assert counted() == {"srv": 8, "bad": 1}
    assert counted(author="Ada") == {"srv": 2}
    assert counted(author="Ada", **{"from": "2023-11-15"}) == {"srv": 1}
    assert counted(author="Nobody") == {}


def test_the_stream_tells_what_the_list_would_show(listen, collector):  # noqa: F811
    stream = listen("/ui/stream?author=Ada&from=2023-11-15")
    collector.post(view(1, "old", article("old", authors=["Ada"])))
    collector.post(view(2, "his", article("his", authors=["Max"]), day=16))
    collector.post(view(3, "none", day=16))
    collector.post(view(4, "hers", article("hers", authors=["Ada"]), day=16))
    paths = []
    while not paths:
        name, _, data = stream.next()
        assert name == "rows"
        paths += [row["page"] for row in data["rows"]]
    assert paths == ["/hers"]
    assert listed(collector, author="Ada", **{"from": "2023-11-15"}) == {"hers"}


def test_gaps_are_counted_of_an_author_and_a_subject(collector):
    days = {"trains": 14, "tides": 16}
    for number in range(4):
        for name, day in days.items():
            said = article(name, authors=["Ada" if name == "tides" else "Max"], subject="sea")
            collector.post(view(number, name, said, day=day))
    collector.post(*(view(number, "none", day=15) for number in range(4)))

    def counted(**asked):
        page = collector.get(f"/gaps?{urlencode({'wait': 0, 'from': '2023-11-01', **asked})}").text
        found = re.search(r"of (\d+)</b> page views were not", page)
        return int(found[1]) if found else 0

    assert (counted(), counted(author="Ada"), counted(subject="sea")) == (12, 4, 8)
    assert (counted(author="Ada", to="2023-11-15"), counted(author="Max", to="2023-11-15")) == (0, 4)
    assert (counted(author="Nobody"), counted(author="'; DROP")) == (0, 0)
    page = text_of(collector.get("/gaps?from=2023-11-01&author=Nobody"))
    assert "Nothing to measure passes these filters" in page


def test_the_gaps_of_an_author_are_a_file_too(collector):
    said = article("tides", authors=["Ada"], subject="sea")
    collector.post(*(view(number, "tides", said, day=16) for number in range(4)))
    collector.post(*(view(number, "none", day=15) for number in range(4)))

    asked = "/gaps?from=2023-11-01&author=Ada&wait=0"
    (link,) = re.findall(r'href="(/gaps\.csv[^"]*)"', collector.get(asked).text)
    answer = collector.get(unescape(link))
    assert answer.headers["content-disposition"] == 'attachment; filename="gaps.csv"'
    shares = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(each["dimension"], each["server_page_views"]) for each in shares[:2]] == [
        ("all", "4"),
        ("day", "4"),
    ]
    assert shares[1]["value"] == "2023-11-16"
    refused = collector.get("/gaps.csv?from=tomorrow")
    assert (refused.status_code, "is no day" in refused.text) == (400, True)
    assert collector.get("/gaps.csv?author=Nobody").text.count("\n") == 1


def story_schema(number, **authors):
    return {
        "type": "object",
        "self": {"vendor": "com.acme", "name": "story", "format": "jsonschema", "version": f"1-0-{number}"},
        "properties": {"slug": {"type": "string"}, "byline": {"type": "string", **authors}},
    }


CONFIG = """[article]
entity = "iglu:com.acme/story/jsonschema/1-*-*"
id = "slug"
authors = "byline"

[content]
timezone = "America/New_York"
"""


@pytest.fixture
def own(tmp_path):
    """A collector of a house whose articles are its own, in New York, and whose authors became secret."""
    for number, authors in ((0, {}), (1, {"confidential": True})):
        write(tmp_path, story_schema(number, **authors), name="story", version=f"1-0-{number}")
    (tmp_path / "journeys.toml").write_text(CONFIG)
    collector = Collector("--schemas", str(tmp_path), "--config", str(tmp_path / "journeys.toml"))
    yield collector
    collector.stop()


def story(number, slug, byline):
    return {"schema": f"{STORY}{number}", "data": {"slug": slug, "byline": byline}}


def test_articles_are_those_of_the_configuration(own):
    own.post(view(1, "open", story(0, "open", "Ada")))
    assert listed(own, author="Ada") == {"open"}
    (title,) = views(own, "/articles.csv", key="title")
    assert title == "A page"  # where no field is named for it, it is the page's, and nothing secret
    page = text_of(own.get("/?subject=sea"))
    assert "The configuration names no field for an article's subject: nothing is filtered by it." in page


def test_nothing_is_filtered_by_what_any_schema_calls_confidential(own):
    own.post(view(1, "open", story(0, "open", "Ada")), view(2, "secret", story(1, "secret", "Ada")))
    said = "The schema of the articles calls their author confidential: nothing is filtered by it."
    for path in ("/?author={}", "/gaps?author={}&from=2023-01-01&wait=0", "/articles?author={}"):
        hit, miss = (own.get(path.format(name)).text for name in ("Ada", "Bo"))
        assert said in unescape(hit)
        assert "Ada" not in hit.partition("<main")[2]
        for page in (hit, miss):
            assert "author=" not in page.partition("<main")[2]
    assert listed(own, author="Ada") == listed(own, author="Bo") == {"open", "secret"}
    refused = own.get("/export.jsonl?author=Ada")
    assert (refused.status_code, refused.text) == (400, said)


def test_a_day_is_that_of_the_configuration_everywhere(own):
    for hour, name in ((3, "before"), (6, "after")):  # midnight in New York is at 5:00 UTC
        moment = 1_700_006_400_000 + hour * 3_600_000
        own.post(view(hour, name, story(0, name, "Ada")) | {"ttm": str(moment)})
        own.post(view(hour, name, story(0, name, "Ada")) | {"ttm": str(moment + 60_000)})
    for day, name in (("2023-11-14", "before"), ("2023-11-15", "after")):
        asked = {"from": day, "to": day}
        assert listed(own, **asked) == exported(own, **asked) == {name}
        assert views(own, f"/articles.csv?{urlencode(asked)}") == {name: 2}
        page = own.get(f"/gaps?{urlencode({**asked, 'wait': 0})}").text
        assert f'title="{day}"' in page
        assert "By day (America/New_York)" in page
        assert re.search(r"of 2</b> page views were not", page)


def journeyed(collector, **asked):
    """The paths of all that the persons did whose journeys are shown."""
    page = collector.get(f"/journeys?{urlencode(asked)}").raise_for_status().text
    return set(re.findall(r'<span class="path">/([^<]*)<', page))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"author": "Ada"}, {"trains", "tides"}),
        ({"author": "Ada", "from": "2023-11-15"}, {"tides"}),
        ({"subject": "sea"}, {"tides", "both"}),
        ({"app": "shop"}, {"none"}),
        ({"to": "2023-11-15", "app": "news", "author": "Max"}, {"trains"}),
        ({"author": "Max", "q": "both"}, {"both"}),
        ({"author": "Max", "q": "tides"}, set()),
        ({"author": ODD[2]}, {f"odd{n}" for n in range(4)}),
        ({"author": "Nobody"}, set()),
        ({"from": "2023-12-01"}, set()),
    ],
)
def test_journeys_are_of_persons_of_whom_an_event_passes(told, asked, found):
    assert journeyed(told, **asked) == found
    said = text_of(told.get(f"/journeys?{urlencode(asked)}"))
    assert "Persons are those of whom an event passes the filters; what they did is shown whole." in said
    assert ("Nobody" in said) == (not found)


def test_earlier_persons_are_of_the_same_filters(collector):
    for number in range(24):
        said = article("x", authors=["Ada" if number % 2 else "Bo"])
        collector.post(view(number, f"p{number}", said), view(number, f"n{number}", app="shop"))
    page = collector.get("/journeys?author=Ada").text
    link = unescape(re.search(r'href="(/journeys\?[^"]*before=[^"]*)"', page)[1])
    later = journeyed(collector, author="Ada")
    earlier = journeyed(collector, **dict(parse_qsl(link.partition("?")[2])))
    assert later == {f"{kind}{number}" for kind in "pn" for number in range(5, 24, 2)}
    assert earlier == {f"{kind}{number}" for kind in "pn" for number in (1, 3)}


def test_bad_events_are_of_an_app_and_of_days_and_have_no_author(collector):
    collector.post(
        page_view(vid="first", aid="news"), page_view(vid="second", aid="shop"), page_view(p="fridge")
    )
    today = time.strftime("%Y-%m-%d", time.gmtime())

    def reasons(**asked):
        page = collector.get(f"/bad?{urlencode(asked)}").text
        return {name: int(n) for n, name in re.findall(r'class="figure">(\d+)</span><h2>([^<]*)</h2>', page)}

    assert sum(reasons().values()) == sum(reasons(to="2999-12-31").values()) == 3
    assert list(reasons(app="news").values()) == [1]
    assert reasons(app="nobody") == reasons(to="2023-11-14") == {}
    page = text_of(collector.get(f"/bad?author=Ada&from={today}"))
    assert "A failed event was never read, so it has no author: nothing is filtered by it here." in page
    assert "The day of a failed event is that on which it came." in page
    assert "Counted are the newest 3 bad events that pass the filters" in page
    form = collector.get("/bad?author=Ada&subject=sea").text.partition("<form")[2].partition("</form>")[0]
    assert 'type="hidden" name="author" value="Ada"' in form
    assert "No bad event passes the filters" in text_of(collector.get("/bad?app=nobody"))


@pytest.mark.parametrize("path", ["/", "/journeys", "/articles", "/agents", "/campaigns", "/gaps"])
def test_the_exports_of_every_page_are_filtered_as_it_is(told, path):
    page = told.get(f"{path}?author=Ada&from=2023-11-15&to=2023-11-17").text
    link = unescape(re.search(r'href="(/export\.jsonl[^"]*)"', page)[1])
    lines = told.get(link).raise_for_status().text.splitlines()
    assert [json.loads(line)["page_url"].rpartition("/")[2] for line in lines] == ["tides"]
    assert "filtered as here" in page
