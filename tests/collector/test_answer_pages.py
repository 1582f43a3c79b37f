"""The pages of answers over HTTP: what was read, by the filters in the URL; and what is confidential."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest

from ..conftest import Collector
from .conftest import page_view, wrapped, write
from .test_command import run

ARTICLE = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"
PRODUCT = "iglu:com.acme/product/jsonschema/1-0-0"
SCHEMA = {
    "type": "object",
    "self": {"vendor": "com.acme", "name": "product", "format": "jsonschema", "version": "1-0-0"},
    "properties": {
        "brand": {"type": "string"},
        "margin": {"type": "string", "confidential": True},
        "grades": {"type": "array", "items": {"type": "string", "confidential": True}},
    },
}


def article(name, **fields):
    return {"schema": ARTICLE, "data": {"id": name, "headline": f"About {name}", **fields}}


def product(**fields):
    return {"schema": PRODUCT, "data": fields}


def view(reader, name, *entities, day=14, app="news", **parameters):
    """A page view of somebody's with entities."""
    return page_view(
        p="srv",
        duid=f"00000000-0000-4000-8000-{reader:012}",
        sid=f"00000000-0000-4000-9000-{reader:012}",
        vid="1",
        aid=app,
        url=f"https://www.example.com/{name}",
        ttm=str(1_699_920_000_000 + (day - 14) * 86_400_000 + reader * 1000),
        co=wrapped(*entities),
        ua="Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        **parameters,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A collector that knows a schema with something confidential, and three articles' readers."""
    folder = tmp_path_factory.mktemp("schemas")
    write(folder, SCHEMA, name="product")
    collector = Collector("--schemas", str(folder))
    trains = article("trains", authors=["Ada", "Max"], subject="transport")
    events = [view(reader, "trains", trains) for reader in range(3)]
    events += [view(1, "tides", article("tides", authors=["Ada"]), day=16)]
    events += [view(9, "shop", product(brand="Acme", margin="0.42", grades=["A"]), app="shop")]
    assert collector.post(*events).status_code == 200
    yield collector
    collector.stop()


def text_of(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def rows(collector, path):
    answer = collector.get(path).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def views(collector, path, key="id"):
    return {row[key]: int(row["views"]) for row in rows(collector, path)}


def test_articles_are_listed_with_their_readers(told):
    page = text_of(told.get("/articles").raise_for_status())
    assert "About trains 3 3 3" in page
    assert views(told, "/articles.csv") == {"trains": 3, "tides": 1}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("author=Max", {"trains": 3}),
        ("subject=transport", {"trains": 3}),
        ("from=2023-11-15", {"tides": 1}),
        ("to=2023-11-15", {"trains": 3}),
        ("from=2023-11-14&to=2023-11-16&app=news&author=Ada", {"trains": 3, "tides": 1}),
        ("app=shop", {}),
        ("from=nonsense&to=2023-13-40", {"trains": 3, "tides": 1}),
    ],
)
def test_the_filters_in_the_url_say_what_counts(told, filters, found):
    assert views(told, f"/articles.csv?{filters}") == found


def test_every_tab_keeps_the_filters(told):
    page = told.get("/articles?app=news&author=Ada&sort=views").text
    links = re.findall(r'<a href="(/[a-z]*\?[^"]*)"', page)
    assert {"/gaps?app=news&amp;author=Ada", "/journeys?app=news&amp;author=Ada"} <= set(links)
    assert 'href="/articles?app=news&amp;author=Ada"' in told.get("/gaps?app=news&author=Ada").text


def test_rows_are_sorted_by_a_link(told):
    assert [row["id"] for row in rows(told, "/articles.csv?sort=views")] == ["tides", "trains"]
    assert [row["id"] for row in rows(told, "/articles.csv?sort=-title")] == ["trains", "tides"]
    page = told.get("/articles?sort=views").text
    assert re.search(
        r'<th scope="col" class="number" aria-sort="ascending"><a href="/articles\?sort=-views"', page
    )


def test_rows_are_of_authors_or_of_any_field_of_an_entity(told):
    assert views(told, "/articles.csv?by=author", "value") == {"Ada": 4, "Max": 3}
    assert views(told, "/articles.csv?by=com.acme/product:brand", "value") == {"Acme": 1}


def test_what_a_schema_calls_confidential_is_no_field_to_ask_for(told):
    page = told.get("/articles").text
    assert 'value="com.acme/product:brand"' in page
    for name, secret in (("margin", "0.42"), ("grades", "A")):
        assert f"product:{name}" not in page
        path = f"/articles.csv?by=com.acme/product:{name}"
        assert secret not in {value for row in rows(told, path) for value in row.values()}


def test_without_articles_the_page_says_what_to_attach(told):
    page = text_of(told.get("/articles?app=shop"))
    assert "Nothing passes these filters" in page
    collector = Collector()
    try:
        collector.post(view(1, "shop"))
        page = text_of(collector.get("/articles"))
        assert "No articles yet" in page
        assert "current_page().attach(Article2(" in page
    finally:
        collector.stop()


def test_odd_words_in_the_url_break_nothing(told):
    for query in (
        "by=x:y:z&sort=%00&id=%ff",
        "app=%ff%00'&author=\"<script>",
        "by=a/b:c%27--&from=9999-12-31",
    ):
        page = told.get(f"/articles?{query}")
        assert page.status_code == 200
        assert "<script>" not in page.text.replace('<script type="module"', "")


def test_what_came_since_is_there_on_the_next_look():
    collector = Collector()
    try:
        for readers in (1, 2, 3):
            collector.post(view(readers, "trains", article("trains")))
            assert views(collector, "/articles.csv") == {"trains": readers}
    finally:
        collector.stop()


def test_an_article_is_told_by_itself(told):
    page = text_of(told.get("/article?id=trains").raise_for_status())
    assert "About trains Id trains Authors Ada; Max Subject transport" in page
    assert (
        "Read next In the same session. Article Readers Times (last in the session) 2 2 About tides" in page
    )
    assert "Came from Sessions that began here. Channel Source Sessions Persons direct" in page
    assert [row["day"] for row in rows(told, "/article.csv?id=trains")] == ["2023-11-14"]
    assert "No page view that is looked at has this article" in text_of(told.get("/article?id=nothing"))


def test_campaigns_are_listed_without_conversions_to_credit(told):
    page = text_of(told.get("/campaigns").raise_for_status())
    assert "No session came by a campaign" in page
    assert "No conversions are named" in page
    assert rows(told, "/campaigns.csv?by=channel")[0]["value"] == "direct"
    assert rows(told, "/earned.csv") == []


ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
CONFIG = """
[conversion]
event = "iglu:com.acme/order/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "EUR"
"""


def order_schema(**confidential):
    return {
        "type": "object",
        "self": {"vendor": "com.acme", "name": "order", "format": "jsonschema", "version": "1-0-0"},
        "properties": {
            name: {"type": "string", **confidential.get(name, {})} for name in ("order", "total", "margin")
        },
    }


def ordered(reader, **data):
    described = {"schema": ORDER, "data": data}
    unstruct = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
    event = view(reader, "order", day=15)
    return {**event, "e": "ue", "ue_pr": json.dumps({"schema": unstruct, "data": described})}


def test_what_campaigns_earned_is_shown_but_for_what_is_confidential(tmp_path):
    write(tmp_path, order_schema(margin={"confidential": True}))
    (tmp_path / "journeys.toml").write_text(CONFIG)
    collector = Collector("--schemas", str(tmp_path), "--config", str(tmp_path / "journeys.toml"))
    try:
        landing = {"url": "https://www.example.com/?utm_campaign=spring&utm_medium=email"}
        collector.post({**view(1, "start"), **landing}, ordered(1, order="1", total="20.50", margin="7.77"))
        assert rows(collector, "/earned.csv") == [
            {
                "value": "spring",
                "currency": "EUR",
                "conversions": "1",
                "revenue": "20.5",
                "margin": "***",
                "unknown_margins": "***",
            }
        ]
        page = text_of(collector.get("/campaigns?by=channel&sort=-margin"))
        assert "email EUR 1 20.50 *** ***" in page
        assert "7.77" not in page
    finally:
        collector.stop()


def test_a_wrong_configuration_is_said_before_anything_is_served(tmp_path):
    (tmp_path / "journeys.toml").write_text("[conversion]\nid = 7\n")
    done = run("collector", "--port", "0", "--config", str(tmp_path / "journeys.toml"))
    assert done.returncode == 2
    assert "[conversion] id must be the name of a field" in done.stderr
