"""Schemas of declared classes: they take what the encoder writes, and nothing that is not declared."""

from __future__ import annotations

import enum
import json
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import attrs
import jsonschema
import msgspec
import pydantic
import pytest

import tracking_middleware
from tracking_middleware import Confidential, entity, event
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.events.schema_export import ExportError, describe

URI = "iglu:com.acme/order/jsonschema/1-0-0"


class Size(enum.Enum):
    SMALL = "S"
    LARGE = "L"


@dataclass(frozen=True)
class Line:
    sku: str
    price: Decimal
    cost: Annotated[Decimal, Confidential] = Decimal("1.5")


@entity(URI)
@dataclass(frozen=True)
class Order:
    """An order.

    More of it.
    """

    id: int
    lines: list[Line]
    placed: datetime
    day: date
    number: uuid.UUID
    size: Size
    way: Literal["web", "shop"]
    tags: frozenset[str] = frozenset()
    note: str | None = None
    gift: Line | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)
    parts: list[Order] = field(default_factory=list)


class LineStruct(msgspec.Struct):
    sku: str
    cost: Annotated[float, Confidential]


@entity(URI)
class StructOrder(msgspec.Struct):
    lines: list[LineStruct]
    count: Annotated[int, msgspec.Meta(gt=0)] = 1


@entity(URI)
@attrs.frozen
class AttrsOrder:
    sku: str
    margin: Annotated[Decimal | None, Confidential] = None


class LineModel(pydantic.BaseModel):
    sku: str
    cost: Annotated[Decimal, Confidential]


@entity(URI)
class ModelOrder(pydantic.BaseModel):
    lines: list[LineModel]
    placed: datetime
    note: str | None = None


NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
LINE = Line("RS-1", Decimal("9.95"))
ORDER = Order(1, [LINE], NOW, NOW.date(), uuid.UUID(int=1), Size.SMALL, "web", frozenset("ab"))
VALUES = [
    ORDER,
    Order(2, [], NOW, NOW.date(), uuid.UUID(int=1), Size.LARGE, "shop", note="n", gift=LINE, parts=[ORDER]),
    StructOrder([LineStruct("RS-1", 2.5)]),
    AttrsOrder("RS-1", Decimal("2.5")),
    AttrsOrder("RS-1"),
    ModelOrder(lines=[LineModel(sku="RS-1", cost=Decimal("2.5"))], placed=NOW),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_schema_takes_what_the_encoder_writes_and_no_more(value):
    schema = describe(URI, type(value))
    jsonschema.Draft4Validator.check_schema({k: v for k, v in schema.items() if k != "$schema"})
    validator = jsonschema.Draft4Validator(schema)
    data = json.loads(encode_entity(value)[1])["data"]
    validator.validate(data)
    assert not validator.is_valid({**data, "more": 1})
    assert not validator.is_valid({key: [None] for key in data})
    assert schema["self"] == {
        "vendor": "com.acme",
        "name": "order",
        "format": "jsonschema",
        "version": "1-0-0",
    }


def hidden(schema):
    """The names of the properties that are confidential, at any depth."""
    if isinstance(schema, list):
        return {name for part in schema for name in hidden(part)}
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties", {})
    own = {name for name, part in properties.items() if part.get("confidential") is True}
    return own | {name for part in schema.values() for name in hidden(part)}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Order, {"cost"}),
        (StructOrder, {"cost"}),
        (AttrsOrder, {"margin"}),
        (ModelOrder, {"cost"}),
        (tracking_middleware.HttpResponse, set()),
    ],
)
def test_what_is_confidential_in_the_class_is_in_the_schema(kind, names):
    assert hidden(describe(URI, kind)) == names


def test_what_may_be_null_is_a_list_of_types():
    properties = describe(URI, Order)["properties"]
    assert properties["note"] == {"type": ["string", "null"]}
    assert properties["day"] == {"type": "string", "format": "date"}
    assert describe(URI, StructOrder)["properties"]["count"] == {
        "type": "integer",
        "minimum": 0,
        "exclusiveMinimum": True,
    }


@entity(URI)
class Renamed(msgspec.Struct, rename="camel"):
    net_margin: Annotated[float, Confidential]


def test_a_confidential_field_that_json_calls_otherwise_is_refused():
    with pytest.raises(ExportError, match="Renamed: the confidential field 'net_margin' has another name"):
        describe(URI, Renamed)


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "tracking_middleware", "schema", "export", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )


MODULE = """
from tracking_middleware import Article, entity, event

@entity("iglu:com.acme/article/jsonschema/1-0-0")
class Mine:
    id: str

@event("iglu:com.acme/sale/jsonschema/2-0-1")
class Sale:
    total: float
"""


def test_the_command_writes_what_a_module_declares_into_a_registrys_layout(tmp_path):
    (tmp_path / "declared.py").write_text(MODULE)
    done = run(tmp_path, "declared", "out")
    assert done.returncode == 0, done.stderr
    paths = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").glob("*/*/*/*")}
    assert paths == {"com.acme/article/jsonschema/1-0-0", "com.acme/sale/jsonschema/2-0-1"}
    assert done.stdout.split() == [
        "out/com.acme/article/jsonschema/1-0-0",
        "out/com.acme/sale/jsonschema/2-0-1",
    ]
    assert run(tmp_path, "declared", "out").stdout == ""


def test_a_file_with_another_text_is_left_alone_and_said(tmp_path):
    (tmp_path / "declared.py").write_text(MODULE)
    taken = tmp_path / "out" / "com.acme" / "sale" / "jsonschema" / "2-0-1"
    taken.parent.mkdir(parents=True)
    taken.write_text("{}")
    done = run(tmp_path, "declared", "out")
    assert done.returncode == 1
    assert "out/com.acme/sale/jsonschema/2-0-1 is there with another text" in done.stderr
    assert taken.read_text() == "{}"


def test_the_packages_own_are_exported_as_they_are(tmp_path):
    assert run(tmp_path, "--own", "out").returncode == 0
    (article,) = (tmp_path / "out").glob("org.tracking_middleware/article/jsonschema/1-0-0")
    assert json.loads(article.read_text())["self"]["name"] == "article"


@pytest.mark.parametrize("module", ["nowhere", "json"])
def test_a_module_without_declarations_is_said(tmp_path, module):
    done = run(tmp_path, module, "out")
    assert done.returncode == 1
    assert module in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@event("iglu:com.acme/sale/jsonschema/1-0-0")
class Unreadable:
    what: Missing  # noqa: F821


def test_a_class_that_cannot_be_read_is_said():
    with pytest.raises(ExportError, match="Unreadable: name 'Missing' is not defined"):
        describe("iglu:com.acme/sale/jsonschema/1-0-0", Unreadable)


@pytest.mark.parametrize("make", [lambda kind: kind, dataclass(frozen=True)])
def test_a_signature_that_python_wrote_is_no_description(make):
    @make
    class Bare:
        sku: str
        line: Line | None = None

    schema = describe(URI, entity(URI)(Bare))
    assert schema["description"] == "order"
    assert "(" not in json.dumps([schema["properties"]])


def test_words_that_somebody_wrote_are_the_description():
    assert describe(URI, Order)["description"] == "An order."
