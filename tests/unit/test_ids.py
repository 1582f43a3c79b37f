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
from tracking_middleware.ids import new_uuid, uuid_of_key, uuids_for


@pytest.mark.parametrize("new_id", [new_uuid, uuids_for(1000), uuids_for(10)], ids=["one", "many", "few"])
def test_is_a_random_uuid_in_lower_case(new_id):
    for _ in range(1000):
        made = new_id()
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
    new_id = uuids_for(10_000)
    assert len({new_uuid() for _ in range(20_000)} | {new_id() for _ in range(20_000)}) == 40_000


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


class Switch(enum.Enum):
    ON = True


CYCLE: list = []
CYCLE.append(CYCLE)


def test_a_number_and_its_text_stay_the_keys_they_were():
    assert uuid_of_key("shop", 1) == "119929c0-1272-57af-b3d5-22fd827762fe"
    assert (
        uuid_of_key("shop", ("order", 5))
        == uuid_of_key("shop", ["order", 5])
        == "598bc173-a781-58b1-ae8c-e2963d6584d8"
    )


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
        (True, "holds bool"),
        (("a", False), "holds bool"),
        (Switch.ON, "holds bool"),
        (CYCLE, "nested too deep, or holds itself"),
        (10**5000, "too many digits"),
        (("a", [-(10**5000)]), "too many digits"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_says_why_a_key_is_none(key, message):
    with pytest.raises(EventError, match=message):
        uuid_of_key("shop", key)


def test_an_empty_key_is_none():
    with pytest.raises(EventError, match="empty"):
        uuid_of_key("shop", ())
