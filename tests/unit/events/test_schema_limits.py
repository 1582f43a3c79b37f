"""Every value of a type validates against the type's schema, limits included; what breaks one does not."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import string
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType

import annotated_types
import attrs
import jsonschema
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracking_middleware import Confidential, EntityError, entity
from tracking_middleware.collector.schemas.validation import _compiled
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.events.limits import (
    Format,
    JsonSchema,
    Maximum,
    MaxLength,
    Minimum,
    MinLength,
    Pattern,
)
from tracking_middleware.events.schema_export import ExportError, describe

URI = "iglu:com.acme/thing/jsonschema/1-0-0"


class Size(enum.Enum):
    SMALL = "S"
    LARGE = "L"


class Rank(enum.IntEnum):
    ONE = 1
    TWO = 2


def property_of(hint, *, make=dataclasses.dataclass):
    """The schema of a field with an annotation."""

    class Thing:
        __annotations__ = {"field": hint}

    return describe(URI, make(Thing))["properties"]["field"]


def a_struct(kind):
    return msgspec.defstruct("Thing", list(kind.__annotations__.items()))


def a_model(kind):
    return pydantic.create_model("Thing", **kind.__annotations__)


MAKERS = {"dataclass": dataclasses.dataclass, "struct": a_struct, "attrs": attrs.frozen, "model": a_model}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
WHOLE = st.integers(-(10**6), 10**6)


@st.composite
def leaves(draw):
    """An annotation, and its values."""
    length = draw(st.integers(0, 8))
    low = draw(st.integers(-50, 50))
    high = low + draw(st.integers(0, 50))
    among = st.integers(low, high)
    texts = TEXT.filter(lambda text: len(text) <= length)
    return draw(
        st.sampled_from(
            [
                (str, TEXT),
                (bool, st.booleans()),
                (int, WHOLE),
                (float, st.floats(allow_nan=False, allow_infinity=False)),
                (Decimal, st.decimals(-(10**6), 10**6, places=2)),
                (date, st.dates()),
                (datetime, st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
                (timedelta, st.timedeltas(timedelta(0), timedelta(days=400))),
                (uuid.UUID, st.uuids()),
                (Size, st.sampled_from(Size)),
                (Rank, st.sampled_from(Rank)),
                (Literal["a", 1], st.sampled_from(["a", 1])),
                (bytes, st.binary(max_size=4)),
                (Any, st.none() | WHOLE | TEXT),
                (Annotated[str, MaxLength(length)], texts),
                (Annotated[str, msgspec.Meta(max_length=length, description="d")], texts),
                (Annotated[str, annotated_types.Len(0, length)], texts),
                (Annotated[str, MinLength(length)], TEXT.map(lambda text: text.ljust(length))),
                (Annotated[bytes, MaxLength(length)], st.binary(max_size=length)),
                (Annotated[bytes, msgspec.Meta(max_length=length)], st.binary(max_size=length)),
                (Annotated[str, Pattern("^[a-z]*$")], st.text(string.ascii_lowercase)),
                (Annotated[str, Format("uuid")], st.uuids().map(str)),
                (Annotated[int, Minimum(low), Maximum(high)], among),
                (Annotated[int, annotated_types.Interval(gt=low - 1, lt=high + 1)], among),
                (Annotated[float, Minimum(low), Maximum(high)], st.floats(low, high)),
                (Annotated[Decimal, Minimum(low), Maximum(Decimal(high))], st.decimals(low, high, places=2)),
                (Annotated[int, annotated_types.MultipleOf(3)], WHOLE.map(lambda number: number * 3)),
                (NewType("Short", Annotated[str, MaxLength(length)]), texts),
            ]
        )
    )


@st.composite
def types(draw, depth=2):
    """An annotation, and its values, with others within it."""
    if depth == 0 or draw(st.booleans()):
        return draw(leaves())
    hint, values = draw(types(depth=depth - 1))
    most = draw(st.integers(0, 3))
    lists = st.lists(values, max_size=3)
    some = st.lists(values, max_size=most)
    return draw(
        st.sampled_from(
            [
                (hint | None, values | st.none()) if hint is not Any else (Any, values),
                (list[hint], lists),
                (tuple[hint, ...], lists.map(tuple)),
                (tuple[hint, int], st.tuples(values, WHOLE)),
                (dict[str, hint], st.dictionaries(TEXT, values, max_size=3)),
                (Annotated[list[hint], MaxLength(most)], some),
                (Annotated[list[hint] | None, MaxLength(most)], some | st.none()),
                (Annotated[hint, Confidential], values),
            ]
        )
    )


@st.composite
def things(draw):
    """A class of one of the kinds, and a value of it."""
    fields = draw(st.lists(types(), min_size=1, max_size=3))
    make = MAKERS[draw(st.sampled_from(sorted(MAKERS)))]
    names = [f"field_{number}" for number in range(len(fields))]

    class Thing:
        __annotations__ = {name: hint for name, (hint, _) in zip(names, fields, strict=True)}

    kind = make(Thing)
    values = {name: draw(value) for name, (_, value) in zip(names, fields, strict=True)}
    return kind, kind(**values) if make is not a_model else kind.model_construct(**values)


def validators(schema):
    """By the library of Python's, and as the collector has it."""
    compiled = _compiled(schema)
    assert not isinstance(compiled, str), compiled
    return jsonschema.Draft4Validator(schema), compiled


def data_of(value, kind):
    value = {"schema": URI, "data": value}
    return json.loads(encode_entity(value)[1])["data"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(things())
def test_every_value_of_a_type_is_as_its_schema_says(thing):
    kind, value = thing
    schema = describe(URI, kind)
    jsonschema.Draft4Validator.check_schema({k: v for k, v in schema.items() if k != "$schema"})
    assert "$ref" not in json.dumps(schema)
    data = data_of(value, kind)
    for validator in validators(schema):
        validator.validate(data)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("hint", "right", "wrong"),
    [
        (Annotated[str, MaxLength(2)], "ab", "abc"),
        (Annotated[str, MinLength(2)], "ab", "a"),
        (Annotated[str, Pattern("^a")], "ab", "ba"),
        (Annotated[str, Format("email")], "ann@example.com", "ann"),
        (Annotated[int, Minimum(2)], 2, 1),
        (Annotated[float, Maximum(2.5)], 2.5, 2.6),
        (Annotated[Decimal, Maximum(Decimal("2.5"))], 2.5, 2.6),
        (Annotated[int, annotated_types.Gt(2)], 3, 2),
        (Annotated[int, annotated_types.Lt(2)], 1, 2),
        (Annotated[int, annotated_types.MultipleOf(2)], 4, 3),
        (Annotated[str, annotated_types.MaxLen(2)], "ab", "abc"),
        (Annotated[str, msgspec.Meta(max_length=2)], "ab", "abc"),
        (Annotated[str, pydantic.Field(max_length=2)], "ab", "abc"),
        (pydantic.constr(max_length=2, pattern="^a"), "ab", "ba"),
        (Annotated[bytes, MaxLength(3)], "YWJj", "YWJjZA=="),
        (Annotated[bytes, annotated_types.MaxLen(3)], "YWJj", "YWJjZA=="),
        (Annotated[list[str], MaxLength(1)], ["a"], ["a", "b"]),
        (list[Annotated[str, MaxLength(1)]], ["a"], ["ab"]),
        (dict[str, Annotated[str, MaxLength(1)]], {"a": "a"}, {"a": "ab"}),
        (tuple[int, Annotated[str, MaxLength(1)]], [1, "a"], [1, "ab"]),
        (Annotated[str, MaxLength(1)] | None, "a", "ab"),
        (Annotated[str | None, MaxLength(1)], None, "ab"),
        (Annotated[str, MaxLength(1)] | list[int], [1, 2], "ab"),
        (str | None, None, 1),
        (datetime, "2026-03-14T09:30:00Z", "2026-03-14"),
        (datetime | None, None, "2026-03-14"),
        (uuid.UUID, str(uuid.UUID(int=1)), "1"),
        (Annotated[Any, JsonSchema({"oneOf": [{"type": "string"}, {"type": "null"}]})], None, 1),
    ],
    ids=str,
)
def test_a_limit_is_in_the_schema(maker, hint, right, wrong):
    part = property_of(hint, make=MAKERS[maker])
    if maker == "dataclass" and JsonSchema in map(type, getattr(hint, "__metadata__", ())):
        assert part == hint.__metadata__[0].schema
    _, validator = validators({"properties": {"field": part}})
    assert validator.is_valid({"field": right})
    assert not validator.is_valid({"field": wrong})


def test_of_two_limits_the_tighter_holds():
    assert property_of(Annotated[str, MaxLength(3), msgspec.Meta(max_length=5)])["maxLength"] == 3
    assert property_of(Annotated[int, annotated_types.Gt(2), Minimum(2)]) == {
        "type": "integer",
        "minimum": 2,
        "exclusiveMinimum": True,
    }


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (Annotated[int, MaxLength(3)], "the field 'field': MaxLength(max_length=3) is no limit of int"),
        (Annotated[Size, MaxLength(3)], "is no limit of Size"),
        (Annotated[str, Minimum(3)], "Minimum(ge=3) is no limit of str, whose values are string in JSON"),
        (Annotated[str, MaxLength], "MaxLength stands there without its value"),
        (Annotated[str, MinLength(3), MaxLength(2)], "minLength 3 is more than maxLength 2"),
        (Annotated[list[int], MinLength(3), MaxLength(2)], "minItems 3 is more than maxItems 2"),
        (Annotated[int, Minimum(3), Maximum(2)], "no number lies between the minimum 3 and the maximum 2"),
        (Annotated[int, annotated_types.Gt(1), annotated_types.Lt(2)], "no number lies between"),
        (Annotated[float, annotated_types.Gt(1), Maximum(1)], "no number lies between"),
        (Annotated[str, Pattern("a"), Pattern("b")], "contradicts the pattern 'a'"),
        (Annotated[datetime, annotated_types.Gt(datetime(2020, 1, 1))], "is no limit of datetime"),  # noqa: DTZ001
        (Annotated[int, annotated_types.Gt("a")], "cannot be said in a schema"),
    ],
    ids=str,
)
def test_what_contradicts_or_is_no_limit_of_such_values_is_said(hint, said):
    with pytest.raises(ExportError, match=re.escape(said)) as raised:
        property_of(hint)
    assert str(raised.value).startswith("property_of.<locals>.Thing: ")


@pytest.mark.parametrize(
    "make",
    [
        lambda: MaxLength(-1),
        lambda: MaxLength("3"),
        lambda: MinLength(True),
        lambda: Minimum("3"),
        lambda: Maximum(float("nan")),
        lambda: Pattern("("),
        lambda: Format("mail"),
    ],
)
def test_a_limit_that_is_none_is_said_where_it_is_written(make):
    with pytest.raises(EntityError, match="is no"):
        make()


class Inner(pydantic.BaseModel):
    name: Annotated[str, MaxLength(3)] = pydantic.Field("a", serialization_alias="innerName")


@pydantic.dataclasses.dataclass
class Outer:
    given: Annotated[str, MaxLength(9)] = pydantic.Field("x", max_length=5)
    raw: bytes = pydantic.Field(b"", max_length=3)


class Model(pydantic.BaseModel):
    inner: Inner
    inners: list[Inner] = []


def test_pydantics_own_fields_dataclasses_and_aliases_are_read():
    assert describe(URI, Outer)["properties"]["given"] == {"type": "string", "maxLength": 5}
    assert describe(URI, Outer)["properties"]["raw"] == {"type": "string", "maxLength": 4}
    inner = describe(URI, Model)["properties"]["inner"]
    assert inner["properties"] == {"innerName": {"type": "string", "maxLength": 3}}


class Shared(msgspec.Struct):
    size: Annotated[int, Minimum(0)]


class Tree(msgspec.Struct):
    left: Shared
    right: Shared | None = None
    below: list[Tree] = []


def test_a_class_that_holds_itself_alone_is_a_definition():
    schema = describe(URI, Tree)
    held = {"type": "integer", "minimum": 0}
    assert schema["properties"]["left"]["properties"]["size"] == held
    assert schema["properties"]["right"]["type"] == ["object", "null"]
    assert schema["properties"]["below"]["items"] == {"$ref": "#/definitions/Tree"}
    assert list(schema["definitions"]) == ["Tree"]


class Places(msgspec.Struct, array_like=True):
    name: Annotated[str, MaxLength(3)]


def test_limits_that_have_no_place_in_json_are_refused():
    class Holder(msgspec.Struct):
        places: Places

    with pytest.raises(ExportError, match="the field 'name' is no property in JSON"):
        describe(URI, entity(URI)(Holder))
