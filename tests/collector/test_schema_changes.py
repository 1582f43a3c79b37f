"""What a change of a schema demands by SchemaVer: each rule, and what steps promise of any two classes."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking_middleware.collector.schemas.published.changes import changes, step_of
from tracking_middleware.collector.schemas.published.steps import Step
from tracking_middleware.collector.schemas.validation import _compiled
from tracking_middleware.events.schema_export import describe

from ..unit.events.test_schema_limits import URI, data_of, types

MORE = {"type": "number", "minimum": 5, "exclusiveMinimum": True}
SHORT, LONG = {"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}
TEXT, NUMBER, WHOLE, NULL = ({"type": kind} for kind in ("string", "number", "integer", "null"))


def thing(properties=None, *, required=(), **more):
    return {
        "type": "object",
        "properties": {"a": TEXT} if properties is None else properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def optional(old, new):
    return thing({"a": old}), thing({"a": new})


def needed(old, new):
    return thing({"a": old}, required="a"), thing({"a": new}, required="a")


CASES = {
    "nothing": (thing(), thing(), Step.NONE, None),
    "words for people": (thing(), thing(description="d", title="t"), Step.NONE, None),
    "an optional property more": (thing(), thing({"a": TEXT, "b": TEXT}), Step.ADDITION, "$.b"),
    "a required property more": (thing(), thing({"a": TEXT, "b": TEXT}, required="b"), Step.MODEL, "$.b"),
    "an optional property less": (thing({"a": TEXT, "b": TEXT}), thing(), Step.REVISION, "$.b"),
    "a required property less": (thing({"a": TEXT, "b": TEXT}, required="b"), thing(), Step.MODEL, "$.b"),
    "required now": (thing(), thing(required="a"), Step.REVISION, "$.a"),
    "required no more": (thing(required="a"), thing(), Step.ADDITION, "$.a"),
    "open": (thing(), thing(additionalProperties=True), Step.ADDITION, "$"),
    "closed": (thing(additionalProperties=True), thing(), Step.REVISION, "$"),
    "named in an open one": (
        thing(additionalProperties=True),
        thing({"a": TEXT, "b": TEXT}, additionalProperties=True),
        Step.REVISION,
        "$.b",
    ),
    "wider": (
        *optional({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}),
        Step.ADDITION,
        "$.a",
    ),
    "narrower": (
        *optional({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5}),
        Step.REVISION,
        "$.a",
    ),
    "limited": (*optional(TEXT, {"type": "string", "maxLength": 5}), Step.REVISION, "$.a"),
    "unlimited": (*optional({"type": "string", "maxLength": 5}, TEXT), Step.ADDITION, "$.a"),
    "apart": (
        *needed({"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 6}),
        Step.MODEL,
        "$.a",
    ),
    "apart where it need not be": (
        *optional({"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 6}),
        Step.REVISION,
        "$.a",
    ),
    "exclusive": (
        *optional(
            {"type": "integer", "minimum": 5}, {"type": "integer", "minimum": 5, "exclusiveMinimum": True}
        ),
        Step.REVISION,
        "$.a",
    ),
    "another type": (*optional(TEXT, WHOLE), Step.REVISION, "$.a"),
    "another type of what all have": (*needed(TEXT, WHOLE), Step.MODEL, "$.a"),
    "a wider type, which is another column": (*optional(WHOLE, NUMBER), Step.REVISION, "$.a"),
    "a narrower type": (*needed(NUMBER, WHOLE), Step.REVISION, "$.a"),
    "null too": (*needed(TEXT, {"type": ["string", "null"]}), Step.ADDITION, "$.a"),
    "null no more": (*needed({"type": ["string", "null"]}, TEXT), Step.REVISION, "$.a"),
    "a value more": (*needed({"enum": ["x"]}, {"enum": ["x", "y"]}), Step.ADDITION, "$.a"),
    "a value less": (*needed({"enum": ["x", "y"]}, {"enum": ["x"]}), Step.REVISION, "$.a"),
    "other values": (*needed({"enum": ["x"]}, {"enum": ["y"]}), Step.MODEL, "$.a"),
    "listed": (*needed(TEXT, {"type": "string", "enum": ["y"]}), Step.REVISION, "$.a"),
    "a format": (*needed(TEXT, {"type": "string", "format": "uuid"}), Step.REVISION, "$.a"),
    "no format": (*needed({"type": "string", "format": "uuid"}, TEXT), Step.ADDITION, "$.a"),
    "in a list": (
        *needed({"type": "array", "items": TEXT}, {"type": "array", "items": WHOLE}),
        Step.REVISION,
        "$.a[]",
    ),
    "deeper": (
        *needed(thing({"b": TEXT}, required="b"), thing({"b": WHOLE}, required="b")),
        Step.MODEL,
        "$.a.b",
    ),
    "confidential": (*needed(TEXT, {"type": "string", "confidential": True}), Step.ADDITION, "$.a"),
    "an alternative more": (
        *needed({"anyOf": [thing(), TEXT]}, {"anyOf": [thing(), TEXT, NULL]}),
        Step.ADDITION,
        "$.a",
    ),
    "an alternative less": (*needed({"anyOf": [thing(), TEXT]}, TEXT), Step.REVISION, "$.a"),
    "no alternative": (*needed({"anyOf": [thing(), TEXT]}, WHOLE), Step.MODEL, "$.a"),
    "what is not looked into": (*needed({"not": TEXT}, {"not": WHOLE}), Step.REVISION, "$.a"),
    "a name for the same": (
        thing(),
        thing({"a": {"$ref": "#/definitions/text"}}, definitions={"text": TEXT}),
        Step.NONE,
        None,
    ),
}


@pytest.mark.parametrize(("old", "new", "step", "path"), CASES.values(), ids=CASES)
def test_a_change_demands_its_step(old, new, step, path):
    found = changes(old, new)
    assert step_of(found) is step
    assert (found[0].path if found else None) == path


def tree(leaf):
    held = thing({"leaf": leaf, "below": {"type": "array", "items": {"$ref": "#/definitions/tree"}}})
    return {**held, "definitions": {"tree": held}}


def test_what_holds_itself_is_compared():
    assert changes(tree(TEXT), tree(TEXT)) == []
    paths = {change.path for change in changes(tree(TEXT), tree(WHOLE))}
    assert paths == {"$.leaf", "$.below[].leaf"}


@st.composite
def two_classes(draw):
    """A class and what became of it: fields that stayed, changed, went, came; and values of the former."""
    before = draw(st.lists(types(depth=1), min_size=1, max_size=3))
    fields = {f"field_{number}": field for number, field in enumerate(before)}
    after = {}
    for name, field in fields.items():
        match draw(st.sampled_from(["same", "same", "other", "none"])):
            case "same":
                after[name] = field
            case "other":
                after[name] = draw(types(depth=1))
    if draw(st.booleans()):
        after["more"] = draw(types(depth=0))

    def class_of(fields):
        hints = {name: hint for name, (hint, _) in fields.items()}
        return dataclasses.make_dataclass("Thing", list(hints.items()), kw_only=True)

    optional = {name for name in after if draw(st.booleans())}
    old = class_of(fields)
    new = class_of(after)
    data = [old(**{name: draw(value) for name, (_, value) in fields.items()}) for _ in range(3)]
    return old, new, optional, [data_of(value, old) for value in data]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(two_classes())
def test_an_addition_refuses_nothing_of_before_and_a_model_all(drawn):
    old_class, new_class, optional, data = drawn
    old, new = describe(URI, old_class), describe(URI, new_class)
    new["required"] = [name for name in new.get("required", ()) if name not in optional]
    new = {key: value for key, value in new.items() if value != []}  # draft 4 wants one name at least
    assert changes(old, old) == changes(new, new) == []
    step = step_of(changes(old, new))
    validator = _compiled(new)
    valid = [validator.is_valid(value) for value in data]
    if step <= Step.ADDITION:
        assert all(valid), changes(old, new)
    if step is Step.MODEL:
        assert not any(valid), changes(old, new)


def test_a_limit_is_told_with_all_its_digits():
    (change,) = changes(
        *optional({"type": "integer", "maximum": 2147483647}, {"type": "integer", "maximum": 9})
    )
    assert change.what == "maximum 9, and was maximum 2147483647"
