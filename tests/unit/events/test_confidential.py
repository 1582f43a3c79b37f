"""Confidential values reach the event and are shown nowhere else."""

from __future__ import annotations

import dataclasses
import json
import logging
import pprint
import traceback
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import attrs
import msgspec
import pydantic
import pytest

from tracking_middleware import Confidential, EntityError, StructuredEvent, entity, event
from tracking_middleware.events.confidential import confidential_fields
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.protocol import Encoder

from ..exchanges import outside, request, serve

if TYPE_CHECKING:
    from fractions import Fraction as OnlyForTypes

SCHEMA = "iglu:com.acme/sale/jsonschema/1-0-0"
SECRET = Decimal("31337.42")
Margin = Annotated[Decimal, Confidential]


@entity(SCHEMA)
@event(SCHEMA)
@dataclasses.dataclass
class OfDataclass:
    sku: str
    margin: Annotated[Decimal, Confidential]
    score: Optional[Margin] = None  # noqa: UP045


@entity(SCHEMA)
@event(SCHEMA)
class OfStruct(msgspec.Struct):
    sku: str
    margin: Annotated[Decimal, Confidential]
    score: Margin | None = None


@entity(SCHEMA)
@event(SCHEMA)
@attrs.define
class OfAttrs:
    sku: str
    margin: Annotated[Decimal, Confidential]
    score: Margin | None = None


@entity(SCHEMA)
@event(SCHEMA)
class OfPydantic(pydantic.BaseModel):
    sku: str
    margin: Annotated[Decimal, Confidential]
    score: Margin | None = None


@entity(SCHEMA)
@event(SCHEMA)
class Bare:
    sku: str
    margin: Annotated[Decimal, Confidential]
    score: Margin | None = None


KINDS = [OfDataclass, OfStruct, OfAttrs, OfPydantic, Bare]
every_kind = pytest.mark.parametrize("declared", KINDS, ids=lambda kind: kind.__name__)


def shown(value):
    """All that a value is shown as."""
    yield from (repr(value), str(value), f"{value}", f"{value!r:>5}", pprint.pformat(value), "%s" % (value,))  # noqa: UP031
    yield from (repr([value]), repr({"a": value}), ascii(value))
    if hasattr(value, "__rich_repr__"):
        yield repr(list(value.__rich_repr__()))
    if hasattr(value, "__pretty__"):
        yield repr(list(value.__pretty__(repr)))


@every_kind
def test_is_hidden_wherever_the_value_is_shown_and_reaches_the_event(declared):
    value = declared(sku="RS-1", margin=SECRET, score=SECRET)
    for text in shown(value):
        assert str(SECRET) not in text
    assert repr(value) == f"{declared.__qualname__}(sku='RS-1', margin=***, score=***)"
    _, encoded = encode_entity(value)
    assert json.loads(encoded)["data"] == {"sku": "RS-1", "margin": 31337.42, "score": 31337.42}


@every_kind
def test_a_copy_and_an_equal_hide_it_too(declared):
    import copy

    value = declared(sku="RS-1", margin=SECRET)
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert "***" in repr(copy.deepcopy(value))


def test_what_a_class_shows_of_its_own_gives_way():
    @entity(SCHEMA)
    @dataclasses.dataclass
    class Talkative:
        margin: Annotated[Decimal, Confidential]

        def __repr__(self):
            return f"margin {self.margin}"

        def __str__(self):
            return f"margin {self.margin}"

    assert str(Talkative(SECRET)).endswith("Talkative(margin=***)")
    assert repr(Talkative(SECRET)) == str(Talkative(SECRET))


def test_a_class_without_confidential_fields_stays_as_it_is():
    @entity(SCHEMA)
    @dataclasses.dataclass
    class Open:
        sku: Literal["a", "Confidential"]
        note: Annotated[str, "Confidential", 5] = ""

        def __repr__(self):
            return "mine"

    assert repr(Open("a")) == "mine"
    assert confidential_fields(Open) == frozenset()


@every_kind
def test_subclasses_hide_it_and_what_they_add(declared):
    if issubclass(declared, pydantic.BaseModel | msgspec.Struct):

        class Sub(declared):
            cost: Annotated[Decimal, Confidential] = Decimal(0)

    else:
        make = attrs.define if declared is OfAttrs else dataclasses.dataclass(frozen=declared is Bare)

        @make
        class Sub(declared):
            cost: Annotated[Decimal, Confidential] = Decimal(0)

    value = Sub(sku="RS-1", margin=SECRET, cost=SECRET)
    assert str(SECRET) not in " ".join(shown(value))
    assert "cost=***" in repr(value)


def test_what_a_subclass_is_told_when_it_is_made_still_reaches_the_class():
    told = []

    @entity(SCHEMA)
    @dataclasses.dataclass
    class Base:
        margin: Annotated[Decimal, Confidential]

        def __init_subclass__(cls, **options):
            told.append((cls.__name__, options))

    class Sub(Base, mark=1):
        pass

    assert told == [("Sub", {"mark": 1})]
    assert "***" in repr(Sub(SECRET))


@dataclasses.dataclass
class Line:
    """Declared by nobody: it hides nothing itself."""

    margin: Annotated[Decimal, Confidential]


@entity(SCHEMA)
@dataclasses.dataclass
class Order:
    first: Line
    rest: list[Line]
    by_sku: dict[str, Line | None]
    quoted: "list[Line]"  # noqa: UP037
    also: list["Line"]  # noqa: UP037
    sale: OfDataclass
    number: int = 0


def test_a_field_is_hidden_whose_value_would_show_a_confidential_one():
    line = Line(SECRET)
    sale = OfDataclass("RS-1", SECRET)
    order = Order(line, [line], {"a": line}, [line], [line], sale)
    assert str(SECRET) not in repr(order)
    assert repr(order) == (
        "Order(first=***, rest=***, by_sku=***, quoted=***, also=***, "
        "sale=OfDataclass(sku='RS-1', margin=***, score=***), number=0)"
    )


def test_an_annotation_that_cannot_be_read_is_taken_for_confidential():
    Hidden = Annotated[Decimal, Confidential]  # noqa: N806

    @entity(SCHEMA)
    @dataclasses.dataclass
    class Local:
        margin: Hidden
        other: OnlyForTypes
        sku: str

    assert confidential_fields(Local) == {"margin", "other"}
    assert repr(Local(SECRET, 1, "a")).endswith("Local(margin=***, other=***, sku='a')")


def test_a_value_that_holds_itself_is_shown():
    @entity(SCHEMA)
    @dataclasses.dataclass
    class Node:
        margin: Annotated[Decimal, Confidential]
        children: list[object]

    node = Node(SECRET, [])
    node.children.append(node)
    assert repr(node).endswith("Node(margin=***, children=[...])")


def test_one_whose_making_failed_midway_is_shown():
    value = object.__new__(OfDataclass)
    assert repr(value) == "OfDataclass(margin=***, score=***)"


# --- errors ---


def refusal(make):
    """The whole traceback of what is raised, with what it came from."""
    with pytest.raises(Exception) as refused:  # noqa: PT011
        make()
    return "".join(traceback.format_exception(refused.value)), refused.value


def test_pydantics_errors_do_not_quote_what_was_given():
    text, error = refusal(lambda: OfPydantic(sku=["x"], margin=f"no {SECRET}"))
    assert str(SECRET) not in text
    assert isinstance(error, pydantic.ValidationError)
    assert "margin" in text
    text, _ = refusal(lambda: OfPydantic(margin=SECRET))  # quotes the whole otherwise
    assert str(SECRET) not in text
    text, _ = refusal(lambda: OfPydantic.model_validate_json(f'{{"sku": 1, "margin": "no {SECRET}"}}'))
    assert str(SECRET) not in text


def test_attrs_validators_do_not_quote_what_was_given():
    @entity(SCHEMA)
    @attrs.define
    class Checked:
        margin: Annotated[Decimal, Confidential] = attrs.field(
            validator=attrs.validators.instance_of(Decimal)
        )
        level: int = attrs.field(default=0, validator=attrs.validators.le(5))

    text, error = refusal(lambda: Checked(f"no {SECRET}"))
    assert isinstance(error, TypeError)
    assert str(SECRET) not in text
    assert str(SECRET) not in repr(error.args)
    assert error.__context__ is None
    assert isinstance(refusal(lambda: Checked(SECRET, level=9))[1], ValueError)
    assert "missing 1 required positional argument" in refusal(Checked)[0]
    assert Checked(SECRET).margin == SECRET


def test_msgspecs_errors_do_not_quote_what_was_given():
    text, _ = refusal(lambda: msgspec.convert({"sku": "a", "margin": f"no {SECRET}"}, OfStruct))
    assert str(SECRET) not in text


def test_an_entity_error_brings_no_value_along():
    @entity(SCHEMA)
    class Talkative(pydantic.BaseModel):
        margin: Annotated[Decimal, Confidential]

        @pydantic.field_serializer("margin")
        def say(self, value):
            raise ValueError(f"cannot say {value}")

    text, error = refusal(lambda: encode_entity(Talkative(margin=SECRET)))
    assert isinstance(error, EntityError)
    assert str(SECRET) not in text
    assert error.__context__ is None


@every_kind
def test_is_in_no_log_of_ours(make_tracker, records, caplog, declared):
    caplog.set_level(logging.DEBUG)
    tracker = make_tracker(debug=True, secret_key="k" * 32)
    value = declared(sku="RS-1", margin=SECRET)
    wrong = declared(sku=object(), margin=SECRET) if declared is not OfPydantic else object()
    tokens = []

    def view(page):
        page.attach(value)
        page.attach(wrong)
        tracker.track(value, entities=[value, wrong])
        tracker.track(wrong)
        tracker.track(StructuredEvent("a", "b"), key=value)
        tokens.append(page.seal())

    serve(tracker, request(), during=view)
    outside(lambda: tracker.track(value, at=value))
    assert str(SECRET) not in caplog.text
    assert str(SECRET) not in repr(tracker.stats())
    assert tokens[0]
    for recorded in records.events():
        assert str(SECRET) not in " ".join(shown(recorded))
        assert SCHEMA in repr(recorded)
        encoded = Encoder(app_id="a", namespace="n", platform="srv").encode(recorded)
        assert str(SECRET) in encoded.decode()
