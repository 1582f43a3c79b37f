"""Events and their parts as values that users' filters are handed."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from tracking_middleware.events.events import PageView, SelfDescribingEvent, StructuredEvent
from tracking_middleware.identity.identity import Identity, SessionStart
from tracking_middleware.identity.subject import HandOff, Subject

EVENT = PageView(
    event_id="11111111-1111-4111-8111-111111111111",
    web_page_id="22222222-2222-4222-8222-222222222222",
    dvce_created_tstamp=1_700_000_000_123,
    page_url="https://example.test/",
    subject=Subject(identity=Identity(domain_userid="d", domain_sessionidx=3), user_id="u"),
    session_start=SessionStart(None),
    entities=(b"{}",),
)
HANDED_OFF = HandOff(domain_sessionid="s", sealed=1)
DESCRIBED = SelfDescribingEvent(
    self_describing_json=b'{"schema":"iglu:a/b/jsonschema/1-0-0","data":{"margin":7}}'
)
VALUES = [EVENT, DESCRIBED, EVENT.subject, EVENT.subject.identity, HANDED_OFF]
one_of_each = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


def test_replace_changes_what_is_named_and_nothing_else():
    subject = dataclasses.replace(EVENT.subject, user_id="")
    changed = dataclasses.replace(EVENT, page_title="changed", subject=subject)
    assert (changed.page_title, changed.subject.user_id) == ("changed", "")
    assert changed.subject.identity == EVENT.subject.identity
    assert dataclasses.replace(changed, page_title="", subject=EVENT.subject) == EVENT
    assert (EVENT.page_title, EVENT.subject.user_id) == ("", "u")


@one_of_each
def test_replace_refuses_a_field_that_there_is_not(value):
    with pytest.raises(TypeError):
        dataclasses.replace(value, no_such_field=1)


@one_of_each
def test_no_field_can_be_set_or_deleted(value):
    for field in dataclasses.fields(value):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(value, field.name)
    with pytest.raises(AttributeError):
        value.another = 1


@one_of_each
def test_is_made_by_keywords_only(value):
    with pytest.raises(TypeError):
        type(value)(*(getattr(value, field.name) for field in dataclasses.fields(value)))


def test_an_event_is_not_made_without_what_it_must_have():
    with pytest.raises(TypeError):
        PageView(event_id="e", web_page_id="w", page_url="")


@one_of_each
def test_equal_values_are_equal_and_hash_alike(value):
    first = dataclasses.fields(value)[0].name
    other = dataclasses.replace(value, **{first: "other"})
    same = dataclasses.replace(value)
    assert same == value
    assert same is not value
    assert hash(same) == hash(value)
    assert other != value
    assert value != dataclasses.asdict(value)


@one_of_each
def test_survives_copying_and_pickling(value):
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


def test_shows_its_fields():
    assert repr(EVENT.subject) == (
        "Subject(identity=Identity(domain_userid='d', domain_sessionid=None, domain_sessionidx=3, "
        "network_userid=None), user_id='u', user_ipaddress='', useragent='', language='', consent=None, "
        "handed_off=None)"
    )


def test_shows_of_described_data_the_schema_alone():
    assert repr(DESCRIBED).endswith("self_describing_json=<iglu:a/b/jsonschema/1-0-0>)")
    event = dataclasses.replace(DESCRIBED, entities=(DESCRIBED.self_describing_json, b"{}", b"7"))
    assert "entities=(<iglu:a/b/jsonschema/1-0-0>, ***, ***)" in repr(event)
    assert "7" not in repr(event.__rich_repr__())


def test_a_structured_event_is_made_as_it_is_said():
    event = StructuredEvent("video", "play", "trailer", "hd", 1.5)
    assert (event.category, event.action, event.label, event.property, event.value) == (
        *("video", "play", "trailer", "hd"),
        1.5,
    )
    assert event == dataclasses.replace(
        StructuredEvent("video", "play", label="trailer"), property="hd", value=1.5
    )
    with pytest.raises(TypeError):
        StructuredEvent("video")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.label = "changed"


def test_is_a_dataclass_to_the_standard_library():
    assert dataclasses.asdict(EVENT)["subject"]["identity"]["domain_userid"] == "d"
    assert [field.name for field in dataclasses.fields(EVENT)] == [
        "event_id",
        "dvce_created_tstamp",
        "true_tstamp",
        "page_url",
        "page_referrer",
        "web_page_id",
        "subject",
        "entities",
        "is_anonymous",
        "page_title",
        "session_start",
    ]
