"""Fresh ids, and those that follow from a key."""

from __future__ import annotations

import enum
import os
import uuid
from datetime import UTC, date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import EventError
from tracking_middleware.ids import new_uuid, uuid_of_key


def test_is_a_random_uuid_in_lower_case():
    for _ in range(1000):
        made = new_uuid()
        parsed = uuid.UUID(made)
        assert str(parsed) == made
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)


def test_every_free_digit_is_random():
    made = [new_uuid() for _ in range(1000)]
    digits = [set(column) for column in zip(*made, strict=True)]
    fixed = {8: "-", 13: "-", 14: "4", 18: "-", 23: "-"}
    for place, seen in enumerate(digits):
        expected = fixed.get(place, "89ab" if place == 19 else "0123456789abcdef")
        assert seen == set(expected)


def test_no_two_are_the_same():
    assert len({new_uuid() for _ in range(20_000)}) == 20_000


def test_a_forked_child_has_other_ids_than_its_parent():
    new_uuid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of the test's own machinery may run twice
        try:
            os.write(writing, "\n".join(new_uuid() for _ in range(50)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    parents = {new_uuid() for _ in range(50)}
    with os.fdopen(reading) as pipe:
        childs = set(pipe.read().split())
    assert os.waitpid(child, 0)[1] == 0
    assert len(childs) == 50
    assert childs.isdisjoint(parents)


scalars = (
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1)
    | st.integers()
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
)
keys = st.lists(scalars, min_size=1, max_size=4).map(tuple)


@given(st.lists(st.tuples(st.sampled_from(["news", "shop"]), keys), min_size=2, max_size=6))
def test_ids_of_keys_differ_by_app_and_key_and_by_nothing_else(pairs):
    ids = [uuid_of_key(app_id, key) for app_id, key in pairs]
    again = [uuid_of_key(app_id, list(key)) for app_id, key in pairs]
    assert ids == again
    # what a key says, with dates as their text
    said = {
        (app, tuple(part if isinstance(part, str | int) else part.isoformat() for part in key))
        for app, key in pairs
    }
    assert len(set(ids)) == len(said)


def test_the_derivation_is_the_documented_one():
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "tracking_middleware:shop")
    assert uuid_of_key("shop", ("return", 5)) == str(uuid.uuid5(namespace, '["return",5]'))
    assert uuid_of_key("shop", "é") == str(uuid.uuid5(namespace, '["é"]'))
    name = '["2026-01-02","12.30","00000000-0000-0000-0000-000000000001","red",[1,2]]'
    key = (date(2026, 1, 2), Decimal("12.30"), uuid.UUID(int=1), Colour.RED, (1, 2))
    assert uuid_of_key("shop", key) == str(uuid.uuid5(namespace, name))
    assert uuid_of_key("shop", "5") != uuid_of_key("shop", 5)
    assert uuid_of_key("shop", "a") == uuid_of_key("shop", ("a",)) == uuid_of_key("shop", ["a"])


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("return", None), "holds None"),
        ("", "an empty str"),
        (("a", ()), "an empty tuple"),
        (b"a", "holds bytes"),
        (object(), "holds object"),
        (1.5, "holds float"),
        ({"a"}, "holds set"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_says_why_a_key_is_none(key, message):
    with pytest.raises(EventError, match=message):
        uuid_of_key("shop", key)


def test_an_empty_key_is_none():
    with pytest.raises(EventError, match="empty"):
        uuid_of_key("shop", ())
