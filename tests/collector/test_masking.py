"""Masking by schemas: a model that is told what is hidden, and schemas of every make that say the same."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.schemas.masking import HIDDEN, masked

URI = "iglu:com.acme/order/jsonschema/1-0-0"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"

names = st.sampled_from(["margin", "cost", "note", "confidential", "properties", "$ref", "a/b~c%25", ""])
values = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
forms = st.sampled_from(["plain", "ref", "allOf", "anyOf", "oneOf", "dependencies", "pattern", "additional"])
"""How a schema says of a property what it says."""

trees = st.recursive(
    st.builds(lambda value: ("value", value), values),
    lambda parts: (
        st.tuples(st.just("array"), parts, st.booleans(), st.integers(0, 2))
        | st.tuples(st.just("object"), st.dictionaries(names, st.tuples(parts, st.booleans(), forms)))
    ),
    max_leaves=12,
)
"""What a schema describes, and what of it is confidential."""


def schema_of(tree, definitions):
    match tree:
        case ("array", part, is_hidden, _):
            return {"type": "array", "items": marked(schema_of(part, definitions), is_hidden)}
        case ("object", parts):
            schema = {"type": "object", "properties": {}}
            for name, (part, is_hidden, form) in parts.items():
                add_property(schema, name, marked(schema_of(part, definitions), is_hidden), form, definitions)
            return schema
        case _:
            return {}


def marked(schema, is_hidden):
    return {**schema, "confidential": True} if is_hidden else {**schema, "confidential": False}


def add_property(schema, name, part, form, definitions):
    if form == "ref":
        key = f"{len(definitions)}/~"
        definitions[key] = part
        part = {"$ref": f"#/definitions/{key.replace('~', '~0').replace('/', '~1')}"}
    if form in {"allOf", "anyOf", "oneOf"}:
        schema.setdefault(form, []).append({"properties": {name: part}})
    elif form == "dependencies":
        schema.setdefault(form, {})[f"d{name}"] = {"properties": {name: part}}
    elif form == "pattern":
        schema.setdefault("allOf", []).append({"patternProperties": {f"^{_exactly(name)}": part}})
    elif form == "additional":
        others = {f"^(?!{_exactly(name)})": {}}
        schema.setdefault("allOf", []).append({"patternProperties": others, "additionalProperties": part})
    else:
        schema["properties"][name] = part


def _exactly(name):
    return "".join(rf"\u{ord(letter):04x}" for letter in name) + "$"


def value_of(tree):
    match tree:
        case ("array", part, _, length):
            return [value_of(part)] * length
        case ("object", parts):
            return {name: value_of(part) for name, (part, *_) in parts.items()}
        case (_, value):
            return value


def expected(tree):
    match tree:
        case ("array", part, is_hidden, length):
            return [HIDDEN if is_hidden else expected(part)] * length
        case ("object", parts):
            return {
                name: HIDDEN if is_hidden else expected(part) for name, (part, is_hidden, _) in parts.items()
            }
        case (_, value):
            return value


@given(trees)
def test_hides_what_the_schema_calls_confidential_and_nothing_else(tree):
    definitions = {}
    schema = {**schema_of(tree, definitions), "definitions": definitions}
    sent = {"schema": URI, "data": value_of(tree)}
    kept = copy.deepcopy(sent)
    hidden = {"schema": URI, "data": expected(tree)}
    assert masked(sent, {URI: schema}) == hidden
    assert masked({"schema": CONTEXTS, "data": [sent]}, {URI: schema})["data"] == [hidden]
    assert masked({"schema": CONTEXTS, "data": sent}, {URI: schema})["data"] == hidden
    assert masked(sent, {}) == kept
    assert sent == kept


json_values = st.recursive(
    values,
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(
            names | st.sampled_from(["allOf", "items", "patternProperties", "dependencies"]), parts
        )
    ),
    max_leaves=10,
)


@given(json_values, json_values)
def test_a_schema_that_is_none_breaks_nothing(schema, data):
    shown = masked({"schema": URI, "data": data}, {URI: schema})
    json.dumps(shown)
    if "true" not in json.dumps(schema) and "$ref" not in json.dumps(schema):
        assert shown["data"] == data


@pytest.mark.parametrize(
    ("schema", "data", "shown"),
    [
        ({"confidential": True}, {"a": 1}, HIDDEN),
        ({"properties": {"a": {"confidential": True}}}, {"a": {"b": [1]}, "c": 2}, {"a": HIDDEN, "c": 2}),
        ({"properties": {"a": {"confidential": True}}}, {"b": {"a": 1}}, {"b": {"a": 1}}),
        ({"properties": {"a": {"confidential": True}}}, {"a": None}, {"a": HIDDEN}),
        ({"properties": {"a": {"confidential": False}}}, {"a": 1}, {"a": 1}),
        ({"properties": {"confidential": {}}}, {"confidential": 1}, {"confidential": 1}),
        ({"items": [{}, {"confidential": True}]}, [1, 2, 3], [1, HIDDEN, 3]),
        (
            {"items": [{}], "additionalItems": {"properties": {"a": {"confidential": True}}}},
            [{"a": 1}, {"a": 2}],
            [{"a": 1}, {"a": HIDDEN}],
        ),
        ({"patternProperties": {"^x_": {"confidential": True}}}, {"x_a": 1, "a": 2}, {"x_a": HIDDEN, "a": 2}),
        ({"patternProperties": {r"\p{L}": {"confidential": True}}}, {"a": 1}, {"a": HIDDEN}),
        (
            {"properties": {"a": {"$ref": "#"}, "b": {"confidential": True}}},
            {"a": {"a": {"b": 1}}, "b": 2},
            {"a": {"a": {"b": HIDDEN}}, "b": HIDDEN},
        ),
        ({"$ref": "#"}, {"a": 1}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#/nowhere"}}}, {"a": 1, "b": 2}, {"a": HIDDEN, "b": 2}),
        ({"properties": {"a": {"$ref": "https://a.example"}}}, {"a": 1, "b": 2}, {"a": HIDDEN, "b": 2}),
    ],
)
def test_hides(schema, data, shown):
    assert masked({"schema": URI, "data": data}, {URI: schema}) == {"schema": URI, "data": shown}


def test_hides_what_is_described_within_what_is_not_hidden():
    inner = {"schema": URI, "data": {"a": 1, "b": 2}}
    schemas = {URI: {"properties": {"a": {"confidential": True}}}}
    sent = {"schema": CONTEXTS, "data": [{"deep": [{"deeper": inner}]}], "more": inner}
    shown = {"schema": URI, "data": {"a": HIDDEN, "b": 2}}
    assert masked(sent, schemas) == {
        "schema": CONTEXTS,
        "data": [{"deep": [{"deeper": shown}]}],
        "more": shown,
    }


def test_what_is_too_deep_to_look_at_is_hidden():
    deep = "canary"
    for _ in range(5000):
        deep = {"a": deep}
    schemas = {URI: {"properties": {"a": {"$ref": "#"}}}}
    assert masked({"schema": URI, "data": deep}, schemas) == {"schema": URI, "data": HIDDEN}
