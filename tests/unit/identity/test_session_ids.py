"""Ids of sessions that follow others: one for each beginning, and nobody's guess."""

from __future__ import annotations

import hashlib
import hmac
import uuid

from hypothesis import assume, given
from hypothesis import strategies as st

from tracking_middleware.identity.session_ids import SessionIds

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
NOW = 1_760_000_000 // 1800 * 1800

uuids = st.uuids(version=4).map(str)
persons = uuids | st.text("0123456789abcdef", min_size=16, max_size=16)
indexes = st.integers(1, 2_147_483_647)
times = st.integers(0, 2_147_483_647)
keys = st.text(min_size=1, max_size=40).filter(lambda key: key.isprintable())
timeouts = st.integers(1, 86_400)
beginnings = st.tuples(persons, uuids | st.none(), indexes)


def following(beginning=(PERSON, SESSION, 4), *, keys=("key",), timeout=1800, now=NOW):
    person, previous, index = beginning
    return SessionIds(keys, timeout=timeout).following(person, previous=previous, index=index, now=now)


@given(beginnings, keys, timeouts, times)
def test_one_beginning_has_one_id_everywhere_in_the_form_of_the_trackers(beginning, key, timeout, now):
    given_id = following(beginning, keys=[key], timeout=timeout, now=now)
    assert given_id == following(beginning, keys=["older", key], timeout=timeout, now=now)
    parsed = uuid.UUID(given_id)
    assert (str(parsed), parsed.version, parsed.variant) == (given_id, 4, uuid.RFC_4122)


@given(beginnings, beginnings, times)
def test_another_beginning_has_another_id(one, other, now):
    assume(one != other)
    assert following(one, now=now) != following(other, now=now)


@given(beginnings, persons, uuids | st.none(), indexes)
def test_every_part_of_a_beginning_matters(beginning, person, previous, index):
    whole = following(beginning)
    for changed in (
        (person, *beginning[1:]),
        (beginning[0], previous, beginning[2]),
        (*beginning[:2], index),
    ):
        assert (following(changed) == whole) == (changed == beginning)


@given(beginnings, keys, keys)
def test_another_key_gives_another_id(beginning, one, other):
    assume(one != other)
    assert following(beginning, keys=[one]) != following(beginning, keys=[other])


@given(beginnings, timeouts, times, times)
def test_what_is_far_enough_apart_to_be_two_sessions_has_two_ids(beginning, timeout, now, later):
    first, second = (following(beginning, timeout=timeout, now=time) for time in (now, later))
    if abs(later - now) >= timeout:
        assert first != second
    if first == second:
        assert abs(later - now) < timeout


def test_what_is_close_together_has_one_id_but_over_the_end_of_a_window():
    assert len({following(now=NOW + second) for second in range(1800)}) == 1
    assert following(now=NOW + 1799) != following(now=NOW + 1800)


def test_it_cannot_be_had_without_the_key():
    """Neither from what the browser knows, nor by signing the same with the key itself."""
    message = f"{PERSON} {SESSION} 4 {NOW // 1800}".encode()
    guesses = [
        hashlib.sha256(message).digest(),
        *(hmac.digest(key, message, "sha256") for key in (b"key", b"", b"tracking_middleware.session")),
    ]
    assert following() not in {str(uuid.UUID(bytes=guess[:16], version=4)) for guess in guesses}


def test_it_stays_what_it_is_from_release_to_release():
    """Servers of two releases may answer the tabs."""
    assert following() == "59e8b40f-a082-48ba-aee3-802b250ef13e"


def test_fresh_ids_are_random():
    ids = SessionIds(["key"], timeout=1800)
    assert len({ids.fresh() for _ in range(100)}) == 100
