"""What cannot be read is a bad row with the reason, and never lost."""

from __future__ import annotations

import json

import pytest

from tracking_middleware.protocol.columns import COLUMNS

from ..conftest import POST_PATH
from .conftest import page_view, wrapped

ENTITY = "iglu:com.acme/thing/jsonschema/1-0-0"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"e": "xx"}, "e (event): 'xx' is none of"),
        ({"p": "fridge"}, "p (platform): 'fridge' is none of"),
        ({"eid": "7"}, "eid (event_id): '7' is no UUID"),
        ({"sid": "s"}, "sid (domain_sessionid): 's' is no UUID"),
        ({"vid": "9999999999"}, "vid (domain_sessionidx): '9999999999' is no 32-bit integer"),
        ({"dtm": "yesterday"}, "dtm (dvce_created_tstamp): 'yesterday' is no number of milliseconds"),
        ({"duid": "d" * 129}, "duid (domain_userid): is 129 characters long, at most 128"),
        ({"page": "t" * 2001}, "page (page_title): is 2001 characters long, at most 2000"),
        ({"page": "\N{ROCKET}" * 1001}, "is 2002 characters long"),
        ({"url": "http://[oops/"}, "url (page_url): 'http://[oops/' is no URL"),
        ({"url": "https://a.example/?_sp=d.notatime"}, "its _sp parameter 'd.notatime' is malformed"),
        ({"refr": "http://[oops/"}, "refr (page_referrer)"),
        ({"res": "wide"}, "'wide' is no size"),
        ({"cookie": "yes"}, "'yes' is neither '1' nor '0'"),
        ({"e": "se", "se_va": "dear"}, "'dear' is no decimal number"),
        ({"co": "{"}, "co (contexts): is no JSON"),
        ({"cx": "e30!!"}, "; character 4 of its base64, '!', is passed over"),
        ({"co": wrapped({"schema": ENTITY})}, "an object of exactly 'schema' and 'data'"),
        ({"co": wrapped({"schema": "thing", "data": {}})}, "'thing' is no Iglu URI"),
        ({"co": "[" * 10_000}, "co (contexts): objects and arrays are in each other more than 49 deep"),
    ],
)
def test_an_event_with_a_wrong_field_says_which_and_why(collector, parameters, reason):
    assert collector.post(page_view(**parameters)).status_code == 200
    (row,) = collector.bad()
    assert any(reason in error for error in row["errors"]), row["errors"]
    assert row["rawEvent"]["parameters"].items() >= parameters.items()


def test_all_that_is_wrong_is_said_at_once(collector):
    collector.post(page_view(eid="7", vid="x", p="fridge"))
    (row,) = collector.bad()
    assert len(row["reasons"]) == 3


def test_a_broken_self_describing_event_is_said_once(collector):
    for parameters in ({"ue_pr": "{"}, {"ue_pr": "{}"}, {"ue_px": "e30"}):
        collector.reset()
        collector.post(page_view(e="ue", **parameters))
        (row,) = collector.bad()
        assert len(row["reasons"]) == 1
        (bad_row,) = read_bad_rows(row)
        (message,) = bad_row["data"]["failure"]["messages"]
        assert message["field"] in parameters


def read_bad_rows(row):
    return [json.loads(text) for text in row["errors"][1:]]


def test_an_event_that_is_not_valid_is_a_bad_row_with_the_event_as_it_was_sent_and_half_enriched(collector):
    collector.post(page_view(eid="7", vid="3", cookie="1", url="http://[oops/", co=wrapped(), tr_tt="0.10"))
    (row,) = collector.bad()
    assert row["errors"][0] == "Error while validating the event"
    kinds = {bad_row["schema"].split("/")[1] for bad_row in read_bad_rows(row)}
    assert kinds == {"schema_violations", "enrichment_failures"}
    for bad_row in read_bad_rows(row):
        enriched, raw = bad_row["data"]["payload"]["enriched"], bad_row["data"]["payload"]["raw"]
        assert list(enriched) == list(COLUMNS)
        assert (enriched["event_id"], enriched["domain_sessionidx"], enriched["br_cookies"]) == (None, 3, 1)
        assert enriched["dvce_created_tstamp"] == "2023-11-14 22:13:20.000"
        assert {"name": "eid", "value": "7"} in raw["parameters"]
        assert (raw["vendor"], raw["version"]) == ("com.snowplowanalytics.snowplow", "tp2")
        assert raw["timestamp"] == row["rawEvent"]["context"]["timestamp"]
    assert '"tr_total": 0.10' in row["errors"][1] or '"tr_total":0.10' in row["errors"][1]


@pytest.mark.parametrize(
    ("path", "kind"), [(POST_PATH, "tracker_protocol_violations"), ("/com.acme/v1", "adapter_failures")]
)
def test_a_request_that_holds_no_event_is_a_bad_row_with_the_request(collector, path, kind):
    body = '{"no": "envelope"}'
    collector.client.post(f"{path}?a=b&c", content=body, headers={"Content-Type": "application/json"})
    (row,) = collector.bad()
    assert row["errors"][0] == "Error while reading the request"
    (bad_row,) = read_bad_rows(row)
    assert bad_row["schema"].split("/")[1] == kind
    failure, payload = bad_row["data"]["failure"], bad_row["data"]["payload"]
    assert f"/{failure['vendor']}/{failure['version']}" == path
    assert payload["body"] == body
    assert payload["querystring"] == [{"name": "a", "value": "b"}, {"name": "c", "value": None}]
    assert payload["networkUserId"] == row["collectorPayload"]["context"]["userId"]


def test_a_request_that_the_pipeline_could_not_load_is_a_bad_row_with_a_text(collector):
    collector.get("/i", params={"e": "pv", "p": "web", "tv": "x", "nuid": "7"})
    (row,) = collector.bad()
    (bad_row,) = read_bad_rows(row)
    assert bad_row["data"]["failure"]["message"]["payloadField"] == "networkUserId"
    assert json.loads(bad_row["data"]["payload"])["networkUserId"] == "7"


def test_one_wrong_event_does_not_cost_the_others(collector):
    collector.post(page_view(), page_view(eid="7"), page_view())
    assert collector.counts() == {"total": 3, "good": 2, "bad": 1}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"{", "application/json", "the body is no JSON"),
        (b"\xff\xfe", "application/json", "the body is no JSON"),
        (b"[" * 10_000, "application/json", "more than 49 deep"),
        (b"[]", "application/json", "no self-describing JSON"),
        (b'{"schema":"iglu:a/b/jsonschema/1-0-0","data":[]}', "application/json", "is not iglu:com.snow"),
        (b"e=pv&p=web", "application/x-www-form-urlencoded", "Content-Type"),
        (b"", "application/json", "a POST with an empty body"),
    ],
)
def test_a_body_that_cannot_be_read_is_kept(collector, body, content_type, reason):
    answer = collector.client.post(POST_PATH, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200
    (row,) = collector.bad()
    assert any(reason in error for error in row["errors"]), row["errors"]
    assert row["collectorPayload"]["body"] == body.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([{"e": "pv", "p": "web"}], "data[0]: the required key 'tv' is missing"),
        ([page_view(), page_view(madeup="1")], "data[1]: the key 'madeup' is not allowed"),
        ([page_view(vid=3)], "data[0].vid: must be a string, not int"),
        ([page_view(), "x"], "data[1]: must be an object"),
        ([], "data: must be an array of at least one event"),
    ],
)
def test_the_envelope_fails_as_a_whole(collector, data, reason):
    collector.post(data=data)
    (row,) = collector.bad()
    assert any(reason in error for error in row["errors"]), row["errors"]
    assert collector.counts()["good"] == 0


def test_a_bad_row_is_shown_on_the_page_as_text(collector):
    collector.post(page_view(url="<script>alert(1)</script>", eid="<b>"))
    html = collector.get("/").text
    assert "&lt;b&gt;" in html
    assert "<script>alert" not in html
