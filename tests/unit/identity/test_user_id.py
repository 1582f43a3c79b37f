"""The application's own id of a person: nobody's, or one person's."""

from __future__ import annotations

import uuid
from unittest.mock import Mock

import pytest
from django.utils.functional import SimpleLazyObject, lazystr
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.identity.user_id import LONGEST_USER_ID, valid_user_id
from tracking_middleware.tally import Tally


class AnonymousUser:
    """As Django's, who is in every request that nobody is logged in to."""

    def __str__(self):
        return "AnonymousUser"


def checked(given):
    """What is made of an id, and what was counted."""
    counted = []
    return valid_user_id(given, lambda name, advice="": counted.append((name, advice))), counted


@pytest.mark.parametrize(
    ("given", "user_id"),
    [
        ("ada", "ada"),
        ("ada@example.test", "ada@example.test"),
        (17, "17"),
        (1, "1"),
        ("01", "01"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (lazystr("ada"), "ada"),
        ("Nonesuch", "Nonesuch"),
        ("anonymous-17", "anonymous-17"),
        ("😀" * 127, "😀" * 127),
        ("\ud83d\ude00", "😀"),
        ("u" * LONGEST_USER_ID, "u" * LONGEST_USER_ID),
    ],
)
def test_an_id_that_is_one_persons_is_taken(given, user_id):
    assert checked(given) == (user_id, [])


@pytest.mark.parametrize("given", [None, "", " ", "\t\n", "\u00a0"])
def test_nothing_is_nobody(given):
    assert checked(given) == ("", [])


@pytest.mark.parametrize(
    "given",
    [
        *("None", "none", "NULL", "null", "undefined", "nil", "NaN", " None ", "[object Object]", "true"),
        *("anonymous", "AnonymousUser", str(AnonymousUser()), "guest", "0", 0, "-1", -1, uuid.UUID(int=0)),
        *("user_id", "<object object at 0x7f8a5c0b1d90>", "<Mock id='140232175'>", "<lambda>"),
    ],
    ids=lambda value: str(value).partition(" at ")[0].partition(" id=")[0],  # two processes agree on these
)
def test_a_word_that_strangers_share_is_nobody_and_counted(given):
    user_id, counted = checked(given)
    assert user_id == ""
    ((name, advice),) = counted
    assert name == "user_id_invalid"
    assert "give " in advice


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (True, "user_id is a bool: give text, a whole number or a UUID, or None for nobody"),
        (False, "user_id is a bool: give text"),
        (b"ada", "user_id is a bytes: give text"),
        (1.0, "user_id is a float: give text"),
        (AnonymousUser(), "user_id is an AnonymousUser: give text"),
        (object(), "user_id is an object: give text"),
        (Mock(), "user_id is a Mock: give text"),
        ("u" * (LONGEST_USER_ID + 1), "user_id is longer than 255 characters"),
        ("😀" * 128, "user_id is longer than 255 characters"),
        ("u\ud800", "user_id holds half a surrogate pair"),
    ],
)
def test_what_may_be_somebody_elses_is_left_out_with_its_type(given, advice):
    user_id, counted = checked(given)
    assert user_id == ""
    ((name, said),) = counted
    assert name == "user_id_invalid"
    assert said.startswith(advice)


@given(st.lists(st.text() | st.integers() | st.uuids() | st.builds(object) | st.floats(), min_size=2))
def test_two_strangers_never_get_one_id(people):
    said = {}
    for person in people:
        user_id = valid_user_id(person, lambda name, advice="": None)
        if user_id:
            assert said.setdefault(user_id, str(person)) == str(person)


def test_each_cause_is_warned_of_once(caplog):
    tally = Tally()
    for _ in range(3):
        for wrong in (object(), b"secret-17", "None"):
            assert valid_user_id(wrong, tally.error) == ""
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 3
    assert all(text.startswith("tracking: user_id_invalid at ") for text in told)
    assert "user_id is an object: give text" in told[0]
    assert "secret-17" not in caplog.text
    assert tally.snapshot()["errors"] == {"user_id_invalid": 9}


def test_djangos_user_is_told_where_its_id_is():
    bases = (type("AbstractBaseUser", (), {"__module__": "django.contrib.auth.base_user"}),)
    user = type("User", bases, {})()
    for object_ in (user, SimpleLazyObject(lambda: user)):
        user_id, ((name, advice),) = checked(object_)
        assert (user_id, name) == ("", "user_id_invalid")
        assert "give request.user.pk where request.user.is_authenticated" in advice
        assert "'tracking_middleware.django.logged_in_user_id'" in advice
    assert "request.user" not in checked(AnonymousUser())[1][0][1]
