"""``validate_entities``: what is attached and not as its schema says is left out, counted and told."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Annotated

import pytest

from tests.unit.exchanges import HTML, Records, request
from tracking_middleware import (
    Article,
    MaxLength,
    Pattern,
    SettingsError,
    StructuredEvent,
    Tracker,
    current_page,
    entity,
)
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.events.validating import problem_of

URI = "iglu:com.acme/validated/jsonschema/1-0-0"


@entity(URI)
@dataclass(frozen=True)
class Validated:
    title: Annotated[str, MaxLength(5)]
    marks: dict[str, int] | None = None


SECRET = "secret-canary"
WRONG = [
    (Validated(SECRET), f"Validated ({URI}): data.title must be as its schema says: maxLength 5"),
    (Validated(7), 'data.title must be as its schema says: type "string"'),
    (Validated("a", {SECRET: "x"}), "data.marks[…] must be as its schema says"),
    ({"schema": URI, "data": {"title": SECRET}}, f"a dict ({URI}): data.title must"),
    (Article(SECRET * 100), "data.id must be as its schema says: maxLength 255"),
]
RIGHT = [
    Validated("a", {"b": 1}),
    {"schema": URI, "data": {"title": "a"}},
    {"schema": "iglu:com.acme/unknown/jsonschema/1-0-0", "data": {"title": SECRET}},
    Article("a"),
]


def attached(tracker, value):
    """How many entities of a page view came of it, by ``attach`` and by ``track``."""
    records = tracker._delivery
    exchange = tracker.begin(request())
    current_page().attach(value)
    exchange.start(200, HTML)
    exchange.finish("complete")
    tracker.track(StructuredEvent("a", "b"), entities=[value])
    return [len(event.entities) for event in records.events()]


def tracker_with(**options):
    return Tracker(collector_url="https://c.example.test", app_id="a", delivery=Records(), **options)


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_what_would_not_validate_is_left_out_counted_and_told_without_its_value(value, said, caplog):
    tracker = tracker_with(validate_entities=True)
    assert attached(tracker, value) == [0, 0]
    assert tracker.stats()["errors"] == {"entity_invalid": 2}
    assert said in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("value", RIGHT)
def test_what_validates_or_has_no_schema_that_is_known_stays(value):
    tracker = tracker_with(validate_entities=True)
    assert attached(tracker, value) == [1, 1]
    assert tracker.stats()["errors"] == {}


@pytest.mark.parametrize("value", [value for value, _ in WRONG])
def test_without_the_setting_nothing_is_looked_at(value):
    assert attached(tracker_with(), value) == [1, 1]


def test_a_pattern_that_only_python_reads_is_named():
    @entity("iglu:com.acme/python_only/jsonschema/1-0-0")
    class PythonOnly:
        title: Annotated[str, Pattern(r"^x\Z")]

    value = PythonOnly("x")
    said = problem_of(value, *encode_entity(value))
    assert said.endswith('could not be validated: ValidationError: "^x\\\\Z" is not a "regex"')


def test_a_setting_without_its_extra_is_refused(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jsonschema_rs" else found(name)
    )
    with pytest.raises(SettingsError, match=r"needs a validator: pip install .*\[collector\]"):
        tracker_with(validate_entities=True)
