"""What every client of the real trackers is told to send, and how the collector must have it."""

from __future__ import annotations

import time

from ..conftest import PATIENCE

EVENT = {
    "schema": "iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1",
    "data": {"targetUrl": "https://www.example.com/target?a=1&b=ü"},
}
ENTITY = {
    "schema": "iglu:com.snowplowanalytics.snowplow/geolocation_context/jsonschema/1-1-0",
    "data": {"latitude": 52.5, "longitude": 13.4},
}
TITLE = "Straße & <b>News</b>"
STRUCTURED = {"category": "basket", "action": "add", "label": "RS-1", "property": "M", "value": 59.9}


def wait_for(collector, count):
    """Until so many events arrived, all of them good."""
    deadline = time.monotonic() + PATIENCE
    while (counts := collector.counts())["total"] < count:
        assert time.monotonic() < deadline, counts
        time.sleep(0.02)
    assert collector.counts() == {"total": count, "good": count, "bad": 0}, collector.bad()


def assert_all_arrived(collector, *, platform, version="tp2"):
    """A page view, a structured and a self-describing event, each with the entity, found by filters."""
    wait_for(collector, 3)
    found = [
        collector.good(event_type="page_view"),
        collector.good(event_type="struct"),
        collector.good(schema=EVENT["schema"]),
    ]
    assert [len(shapes) for shapes in found] == [1, 1, 1]
    assert len(collector.good(contexts=[ENTITY["schema"]])) == 3
    page_view, structured, described = (shape["event"] for (shape,) in found)
    assert page_view["page_title"] == TITLE
    assert {name: structured[f"se_{name}"] for name in STRUCTURED} == STRUCTURED
    assert described["unstruct_event"]["data"] == EVENT
    assert described["event_name"] == "link_click"
    for (shape,) in found:
        assert ENTITY in shape["event"]["contexts"]["data"]
        assert (shape["event"]["app_id"], shape["event"]["platform"]) == ("client", platform)
        assert shape["rawEvent"]["api"] == {"vendor": "com.snowplowanalytics.snowplow", "version": version}
    return page_view
