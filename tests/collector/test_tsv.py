"""The enriched TSV, as Snowplow's own analytics SDK reads it."""

from __future__ import annotations

import json

import pytest

from tracking_middleware.collector.micro.tsv import tsv_line
from tracking_middleware.protocol.columns import COLUMNS

from .analytics_sdk import ENRICHED_EVENT_FIELD_TYPES, transform

SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
RETURNED = {"schema": "iglu:com.acme/order_returned/jsonschema/2-1-0", "data": {"note": "a\tb\nc, Ä"}}
WEB_PAGE = {"schema": f"{SNOWPLOW}/web_page/jsonschema/1-0-0", "data": {"id": "1b3c"}}
TEXTS = {"app_id": "news", "page_title": "Ä, \N{ROCKET}", "event_name": "order_returned"}
NUMBERS = {"domain_sessionidx": 3, "page_urlport": 443, "doc_width": 0, "tr_total": 59.9}
FLAGS = {"br_cookies": True, "br_features_pdf": False}


def wrapped(*entities):
    return {"schema": f"{SNOWPLOW}/contexts/jsonschema/1-0-1", "data": list(entities)}


def test_the_columns_are_those_of_the_sdk_in_its_order():
    theirs = [name for name, _ in ENRICHED_EVENT_FIELD_TYPES]
    assert [name.replace("refr_device", "refr_dvce") for name in theirs] == list(COLUMNS)


def test_text_numbers_and_flags_come_back():
    event = {**dict.fromkeys(COLUMNS), **TEXTS, **NUMBERS, **FLAGS}
    assert transform(tsv_line(event)) == {**TEXTS, **NUMBERS, **FLAGS}


def test_a_moment_is_without_letters_in_the_file():
    moment = "2026-03-14T09:30:00.125Z"
    line = tsv_line({"collector_tstamp": moment, "refr_dvce_tstamp": moment})
    assert line.split("\t")[3] == "2026-03-14 09:30:00.125"
    assert transform(line) == {"collector_tstamp": moment, "refr_device_tstamp": moment}


def test_entities_and_self_describing_events_come_back_from_one_line():
    event = {
        "contexts": wrapped(WEB_PAGE, WEB_PAGE),
        "unstruct_event": {"schema": f"{SNOWPLOW}/unstruct_event/jsonschema/1-0-0", "data": RETURNED},
    }
    line = tsv_line(event)
    assert "\n" not in line
    assert line.count("\t") == 130
    assert transform(line) == {
        "contexts_com_snowplowanalytics_snowplow_web_page_1": [WEB_PAGE["data"]] * 2,
        "unstruct_event_com_acme_order_returned_2": RETURNED["data"],
    }


@pytest.mark.parametrize("nothing", [None, {}, wrapped()])
def test_no_entities_are_no_text(nothing):
    assert tsv_line({"contexts": nothing, "derived_contexts": nothing}) == "\t" * 130


def test_what_would_break_the_line_is_taken_out_of_a_text():
    line = tsv_line({"page_title": "a\tb\r\nc\0\x7f", "user_id": json.loads('"\\ud83d!"')})
    assert transform(line) == {"page_title": "a    bc", "user_id": "?!"}
    assert line.encode()
