"""Confidential values in classes of the less usual makes, and in what is said while they are encoded."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from typing import Annotated

import attr
import attrs
import pydantic
import pydantic.dataclasses
import pytest

from tracking_middleware import Confidential, EntityError, entity
from tracking_middleware.events.entities import encode_entity

CANARY = "canary-8264"
SCHEMA = "iglu:com.acme/order/jsonschema/1-0-0"

has_attrs_hook = "__attrs_init_subclass__" in inspect.getsource(attr._make)
"""Since attrs 24.1."""


@entity(SCHEMA)
@attr.s
class WithTypeInAttribute:
    margin = attr.ib(type=Annotated[str, Confidential])
    note = attr.ib(default="n", type=str)


@entity(SCHEMA)
@attrs.define
class OfAttrs:
    margin: Annotated[str, Confidential]


@attr.s
class PlainAttrsSubclass(OfAttrs):
    cost = attr.ib(default=CANARY, type=Annotated[str, Confidential])


@attrs.define(slots=False, repr=True)
class InsistentSubclass(OfAttrs):
    cost: Annotated[str, Confidential] = CANARY


@attrs.define
class ValidatingSubclass(OfAttrs):
    cost: Annotated[int, Confidential] = attrs.field(default=1, validator=attrs.validators.instance_of(int))


@entity(SCHEMA)
@dataclasses.dataclass
class Formatted:
    margin: Annotated[str, Confidential]

    def __format__(self, specification):
        return f"{self.margin} as {specification}"


@entity(SCHEMA)
@dataclasses.dataclass
class DataclassWithUnshown:
    margin: Annotated[str, Confidential]
    password: str = dataclasses.field(default=CANARY, repr=False)


@entity(SCHEMA)
@attrs.define
class AttrsWithUnshown:
    margin: Annotated[str, Confidential]
    password: str = attrs.field(default=CANARY, repr=False)
    card: str = attrs.field(default=CANARY, repr=lambda card: card[-2:])


@entity(SCHEMA)
class PydanticWithUnshown(pydantic.BaseModel):
    margin: Annotated[str, Confidential]
    password: str = pydantic.Field(default=CANARY, repr=False)


@entity(SCHEMA)
@pydantic.dataclasses.dataclass
class OfPydanticDataclass:
    margin: Annotated[int, Confidential]


@pydantic.dataclasses.dataclass
class PydanticDataclassSubclass(OfPydanticDataclass):
    cost: int = 1


@entity(SCHEMA)
class OfPydantic(pydantic.BaseModel):
    margin: Annotated[int, Confidential]


def shown(value):
    return [repr(value), str(value), f"{value}", format(value, ">40"), format(value, ".2f")]


@pytest.mark.parametrize(
    "make",
    [
        WithTypeInAttribute,
        Formatted,
        DataclassWithUnshown,
        AttrsWithUnshown,
        lambda margin: PydanticWithUnshown(margin=margin),
    ],
)
def test_is_hidden_in(make):
    for text in shown(make(CANARY)):
        assert "margin=***" in text
        assert CANARY not in text
        assert "password" not in text


def test_what_is_not_confidential_is_shown():
    assert repr(WithTypeInAttribute(CANARY, "a note")) == "WithTypeInAttribute(margin=***, note='a note')"
    assert f"{Formatted(CANARY):>22}" == " Formatted(margin=***)"


@pytest.mark.parametrize("declared", [PlainAttrsSubclass, InsistentSubclass])
def test_a_subclass_that_attrs_gives_a_repr_later_hides_it(declared):
    if has_attrs_hook:
        assert repr(declared(CANARY)) == f"{declared.__name__}(margin=***, cost=***)"
    # older ones tell nobody that a class is made: such a subclass has to be declared itself
    assert repr(entity(SCHEMA)(declared)(CANARY)) == f"{declared.__name__}(margin=***, cost=***)"


def test_the_hook_of_attrs_still_reaches_the_class():
    told = []

    @entity(SCHEMA)
    @attrs.define
    class Telling:
        margin: Annotated[str, Confidential]

        @classmethod
        def __attrs_init_subclass__(cls):
            told.append(cls.__name__)

    @attrs.define(slots=False)
    class Told(Telling):
        pass

    assert told == (["Told"] if has_attrs_hook else [])
    assert ("margin=***" in repr(Told(CANARY))) is has_attrs_hook


def test_the_validators_of_an_attrs_subclass_do_not_quote_what_was_given():
    declared = ValidatingSubclass if has_attrs_hook else entity(SCHEMA)(ValidatingSubclass)
    with pytest.raises(TypeError) as caught:
        declared("m", CANARY)
    assert CANARY not in repr(caught.value)


def test_the_validators_of_attrs_do_not_quote_what_was_assigned():
    value = entity(SCHEMA)(ValidatingSubclass)("m", 1)
    value.cost = 2
    assert value.cost == 2
    with pytest.raises(TypeError) as caught:
        value.cost = CANARY
    assert value.cost == 2
    assert CANARY not in repr(caught.value)
    with pytest.raises(AttributeError):
        value.price = 3


@pytest.mark.parametrize("declared", [OfPydanticDataclass, PydanticDataclassSubclass])
def test_the_errors_of_pydantics_dataclasses_do_not_quote_what_was_given(declared):
    assert declared("3").margin == 3
    with pytest.raises(pydantic.ValidationError, match="valid integer") as caught:
        declared(CANARY)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize("wrong", [CANARY, {CANARY: object()}, [CANARY]])
def test_no_warning_quotes_a_value_of_the_wrong_type(wrong):
    value = OfPydantic.model_construct(margin=wrong)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            encode_entity(value)
        except EntityError as error:
            assert CANARY not in repr(error)  # noqa: PT017
    assert [str(warning.message) for warning in caught] == []
