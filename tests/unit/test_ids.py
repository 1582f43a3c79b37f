"""Fresh ids."""

from __future__ import annotations

import os
import uuid

import pytest

from tracking_middleware.ids import new_uuid, uuids_for


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
