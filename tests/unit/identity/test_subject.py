"""Subject, as an application makes one."""

from __future__ import annotations

import pickle
import uuid
from copy import deepcopy
from unittest.mock import Mock

import pytest
from django.utils.functional import lazystr
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracking_middleware import Subject, TrackingError
from tracking_middleware.identity.identity import Identity
from tracking_middleware.identity.subject import subject_of

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
NETWORK = "b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77"
NIL = "00000000-0000-0000-0000-000000000000"


def test_all_of_a_person_is_given_and_read_flat():
    subject = Subject(
        user_id="17",
        domain_userid=PERSON,
        domain_sessionid=SESSION,
        domain_sessionidx=3,
        network_userid=NETWORK,
    )
    assert (subject.user_id, subject.domain_userid, subject.domain_sessionid) == ("17", PERSON, SESSION)
    assert (subject.domain_sessionidx, subject.network_userid) == (3, NETWORK)
    assert deepcopy(subject) == pickle.loads(pickle.dumps(subject)) == subject


def test_nothing_is_known_of_an_empty_one():
    assert Subject(domain_userid="", domain_sessionid="", network_userid="") == Subject()
    assert (Subject().domain_userid, Subject().domain_sessionidx, Subject().user_id) == (None, None, "")


@pytest.mark.parametrize("person", [PERSON.upper(), uuid.UUID(PERSON), lazystr(PERSON)])
def test_an_id_is_written_as_trackers_write_it(person):
    assert Subject(domain_userid=person).domain_userid == PERSON
    assert Subject(network_userid=person).network_userid == PERSON


def test_a_person_of_an_old_tracker_has_sixteen_digits():
    assert Subject(domain_userid="0123456789ABCDEF").domain_userid == "0123456789abcdef"
    with pytest.raises(
        TrackingError, match="domain_sessionid is text of 16 characters: give a UUID, such as"
    ):
        Subject(domain_sessionid="0123456789abcdef")


@pytest.mark.parametrize("field", ["domain_userid", "domain_sessionid", "network_userid"])
@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("ada@example.test", "text of 16 characters"),
        (PERSON[:-1], "text of 35 characters"),
        (PERSON + "\n", "text of 37 characters"),
        (f"{{{PERSON}}}", "text of 38 characters"),
        (PERSON.replace("-", ""), "text of 32 characters"),
        (" ", "text of 1 characters"),
        (17, "an int"),
        (True, "a bool"),
        (PERSON.encode(), "a bytes"),
        (object(), "an object"),
        (Mock(), "a Mock"),
        (NIL, "the UUID of zeros, which is nobody's"),
        (uuid.UUID(int=0), "the UUID of zeros, which is nobody's"),
    ],
)
def test_an_id_that_is_none_is_refused_by_its_field(field, wrong, what):
    with pytest.raises(TrackingError) as refused:
        Subject(**{field: wrong})
    said = str(refused.value)
    assert said.startswith(f"{field} is {what}: give a UUID")
    assert ("16 hexadecimal digits" in said) == (field == "domain_userid")
    assert "ada" not in said


@pytest.mark.parametrize(
    ("index", "what"),
    [
        (0, "is out of range"),
        (-1, "is out of range"),
        (2**31, "is out of range"),
        (True, "is a bool"),
        ("3", "is text of 1 characters"),
        (3.0, "is a float"),
    ],
)
def test_an_index_is_a_whole_number_of_the_protocols(index, what):
    with pytest.raises(TrackingError, match=f"domain_sessionidx {what}: give a whole number from 1"):
        Subject(domain_sessionid=SESSION, domain_sessionidx=index)


def test_an_index_needs_its_session():
    assert Subject(domain_sessionid=SESSION, domain_sessionidx=2**31 - 1).domain_sessionidx == 2**31 - 1
    with pytest.raises(TrackingError, match="domain_sessionidx is there without domain_sessionid"):
        Subject(domain_userid=PERSON, domain_sessionidx=3)


@pytest.mark.parametrize("wrong", ["yes", "", True, Mock(), b"full"])
def test_a_consent_that_is_no_answer_is_refused(wrong):
    with pytest.raises(TrackingError, match="give 'full', 'anonymous' or 'none'"):
        Subject(consent=wrong)


@given(st.text() | st.uuids().map(str) | st.uuids().map(lambda given: str(given).upper()))
def test_an_id_is_taken_or_refused_and_never_changed(given):
    try:
        taken = Subject(domain_userid=given).domain_userid
    except TrackingError:
        with pytest.raises(ValueError, match="badly formed"):
            uuid.UUID(given)
    else:
        assert (taken or "") == given.lower()


def test_what_was_found_is_not_looked_at_again():
    found = subject_of(identity=Identity(domain_userid="an id of before"), user_id="17")
    assert isinstance(found, Subject)
    assert found.domain_userid == "an id of before"
    assert replace(found, user_id="18").user_id == "18"
    assert found.anonymous() == Subject()


@pytest.mark.parametrize("wrong", [5, "x", {}, ("s", 1), Subject()])
def test_where_a_subject_came_from_is_what_unsealing_says(wrong):
    with pytest.raises(TrackingError, match=r"handed_off is .*: leave it out, unseal"):
        Subject(handed_off=wrong)
    assert Subject(handed_off=None) == Subject()
