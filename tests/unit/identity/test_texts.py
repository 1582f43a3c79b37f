"""What of an application's values is text."""

from __future__ import annotations

import enum
import uuid
from decimal import Decimal
from unittest.mock import MagicMock, Mock

import pytest
from django.utils.functional import SimpleLazyObject, lazystr
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.local import LocalProxy

from tracking_middleware.identity.texts import NoTextError, shape, text_of, without_surrogates


class LazyString:
    """As Flask-Babel's: it passes on whatever it is asked for to the text that it makes."""

    def __init__(self, make):
        self.make = make

    def __getattr__(self, name):
        return getattr(str(self), name)

    def __str__(self):
        return self.make()


class Colour(str, enum.Enum):  # noqa: UP042 -- in which str() gives the name
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Connection:
    """As a client whose every method is a call over the network."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was called")


class Model:
    id = 17

    def __str__(self):
        return "Ada"


async def later():
    return "text"


def iterate():
    yield "text"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ("", ""),
        (17, "17"),
        (-(10**30), "-1" + "0" * 30),
        (Number.ONE, "1"),
        (Colour.RED, "red"),
        (Markup("<b>"), "<b>"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (lazystr("later"), "later"),
        (LazyString(lambda: "later"), "later"),
        (SimpleLazyObject(lambda: "later"), "later"),
        (LocalProxy(lambda: "later"), "later"),
    ],
)
def test_text_whole_numbers_uuids_and_lazy_text_are_text(value, text):
    assert text_of(value) == text
    assert type(text_of(value)) is str


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 1.5, float("nan"), Decimal("1.5"), b"a", bytearray(b"a"), 1j),
        *(object(), Model(), Model, str, [], ["a"], ("a",), {"a": 1}, {"a"}, range(3), len, lambda: "a"),
        *(iterate(), Mock(), MagicMock(), Mock(spec=str), MagicMock(spec=str), Connection(), Exception("a")),
        *(SimpleLazyObject(Model), LocalProxy(Model), LazyString(Model)),
        10**5000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_none_and_named_by_its_type(value):
    with pytest.raises(NoTextError) as refused:
        text_of(value)
    said = str(refused.value)
    assert said.startswith(f"is {shape(value)}")
    assert type(value).__name__ in said
    assert "give text, a whole number or a UUID" in said
    assert "0x" not in said
    assert refused.value.__context__ is None


def test_a_coroutine_is_to_be_awaited():
    coroutine = later()
    with pytest.raises(NoTextError, match="is a coroutine: await it"):
        text_of(coroutine)
    coroutine.close()


def test_lazy_text_that_fails_is_none():
    with pytest.raises(NoTextError, match="is a LazyString that raised ZeroDivisionError when it was read"):
        text_of(LazyString(lambda: 1 / 0))
    with pytest.raises(NoTextError, match="is a SimpleLazyObject that raised ZeroDivisionError"):
        text_of(SimpleLazyObject(lambda: 1 / 0))


@given(st.text(alphabet=st.characters() | st.characters(categories=["Cs"])))
def test_no_half_of_a_surrogate_pair_is_left(text):
    whole = without_surrogates(text)
    whole.encode()
    assert without_surrogates(whole) == whole
