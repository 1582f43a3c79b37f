"""Events and their parts as values that users' filters are handed."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest
from msgspec.structs import astuple, replace

from tracking_middleware.events.events import PageView, SelfDescribingEvent, StructuredEvent
from tracking_middleware.identity.identity import Identity, SessionStart
from tracking_middleware.identity.subject import HandOff, Subject, subject_of

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
EVENT = PageView(
    event_id="11111111-1111-4111-8111-111111111111",
    web_page_id="22222222-2222-4222-8222-222222222222",
    dvce_created_tstamp=1_700_000_000_123,
    page_url="https://example.test/",
    subject=Subject(domain_userid=PERSON, user_id="u"),
    session_start=SessionStart(None),
    entities=(b"{}",),
)
HANDED_OFF = HandOff(domain_sessionid="s", sealed=1)
DESCRIBED = SelfDescribingEvent(
    self_describing_json=b'{"schema":"iglu:a/b/jsonschema/1-0-0","data":{"margin":7}}'
)
IDENTITY = Identity(domain_userid=PERSON)
FOUND = subject_of(identity=IDENTITY, useragent="Unit/1.0")
VALUES = [EVENT, DESCRIBED, EVENT.subject, FOUND, IDENTITY, HANDED_OFF]
one_of_each = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


def test_replace_changes_what_is_named_and_nothing_else():
    subject = replace(EVENT.subject, user_id="")
    changed = replace(EVENT, page_title="changed", subject=subject)
    assert (changed.page_title, changed.subject.user_id) == ("changed", "")
    assert changed.subject.domain_userid == PERSON
    assert replace(changed, page_title="", subject=EVENT.subject) == EVENT
    assert (EVENT.page_title, EVENT.subject.user_id) == ("", "u")


@one_of_each
def test_replace_refuses_a_field_that_there_is_not(value):
    with pytest.raises(TypeError):
        replace(value, no_such_field=1)


@one_of_each
def test_no_field_can_be_set_or_deleted(value):
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
        with pytest.raises(AttributeError):
            delattr(value, name)
    with pytest.raises(AttributeError):
        value.another = 1


@one_of_each
def test_is_made_by_keywords_only(value):
    with pytest.raises(TypeError):
        type(value)(*astuple(value))


def test_an_event_is_not_made_without_what_it_must_have():
    with pytest.raises(TypeError):
        PageView(event_id="e", web_page_id="w", page_url="")


@one_of_each
def test_equal_values_are_equal_and_hash_alike(value):
    first = value.__struct_fields__[0]
    other = replace(value, **{first: "other"})
    same = replace(value)
    assert same == value
    assert same is not value
    assert hash(same) == hash(value)
    assert other != value
    assert value != astuple(value)


@one_of_each
def test_survives_copying_and_pickling(value):
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


def test_shows_its_fields():
    assert repr(EVENT.subject) == (
        f"Subject(user_id='u', domain_userid='{PERSON}', domain_sessionid=None, domain_sessionidx=None, "
        "network_userid=None, user_ipaddress='', useragent='', language='', consent=None, handed_off=None)"
    )
    assert repr(FOUND).startswith("Subject(user_id='', domain_userid=")


def test_shows_of_described_data_the_schema_alone():
    assert repr(DESCRIBED).endswith("self_describing_json=<iglu:a/b/jsonschema/1-0-0>)")
    event = replace(DESCRIBED, entities=(DESCRIBED.self_describing_json, b"{}", b"7"))
    assert "entities=(<iglu:a/b/jsonschema/1-0-0>, ***, ***)" in repr(event)
    assert "7" not in repr(event.__rich_repr__())


def test_a_structured_event_is_made_as_it_is_said():
    event = StructuredEvent("video", "play", "trailer", "hd", 1.5)
    assert (event.category, event.action, event.label, event.property, event.value) == (
        *("video", "play", "trailer", "hd"),
        1.5,
    )
    assert event == replace(StructuredEvent("video", "play", label="trailer"), property="hd", value=1.5)
    with pytest.raises(TypeError):
        StructuredEvent("video")
    with pytest.raises(AttributeError):
        event.label = "changed"


@one_of_each
def test_the_standard_librarys_replace_is_the_same(value):
    changed = {value.__struct_fields__[0]: "other"}
    assert value.__replace__(**changed) == replace(value, **changed)
    if sys.version_info >= (3, 13):
        assert copy.replace(value, **changed) == replace(value, **changed)


def test_a_subject_equals_one_that_was_found_somewhere_else():
    made = Subject(domain_userid=PERSON, useragent="Unit/1.0")
    assert made == FOUND
    assert hash(made) == hash(FOUND)
    assert {made, FOUND} == {FOUND}
    assert replace(EVENT, subject=made) == replace(EVENT, subject=FOUND)
