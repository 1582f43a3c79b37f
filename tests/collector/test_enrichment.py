"""What Enrich makes of an event: campaigns, links, referrers, user agents, times, limits."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.micro.tsv import tsv_line
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.schemas.iglu import Iglu

from ..conftest import POST_PATH, SCHEMA
from .analytics_sdk import transform
from .conftest import page_view, wrapped

MOMENT = "2026-03-14T09:30:00.000Z"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT}"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.2 Mobile/15E148 Safari/604.1"
)
TABLET = f"Mozilla/5.0 (Linux; Android 13; SM-X200) {WEBKIT}"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
UA_PARSER = "iglu:com.snowplowanalytics.snowplow/ua_parser_context/jsonschema/1-0-0"
IGLU = Iglu()


def row_of(*, referer=None, useragent=None, address="192.0.2.1", **parameters):
    body = json.dumps({"schema": SCHEMA, "data": [page_view(**parameters)]})
    vendor, version = POST_PATH.strip("/").split("/")
    hit = Hit(
        vendor=vendor,
        version=version,
        query="",
        body=body,
        content_type="application/json",
        timestamp=MOMENT,
        address=address,
        useragent=useragent,
        referer=referer,
        hostname="collector.example",
        network_userid="00000000-0000-4000-8000-000000000007",
    )
    (row,) = rows_of(hit, IGLU.validation)
    return row


def event_of(**given):
    row = row_of(**given)
    assert row.is_good, row.shape["errors"]
    return row.shape["event"]


def reasons_of(**given):
    row = row_of(**given)
    assert not row.is_good
    return row.shape["errors"][1:]


def only(event, prefix):
    """The columns with a prefix that hold something."""
    return {name: value for name, value in event.items() if name.startswith(prefix) and value is not None}


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("", {}),
        (
            "utm_source=news&utm_medium=e%2Dmail&utm_campaign=a+b&utm_term=%C3%A4&utm_content=top",
            {
                "mkt_source": "news",
                "mkt_medium": "e-mail",
                "mkt_campaign": "a b",
                "mkt_term": "ä",
                "mkt_content": "top",
            },
        ),
        ("utm_source=first&utm_source=last", {"mkt_source": "last"}),
        ("gclid=g1", {"mkt_clickid": "g1", "mkt_network": "Google"}),
        ("msclkid=m1&gclid=g1", {"mkt_clickid": "g1", "mkt_network": "Google"}),
        ("dclid=d1", {"mkt_clickid": "d1", "mkt_network": "DoubleClick"}),
        ("utm_source=a%00b%09c", {"mkt_source": "ab    c"}),
    ],
)
def test_a_campaign_is_read_from_the_pages_url(query, columns):
    assert only(event_of(url=f"https://www.example.com/?{query}"), "mkt_") == columns


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("utm_source=" + "s" * 256, "mkt_source (mkt_source): is 256 characters long, at most 255"),
        ("gclid=" + "g" * 1001, "mkt_clickid (mkt_clickid): is 1001 characters long, at most 1000"),
        ("q=" + "x" * 6000, "page_urlquery (page_urlquery): is 6002 characters long, at most 6000"),
        ("_sp=" + "d" * 129, "refr_domain_userid (refr_domain_userid): is 129 characters long"),
        ("_sp=d.x.s", "its _sp parameter 'd.x.s' is malformed: 'x' is no number of milliseconds"),
    ],
)
def test_what_a_visitor_made_too_long_or_broken_is_a_bad_row_as_in_the_pipeline(url, reason):
    (sentence,) = reasons_of(url=f"https://www.example.com/?{url}")
    assert reason in sentence


@pytest.mark.parametrize(
    ("link", "person", "moment"),
    [
        ("d.1700000000000", "d", "2023-11-14T22:13:20.000Z"),
        ("d.1700000000000.s.dQ.dQ.web.cg", "d", "2023-11-14T22:13:20.000Z"),
        ("d", "d", None),
        (".1700000000000", None, "2023-11-14T22:13:20.000Z"),
        ("1.2.3.4.5.6.7.8", None, None),
        ("d.1700000000000.s.!", "d", "2023-11-14T22:13:20.000Z"),
    ],
)
def test_a_link_from_another_domain_says_who_followed_it(link, person, moment):
    event = event_of(url=f"https://www.example.com/?_sp={link}&x=1")
    assert (event["refr_domain_userid"], event["refr_dvce_tstamp"]) == (person, moment)


@pytest.mark.parametrize(
    ("referrer", "medium"),
    [
        ("https://www.example.com/other", "internal"),
        ("http://www.example.com:8080/", "internal"),
        ("https://blog.example.com/", "unknown"),
        ("https://www.google.com/search?q=x", "search"),
        ("about:blank", None),
    ],
)
def test_a_referrer_is_internal_known_or_unknown(referrer, medium):
    assert event_of(refr=referrer)["refr_medium"] == medium


def test_the_parts_of_a_url():
    event = event_of(url="https://me:pw@www.Example.com:8443/ä b?x=%20#top", refr="//other.example/a")
    assert only(event, "page_url") == {
        "page_url": "https://me:pw@www.Example.com:8443/ä%20b?x=%20#top",
        "page_urlscheme": "https",
        "page_urlhost": "www.Example.com",
        "page_urlport": 8443,
        "page_urlpath": "/ä%20b",
        "page_urlquery": "x=%20",
        "page_urlfragment": "top",
    }
    assert (event["refr_urlhost"], event["refr_urlport"]) == ("other.example", 80)


def test_a_host_that_is_none_to_the_pipeline_is_none():
    event = event_of(url="https://my_host.example:8443/a")
    assert (event["page_urlhost"], event["page_urlport"]) == (None, 443)


def test_without_a_url_the_page_is_the_requests_referrer():
    assert event_of(url=None, referer="https://www.example.com/seen")["page_urlpath"] == "/seen"


@pytest.mark.parametrize(
    ("useragent", "columns"),
    [
        (CHROME, ("Chrome", "120.0.0.0", "Windows", "Computer", False)),
        (IPHONE, ("Mobile Safari", "17.2", "iOS", "Mobile", True)),
        (TABLET, ("Chrome", "120.0.0.0", "Android", "Tablet", True)),
    ],
)
def test_a_user_agent_is_read_into_columns(useragent, columns):
    event = event_of(ua=useragent)
    names = ("br_family", "br_version", "os_family", "dvce_type", "dvce_ismobile")
    assert tuple(event[name] for name in names) == columns


def test_a_user_agent_is_read_into_a_derived_entity():
    (entity,) = event_of(ua=CHROME)["derived_contexts"]["data"]
    assert entity["schema"] == UA_PARSER
    assert entity["data"]["useragentVersion"] == "Chrome 120.0.0"
    assert entity["data"]["osVersion"] == "Windows 10"
    assert list(IGLU.validation.for_request()(entity, "entity", [])) == []


def test_the_user_agent_of_the_request_is_one_line():
    assert event_of(useragent="a\tb\nc")["useragent"] == "a    bc"


def test_a_robot_is_one_and_nobody_is_nothing():
    assert event_of(ua=BOT)["br_type"] == "Robot"
    unknown = event_of(ua="x")
    assert unknown["derived_contexts"]["data"][0]["data"]["useragentFamily"] == "Other"
    assert only(unknown, "br_") == {}
    assert event_of(ua="")["derived_contexts"] == {}


@pytest.mark.parametrize("character", ["(", " ", ";", "a", "1.", "Android ", "iPhone", "\N{ROCKET}"])
def test_a_user_agent_of_any_make_costs_little(character):
    text = (character * 1000)[:500]
    event_of(ua="to load the parser")
    start = time.perf_counter()
    event_of(ua=text)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("parameters", "column", "value"),
    [
        ({"ip": "203.0.113.9, 10.0.0.1"}, "user_ipaddress", "203.0.113.9"),
        ({"ip": "203.0.113.9|10.0.0.1"}, "user_ipaddress", "203.0.113.9"),
        ({"ip": ""}, "user_ipaddress", None),
        ({}, "user_ipaddress", "192.0.2.1"),
        ({"nuid": "a", "tnuid": "b"}, "network_userid", "b"),
        ({"nuid": "a"}, "network_userid", "a"),
        ({"vid": "NULL"}, "domain_sessionidx", None),
        ({"vid": "+7"}, "domain_sessionidx", 7),
        ({"vid": "-2147483648"}, "domain_sessionidx", -2147483648),
        ({"e": "se", "se_va": "1e2"}, "se_value", 100.0),
        ({"e": "se", "se_va": "null"}, "se_value", None),
        ({"e": "tr", "tr_tt": "59.90"}, "tr_total", Decimal("59.90")),
        ({"page": "a\tb\nc\x7f"}, "page_title", "a    bc"),
        ({"page": "\n"}, "page_title", None),
        ({"uid": json.loads('"\\ud83d!"')}, "user_id", "?!"),
        ({"page": "\N{ROCKET}" * 1000}, "page_title", "\N{ROCKET}" * 1000),
        ({"dtm": "-1000"}, "dvce_created_tstamp", "1969-12-31T23:59:59.000Z"),
        ({"dtm": "2000", "stm": "1000"}, "derived_tstamp", MOMENT),
        ({"dtm": "1000", "stm": "61000"}, "derived_tstamp", "2026-03-14T09:29:00.000Z"),
        ({"dtm": "0", "stm": "253402300799999"}, "derived_tstamp", "0001-01-01T00:00:00.000Z"),
        ({"ttm": "1000", "stm": "61000"}, "derived_tstamp", "1970-01-01T00:00:01.000Z"),
    ],
)
def test_a_columns_value(parameters, column, value):
    assert event_of(**parameters)[column] == value


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"vid": "2147483648"}, "'2147483648' is no 32-bit integer"),
        ({"e": "se", "se_va": "1e1400"}, "'1e1400' has more than 1000 digits"),
        ({"e": "se", "se_va": "1_000"}, "'1_000' is no decimal number"),
        ({"e": "se", "se_va": "NaN"}, "'NaN' is no decimal number"),
        ({"dtm": "99999999999999999"}, "is no number of milliseconds"),
        ({"ua": "x" * 1001}, "is 1001 characters long, at most 1000"),
        ({"refr": "https://a.example/" + "p" * 6000}, "refr_urlpath (refr_urlpath): is 6001 characters long"),
        ({"co": wrapped({"schema": UA_PARSER, "data": float("nan")})}, "NaN is no number of JSON"),
        (
            {"co": wrapped({"schema": UA_PARSER, "data": 7}).replace("7", "1e999")},
            "'1e999' is too large a number",
        ),
        ({"co": "[" * 60 + "]" * 60}, "more than 49 deep"),
        ({"url": f"https://a.example/?x=1;utm_source={'a' * 256}"}, "mkt_source): is 256 characters long"),
        ({"url": "https://a.example/?x=1;_sp=d.notatime"}, "its _sp parameter 'd.notatime' is malformed"),
        ({"eid": "x" * 5000}, "is no UUID"),
        ({"e": "se", "se_va": "1" * 400_000 + "!"}, "is no decimal number"),
    ],
)
def test_what_makes_an_event_bad(parameters, reason):
    (sentence,) = reasons_of(**parameters)
    assert reason in sentence
    assert len(sentence) < 1000


def test_a_path_that_no_adapter_is_for_is_a_bad_row(collector):
    collector.client.post("/com.acme/v1", json={"schema": SCHEMA, "data": [page_view()]})
    (row,) = collector.bad()
    assert row["reasons"] == ["there is no adapter for the path /com.acme/v1"]
    assert "badrows/adapter_failures/" in row["errors"][1]


def test_the_pipelines_own_reader_reads_the_line_of_an_event():
    page = {"schema": "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"}
    page["data"] = {"id": "1b3c5d7e-0000-4000-8000-000000000000"}
    url = "https://www.example.com/?utm_source=news&_sp=d.1700000000000"
    event = event_of(url=url, ua=CHROME, co=wrapped(page), cookie="1", vid="3", res="1024x768")
    read = transform(tsv_line(event))
    assert read["collector_tstamp"] == MOMENT
    assert read["refr_device_tstamp"] == "2023-11-14T22:13:20.000Z"
    assert read["contexts_com_snowplowanalytics_snowplow_web_page_1"] == [page["data"]]
    (derived,) = read["contexts_com_snowplowanalytics_snowplow_ua_parser_context_1"]
    assert derived["useragentFamily"] == "Chrome"
    renamed = {"refr_dvce_tstamp": "refr_device_tstamp"}
    columns = {
        renamed.get(name, name): value
        for name, value in event.items()
        if value is not None and name not in {"contexts", "derived_contexts"}
    }
    assert {name: value for name, value in read.items() if not name.startswith("contexts_")} == columns
