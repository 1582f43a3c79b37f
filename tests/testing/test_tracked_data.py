"""Data that was tracked reads like the object it was made from."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated

import attrs
import msgspec
import pydantic
import pytest

from tracking_middleware import Confidential, entity, event
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.testing import TrackedData


class Shelf(Enum):
    TOP = "top"


@dataclass
class Line:
    sku: str
    count: int


@entity("iglu:com.acme/read_dataclass/jsonschema/1-0-0")
@dataclass(frozen=True)
class AsDataclass:
    items: list[Line]
    written: date
    price: Decimal = Decimal("1.50")
    shelf: Shelf = Shelf.TOP
    values: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(line.count for line in self.items)

    def says(self, word):
        return f"{word} {self.written.year}"


@entity("iglu:com.acme/read_struct/jsonschema/1-0-0")
class AsStruct(msgspec.Struct, rename="camel"):
    items: list[Line]
    written_on: date


@entity("iglu:com.acme/read_attrs/jsonschema/1-0-0")
@attrs.frozen
class AsAttrs:
    items: list[str]
    written: datetime


@entity("iglu:com.acme/read_pydantic/jsonschema/1-0-0")
class AsPydantic(pydantic.BaseModel):
    written: date = pydantic.Field(alias="writtenOn")
    price: Decimal


@entity("iglu:com.acme/read_bare/jsonschema/1-0-0")
class Bare:
    copy: str
    pages: int = 3


@event("iglu:com.acme/read_returned/jsonschema/1-0-0")
@dataclass(frozen=True)
class Returned:
    sku: str
    margin: Annotated[float, Confidential]


def tracked(value, role="entity"):
    schema, encoded = encode_entity(value, role)
    return TrackedData(schema, json.loads(encoded)["data"])


def test_the_attributes_are_those_of_a_dataclass():
    made = AsDataclass(items=[Line("RS-1", 2), Line("RS-2", 3)], written=date(2024, 5, 1), values={"a": 1})
    read = tracked(made)
    assert read.items == made.items
    assert read.items[1].count == 3
    assert (read.written, read.price, read.shelf, read.values) == (
        date(2024, 5, 1),
        Decimal("1.50"),
        Shelf.TOP,
        {"a": 1},
    )
    assert read.total == 5
    assert read.says("in") == "in 2024"
    assert read["written"] == "2024-05-01"
    assert read == made
    assert made == read


def test_the_attributes_are_those_of_a_struct_that_is_written_by_other_names():
    read = tracked(AsStruct(items=[Line("RS-1", 2)], written_on=date(2024, 5, 1)))
    assert read.items[0].sku == "RS-1"
    assert read.written_on == date(2024, 5, 1)
    assert read["writtenOn"] == "2024-05-01"


def test_the_attributes_are_those_of_an_attrs_class():
    read = tracked(AsAttrs(items=["x"], written=datetime(2024, 5, 1, tzinfo=UTC)))
    assert read.items == ["x"]
    assert read.written == datetime(2024, 5, 1, tzinfo=UTC)


def test_the_attributes_are_those_of_a_pydantic_model():
    read = tracked(AsPydantic(writtenOn=date(2024, 5, 1), price=Decimal("2.5")))
    assert (read.written, read.price) == (date(2024, 5, 1), Decimal("2.5"))


def test_the_attributes_are_those_of_a_bare_class():
    read = tracked(Bare(copy="first"))
    assert (read.copy, read.pages) == ("first", 3)


def test_the_attributes_are_keys_where_no_class_is_known():
    read = TrackedData("iglu:com.acme/nobody/jsonschema/1-0-0", {"sku": "RS-1"})
    assert read.sku == "RS-1"
    assert list(read.items()) == [("sku", "RS-1")]


def test_the_attributes_are_keys_where_the_object_cannot_be_made_again():
    @entity("iglu:com.acme/read_strict/jsonschema/1-0-0")
    @dataclass
    class Strict:
        sku: str

        def __post_init__(self):
            raise ValueError(self.sku)

    assert TrackedData("iglu:com.acme/read_strict/jsonschema/1-0-0", {"sku": "RS-1"}).sku == "RS-1"


def test_it_can_be_read_as_the_class_that_is_asked_for():
    read = TrackedData("iglu:com.acme/nobody/jsonschema/1-0-0", {"sku": "RS-1", "count": 2})
    assert read.read_as(Line).count == 2


def test_an_attribute_that_is_not_there_says_what_is():
    with pytest.raises(
        AttributeError, match=r"read_bare/jsonschema/1-0-0 has no 'page' here: it has copy, pages"
    ):
        _ = tracked(Bare(copy="first")).page


def test_the_schema_and_the_dict_stay_what_they_are():
    read = tracked(AsDataclass(items=[], written=date(2024, 5, 1)))
    assert read.schema == "iglu:com.acme/read_dataclass/jsonschema/1-0-0"
    assert {**read} == dict(read)
    assert json.loads(msgspec.json.encode(dict(read))) == dict(read)


def test_fields_that_differ_are_named_and_confidential_ones_not_shown():
    read = tracked(Returned(sku="RS-1", margin=41.25), "event")
    found = read.against(Returned(sku="RS-2", margin=42.5))
    assert repr(found) == "[('sku', 'RS-1', 'RS-2'), ('margin', ***, ***)]"
    assert (
        repr(read.against({"sku": "RS-1", "size": "M"}))
        == "[('margin', ***, not there), ('size', not there, 'M')]"
    )
    assert read.against(Returned(sku="RS-1", margin=41.25)) == []
    assert read.against(17) is None
    assert read != 17
