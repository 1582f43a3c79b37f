"""However deep what comes is nested: that is bound before it is read, and no reader comes to its limit."""

from __future__ import annotations

import base64
import gc
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.payload.json_text import TooDeepError, check_depth, loaded
from tracking_middleware.collector.schemas.cost import is_too_costly
from tracking_middleware.collector.schemas.folders import UnusableError, read_schema

from .conftest import CONTEXTS, page_view, write

EVENT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
URI = "iglu:com.acme/order/jsonschema/1-0-0"
LIMITS = [*range(900, 1001, 10), 2000, 10_000]
"""About where readers that recurse give up."""
SHAPES = [("[", "1", "]"), ('{"a":', "1", "}"), ("[", "", ""), ('{"a":', "", "")]
"""Arrays and objects, and those that never end."""

jsons = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\[]{}\n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('"\\[{'), inner, max_size=3),
    max_leaves=8,
)


def nested(depth, shape=("[", "1", "]")):
    before, within, after = shape
    return before * depth + within + after * depth


def depth_of(value):
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(depth_of, parts), default=0)


@given(jsons, st.booleans())
def test_the_depth_of_a_text_is_that_of_what_it_says(value, is_plain):
    text = json.dumps(value, ensure_ascii=is_plain)
    check_depth(text, most=depth_of(value))
    if depth_of(value):
        with pytest.raises(TooDeepError):
            check_depth(text, most=depth_of(value) - 1)


@given(st.text(alphabet='a"\\[]{}:,1\n'), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_what_is_no_json_is_none_in_any_encoding(text, encoding):
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own
            loaded(text.encode(encoding))
    else:
        assert loaded(text.encode(encoding)) == expected


def parameters_of(described):
    packed = base64.urlsafe_b64encode(described.encode()).decode()
    return {"co": described, "cx": packed, "ue_pr": described, "ue_px": packed}


def described(key, depth):
    """A self-describing JSON whose objects and arrays are ``depth`` deep, for a parameter of an event."""
    if key in {"co", "cx"}:  # an object, an array, an object, and what is within it
        return f'{{"schema": "{CONTEXTS}", "data": [{{"schema": "{URI}", "data": {nested(depth - 3)}}}]}}'
    return f'{{"schema": "{EVENT}", "data": {{"schema": "{URI}", "data": {nested(depth - 2)}}}}}'


@pytest.mark.parametrize("key", ["co", "cx", "ue_pr", "ue_px"])
@pytest.mark.parametrize("depth", [49, 50, 51, *LIMITS])
def test_an_event_is_taken_to_the_bound_and_bad_beyond_it(collector, key, depth):
    kind = {"e": "ue"} if key.startswith("ue") else {}
    sent = page_view(**kind, **{key: parameters_of(described(key, depth))[key]})
    assert collector.post(sent).status_code == 200
    is_good = depth <= 49
    assert collector.counts() == {"total": 1, "good": int(is_good), "bad": int(not is_good)}
    if not is_good:
        (row,) = collector.bad()
        assert any("more than 49 deep" in error for error in row["errors"])


@pytest.mark.parametrize("shape", SHAPES, ids=["arrays", "objects", "arrays open", "objects open"])
@pytest.mark.parametrize("depth", [49, 50, 51, *LIMITS])
def test_a_body_of_any_kind_is_refused_at_any_depth(collector, depth, shape):
    body = nested(depth, shape)
    headers = {"Content-Type": "application/json"}
    posted = collector.client.post("/com.snowplowanalytics.snowplow/tp2", content=body, headers=headers)
    assert posted.status_code == 200
    assert collector.counts() == {"total": 1, "good": 0, "bad": 1}
    for route in ("/micro/good", "/micro/bad", "/micro/events", "/micro/timeline"):
        assert collector.client.post(route, content=body).status_code in {200, 400}
    assert collector.get("/").status_code == 200


@pytest.mark.parametrize("depth", [199, 200, 201, *LIMITS])
def test_a_schema_is_read_to_a_bound_of_its_own(tmp_path, depth):
    text = json.dumps({"properties": "HERE", "type": "object"}).replace('"HERE"', nested(depth - 1))
    path = write(tmp_path, text.encode())
    with pytest.raises(UnusableError) as raised:
        read_schema(path, URI)
    assert ("200 deep" in str(raised.value)) == (depth > 200)


def chain(length):
    """References one after another."""
    return {"definitions": {str(n): {"$ref": f"#/definitions/{n + 1}", "type": [{}]} for n in range(length)}}


@pytest.fixture
def at_limit():
    """What is raised in whatever comes by at any moment, as the collection of garbage does."""
    found = []

    def come_by(_phase, _info):
        [].copy()
        len(str(1))
        sum(n for n in (1, 2))

    threshold, hook = gc.get_threshold(), sys.unraisablehook
    sys.unraisablehook = found.append
    gc.callbacks.append(come_by)
    gc.set_threshold(1, 1000, 1000)
    yield found
    gc.set_threshold(*threshold)
    gc.callbacks.remove(come_by)
    sys.unraisablehook = hook


@pytest.mark.parametrize("shape", SHAPES, ids=["arrays", "objects", "arrays open", "objects open"])
def test_nothing_that_comes_by_while_json_is_read_is_at_the_limit(at_limit, shape):
    for depth in (51, *LIMITS):
        with pytest.raises(TooDeepError):
            loaded(nested(depth, shape))
    assert at_limit == []


def test_nothing_that_comes_by_while_a_schema_is_weighed_is_at_the_limit(at_limit):
    assert is_too_costly({**chain(2000), "$ref": "#/definitions/0"})
    assert not is_too_costly({**chain(100), "$ref": "#/definitions/0"})
    assert at_limit == []
