"""Declaring and encoding entities."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import sys
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated
from unittest.mock import Mock

import attrs
import jsonschema
import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tracking_middleware import Article, Confidential, EntityError, HttpResponse, entity, event
from tracking_middleware.events import encoding
from tracking_middleware.events.entities import encode_entity, schema_of

SCHEMA = "iglu:com.acme/story/jsonschema/1-0-0"


@entity(SCHEMA)
@dataclasses.dataclass(frozen=True)
class OfDataclass:
    id: str
    tags: list[str]


@entity(SCHEMA)
class OfStruct(msgspec.Struct):
    id: str
    tags: list[str]


@entity(SCHEMA)
@attrs.define
class OfAttrs:
    id: str
    tags: list[str]


@entity(SCHEMA)
class OfPydantic(pydantic.BaseModel):
    id: str
    tags: list[str]


@entity(SCHEMA)
class Bare:
    id: str
    tags: list[str]


def encoded(value):
    schema, content = encode_entity(value)
    described = json.loads(content)
    assert list(described) == ["schema", "data"]
    assert described["schema"] == schema
    return described["data"]


@pytest.mark.parametrize("declared", [OfDataclass, OfStruct, OfAttrs, OfPydantic, Bare])
def test_encodes_every_kind_of_class(declared):
    value = declared(id="1", tags=["a"])
    assert schema_of(declared) == schema_of(value) == SCHEMA
    assert encoded(value) == {"id": "1", "tags": ["a"]}


def test_takes_a_self_describing_dict():
    assert encoded({"schema": SCHEMA, "data": {"a": 1}}) == {"a": 1}


def test_a_bare_class_becomes_a_frozen_dataclass():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Bare(id="1", tags=[]).id = "2"


class Colour(enum.Enum):
    RED = "red"


class Shout(str):
    __slots__ = ()


class Lazy:
    """As a framework's lazy translation: becomes text when it is asked to, and quacks like it."""

    def __str__(self):
        return "translated"

    def casefold(self):
        return "translated"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.30"), 12.3),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=1), "PT3600S"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (b"ab", "YWI="),
        ({3, 1, 2}, [1, 2, 3]),
        ((1, 2), [1, 2]),
        (Shout("x"), "x"),
        (Markup("<b>"), "<b>"),
        (Lazy(), "translated"),
        ({1: "a"}, {"1": "a"}),
        ({"z": 1, "a": Decimal("1.5")}, {"z": 1, "a": 1.5}),
        ("\ud800", "\ufffd"),
        (None, None),
    ],
)
def test_encodes_values_sensibly(value, expected):
    assert encoded({"schema": SCHEMA, "data": {"v": value}}) == {"v": expected}


def test_a_naive_datetime_is_local_time_and_gets_its_offset():
    naive = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
    text = encoded({"schema": SCHEMA, "data": {"v": naive}})["v"]
    assert datetime.fromisoformat(text) == naive.astimezone()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "declare it with @entity"),
        ("text", "declare it with @entity"),
        (Bare, "Bare is a class: give an instance"),
        ({"schema": SCHEMA}, "exactly 'schema'"),
        ({"schema": SCHEMA, "data": {}, "x": 1}, "exactly 'schema'"),
        ({"schema": "com.acme/story", "data": {}}, "is no Iglu URI"),
        ({"schema": SCHEMA, "data": {"v": 1j}}, "cannot be encoded"),
        ({"schema": SCHEMA, "data": {"v": object()}}, "no JSON form"),
    ],
)
def test_says_why_a_value_is_no_entity(value, message):
    with pytest.raises(EntityError, match=message):
        encode_entity(value)


@pytest.mark.parametrize(
    "schema", ["", "story", "iglu:a/b/jsonschema/0-0-1", "iglu:a/b/jsonschema/1-0", "iglu:a/b/c/d/1-0-0"]
)
def test_refuses_a_schema_that_is_no_iglu_uri(schema):
    with pytest.raises(EntityError, match="is no Iglu URI: write 'iglu:"):
        entity(schema)


def test_what_changes_later_does_not_change_what_was_encoded():
    value = OfDataclass(id="1", tags=["a"])
    _, content = encode_entity(value)
    value.tags.append("b")
    assert json.loads(content)["data"]["tags"] == ["a"]


def test_refuses_a_value_that_holds_itself():
    value = {}
    value["self"] = value
    with pytest.raises(EntityError):
        encode_entity({"schema": SCHEMA, "data": value})


keys = st.text() | st.integers() | st.booleans() | st.floats() | st.dates() | st.uuids() | st.builds(Shout)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.text(alphabet=st.sampled_from('Ta1:0.{"\ud800'))
    | st.sampled_from(
        ["2026-01-02T03:04:05", "NaN", "Infinity", Colour.RED, Lazy(), Shout("x"), Markup("<b>")]
    )
    | st.decimals()
    | st.sampled_from([Decimal("sNaN"), Decimal("-Infinity"), Decimal("1E+5"), Decimal("-0"), object()])
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas(timedelta(-900), timedelta(900))
    | st.uuids()
    | st.binary()
)
everything = st.recursive(
    scalars,
    lambda values: (
        st.lists(values)
        | st.tuples(values, values)
        | st.dictionaries(keys, values)
        | st.sets(st.text() | st.integers() | st.binary() | st.dates())
        | st.builds(OfDataclass, id=values, tags=values)
        | st.builds(OfStruct, id=values, tags=values)
        | st.builds(OfAttrs, id=values, tags=values)
        | st.builds(OfPydantic.model_construct, id=values, tags=values)
        | st.builds(MappingProxyType, st.dictionaries(keys, values))
    ),
    max_leaves=8,
)


@given(everything)
@settings(max_examples=500, deadline=None)
def test_the_quick_way_writes_what_the_long_way_writes(value):
    quick = encoding._encode_at_once(value)
    if quick is not None:
        assert quick == encoding._encode_mended(value)
        json.loads(quick, parse_constant=pytest.fail)


def test_what_needs_no_mending_goes_the_quick_way(monkeypatch):
    monkeypatch.delattr(encoding, "_encode_mended")
    article = Article(
        id="a", tags=["b"], length=3, written=date(2026, 1, 2), published=datetime(2026, 1, 3, tzinfo=UTC)
    )
    assert encoded(article)["published"] == "2026-01-03T00:00:00Z"
    assert encoded({"schema": SCHEMA, "data": {"margin": Decimal("12.30")}}) == {"margin": 12.3}


def own_schema(value):
    vendor, name, form, version = schema_of(value).removeprefix("iglu:").split("/")
    return json.loads(
        (files("tracking_middleware") / "events" / "schemas" / vendor / name / form / version).read_text()
    )


@pytest.mark.parametrize(
    "value",
    [
        Article("a-1"),
        Article(
            id="a-1",
            subject="rivers",
            tags=("a", "b"),
            author="Ada",
            length=300,
            written=datetime(2026, 1, 2, 3, tzinfo=UTC),
            published=datetime(2026, 1, 3, tzinfo=UTC),
            section="nature",
            language="en-GB",
        ),
        HttpResponse(200, 12.5),
    ],
)
def test_our_own_entities_are_valid_by_their_schemas(value):
    schema = own_schema(value)
    vendor, name, form, version = schema_of(value).removeprefix("iglu:").split("/")
    assert schema["self"] == {"vendor": vendor, "name": name, "format": form, "version": version}
    draft4 = {key: item for key, item in schema.items() if key not in {"$schema", "self"}}
    jsonschema.Draft4Validator.check_schema(draft4)
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    jsonschema.Draft4Validator(draft4, format_checker=checker).validate(encoded(value))
    assert set(encoded(value)) == set(schema["properties"])


# --- numbers that JSON cannot say ---


@entity(SCHEMA)
@dataclasses.dataclass
class Line:
    sku: str
    margin: object = None


@entity(SCHEMA)
@dataclasses.dataclass
class Basket:
    lines: list[Line]
    note: str | None = None


class OfNumpy(float):
    """As numpy's float64 is a float."""


class OfDecimal(Decimal):
    pass


class Unreadable:
    def model_dump(self, **_options):
        raise ZeroDivisionError("quotes what it holds")


def unread():
    yield 1


NO_NUMBERS = [
    *(float("nan"), float("inf"), float("-inf"), OfNumpy("nan"), OfNumpy("-inf"), OfDecimal("NaN")),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("-sNaN1"), Decimal("Infinity"), Decimal("-Infinity")),
]
TOO_LARGE = [10**400, -(10**400), 10**5000, Decimal("1E+400"), Decimal("-1E+400"), Decimal("1" * 400)]


@pytest.mark.parametrize("wrong", NO_NUMBERS + TOO_LARGE, ids=lambda value: str(type(value).__name__))
@pytest.mark.parametrize(
    ("hold", "path"),
    [
        (lambda wrong: {"margin": wrong}, "data.margin"),
        (lambda wrong: {"lines": [{}, 1, None, {"margin": wrong}]}, "data.lines[3].margin"),
        (lambda wrong: Basket([Line("a", 1.5), Line("b", wrong)]), "data.lines[1].margin"),
        (lambda wrong: OfStruct("a", [wrong]), "data.tags[0]"),
        (lambda wrong: OfAttrs("a", ({"deep": wrong},)), "data.tags[0].deep"),
        (lambda wrong: OfPydantic.model_construct(id="a", tags=[[wrong]]), "data.tags[0][0]"),
        (lambda wrong: MappingProxyType({"a": {1: wrong}}), "data.a[…]"),
        (lambda wrong: {"shown": None, "ada@example.test": wrong}, "data[…]"),
        (lambda wrong: {"id-17": [wrong]}, "data[…][0]"),
    ],
)
def test_a_number_that_json_cannot_say_is_refused_with_its_path(wrong, hold, path):
    held = hold(wrong)
    plain = isinstance(held, dict | MappingProxyType)
    with pytest.raises(EntityError) as refused:
        encode_entity({"schema": SCHEMA, "data": held} if plain else held)
    where, _, why = str(refused.value).partition(" cannot be encoded: ")[2].partition(" ")
    assert where == path
    assert why in {
        "is not a finite number: leave it out, or give None",
        "is a number beyond those that readers of JSON know: give it as text",
    }


KEYS = "give text for keys, a different one for each"
SAME_KEYS = f"data.a has two keys that JSON would write as one: {KEYS}"


def test_what_is_confidential_is_in_no_path():
    @entity(SCHEMA)
    class Order:
        margin: Annotated[dict, Confidential]

    with pytest.raises(EntityError, match=r"encoded: data\.margin is not a finite number"):
        encode_entity(Order({"secret": float("nan")}))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, {"b": 1j}]}, "data.a[1].b is a complex, which has no JSON form"),
        ({"a": Mock()}, "data.a is a Mock, which has no JSON form"),
        ({"a": [unread()]}, "data.a[0] is a generator, which has no JSON form"),
        (Article(id=Unreadable()), "data.id raised ZeroDivisionError when it was read"),
        ({"a": {None: 1}}, f"data.a has a key that is a NoneType: {KEYS}"),
        ({"a": [{(1, 2): 3}]}, f"data.a[0] has a key that is a tuple: {KEYS}"),
        ({"a": MappingProxyType({True: 1})}, f"data.a has a key that is a bool: {KEYS}"),
        ({"a": {1: 1, "1": 2}}, SAME_KEYS),
        (
            {"a": dict.fromkeys(("\ud800", "\ud801"), 1)},
            SAME_KEYS,
        ),
        ({"a": {1, "a"}}, "data.a is a set of values that have no order: give a list of them"),
        (
            {"a": datetime(1, 1, 1)},  # noqa: DTZ001
            "data.a is a local time at the end of all times: give a datetime with its time zone, or None",
        ),
    ],
)
def test_whatever_cannot_be_encoded_is_named_by_its_path_and_type(value, message):
    with pytest.raises(EntityError) as refused:
        encode_entity(value if isinstance(value, Article) else {"schema": SCHEMA, "data": value})
    assert str(refused.value).endswith(f" cannot be encoded: {message}")


def test_keys_that_have_a_text_are_written_as_it():
    data = {2: "b", "a": 1, date(2026, 1, 2): 3, 1.5: 4}
    written = encode_entity({"schema": SCHEMA, "data": data})[1]
    assert json.loads(written)["data"] == {"1.5": 4, "2": "b", "2026-01-02": 3, "a": 1}


def test_what_holds_itself_is_refused_in_time():
    value = {"a": 1}
    value["self"] = [value]
    with pytest.raises(EntityError, match="nested too deep, or holds itself"):
        encode_entity({"schema": SCHEMA, "data": value})


numbers = (
    st.integers()
    | st.integers(-(10**320), 10**320)
    | st.floats()
    | st.decimals()
    | st.sampled_from([*NO_NUMBERS, *TOO_LARGE[:2], *TOO_LARGE[3:]])
    | st.sampled_from([2**63, -(2**63) - 1, 2**64, 10**300, Decimal("1E-400"), int(sys.float_info.max)])
)
plain_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text() | st.sampled_from(["margin", "a_b"]), values),
    max_leaves=10,
)


def first_wrong(value, path):
    """The path of the first number in a value that JSON cannot say."""
    if isinstance(value, dict):
        steps = ((f".{key}" if re.fullmatch("[A-Za-z_]{1,40}", key) else "[…]", key) for key in value)
    elif isinstance(value, list):
        steps = ((f"[{number}]", number) for number in range(len(value)))
    elif isinstance(value, int | float | Decimal):
        is_sound = not (isinstance(value, Decimal) and value.is_nan()) and -LARGEST <= value <= LARGEST
        return None if is_sound else path
    else:
        return None
    return next((found for step, key in steps if (found := first_wrong(value[key], path + step))), None)


LARGEST = sys.float_info.max


def exact(value):
    """As JSON should have it: each number by its value."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return value


@given(plain_values)
@settings(max_examples=1000, deadline=None)
def test_every_value_comes_back_exactly_or_is_refused_with_its_path(value):
    if (wrong := first_wrong(value, "data")) is not None:
        with pytest.raises(EntityError, match=f"encoded: {re.escape(wrong)} is "):
            encode_entity({"schema": SCHEMA, "data": value})
    else:
        _, content = encode_entity({"schema": SCHEMA, "data": value})
        assert json.loads(content, parse_float=Decimal)["data"] == exact(value)


def test_a_class_with_an_init_of_its_own_is_refused_where_it_is_declared():
    class Basket:
        def __init__(self, total):
            self.total = total

    with pytest.raises(EntityError, match=r"Basket has an __init__ of its own: leave it out .* @entity"):
        entity("iglu:com.acme/basket/jsonschema/1-0-0")(Basket)
    with pytest.raises(EntityError, match="@event"):
        event("iglu:com.acme/basket/jsonschema/1-0-0")(Basket)


@pytest.mark.parametrize("decorator", [entity, event])
def test_a_decorator_without_its_schema_says_how_it_is_written(decorator):
    with pytest.raises(EntityError) as caught:

        @decorator
        class Basket:
            number: int

    assert "Basket has @" in str(caught.value)
    assert f'write @{decorator.__name__}("iglu:<vendor>/<name>/jsonschema/1-0-0")' in str(caught.value)


def test_the_type_of_a_value_is_left_to_the_schema():
    assert encode_entity(OfDataclass(17, "five"))[1].endswith(b'"data":{"id":17,"tags":"five"}}')
