"""What an event's panel says of values that are deliberately not the pipeline's."""

from __future__ import annotations

from html import unescape

import pytest

from .conftest import page_view

TITLE = "What the pipeline has otherwise"


def panel_of(collector, headers, **parameters):
    """What the panel of the only event says."""
    collector.client.post(
        "/com.snowplowanalytics.snowplow/tp2",
        json={
            "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
            "data": [page_view(**parameters)],
        },
        headers=headers,
    )
    (number,) = {part.split('"')[0] for part in collector.get("/").text.split('<tr data-id="')[1:]} - {"0"}
    return unescape(collector.get(f"/events/{number}").text)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        (
            {"Forwarded": "for=203.0.113.9"},
            "user_ipaddress: the pipeline reads Forwarded only where it is the last",
        ),
        ({"Forwarded": "proto=https;for=203.0.113.9"}, "and for= is first in it"),
        ({"X-Forwarded-For": "unknown", "Forwarded": "for=203.0.113.9"}, "the pipeline reads Forwarded only"),
        ({"X-Forwarded-For": "cafe.example"}, "the pipeline takes 'cafe.e' for one"),
        ({"X-Forwarded-For": "1" * 129}, f"the pipeline takes {'1' * 20!r} for one"),
    ],
)
def test_an_address_that_the_pipeline_has_otherwise_is_said_to_be_so(collector, headers, sentence):
    panel = panel_of(collector, headers)
    assert TITLE in panel
    assert sentence in panel


@pytest.mark.parametrize(
    ("headers", "parameters"),
    [
        ({}, {}),
        ({"X-Forwarded-For": "203.0.113.9", "Forwarded": "proto=https;for=203.0.113.9"}, {}),
        ({"X-Forwarded-For": "unknown"}, {}),
        ({"Forwarded": "proto=https"}, {}),
        ({"Forwarded": "for=203.0.113.9"}, {"ip": "192.0.2.7"}),
        ({"Forwarded": "for=203.0.113.9", "SP-Anonymous": "*"}, {}),
        ({"Forwarded": "for=203.0.113.9"}, {"p": "fridge"}),
    ],
    ids=["no header", "both", "unknown", "no address", "said by the tracker", "anonymous", "bad"],
)
def test_of_what_is_the_same_there_nothing_is_said(collector, headers, parameters):
    assert TITLE not in panel_of(collector, headers, **parameters)
