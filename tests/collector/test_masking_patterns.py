"""Masking by ``patternProperties``: as validation reads patterns, in bounded steps, hiding in doubt."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tracking_middleware.collector.schemas.masking import HIDDEN, masked

URI = "iglu:com.acme/order/jsonschema/1-0-0"
CONFIDENTIAL = {"confidential": True}
GOES_BACK = r"^(?=a)(a|aa)+(?!b)$"
"""A pattern whose steps double with each ``a``, which no engine without going back can read."""
TOO_LONG = "a" * 60 + "b"

DOUBLING = """
from tracking_middleware.collector.schemas.masking import masked

schema = {
    "properties": {"secret": {"confidential": True}},
    "patternProperties": {"^(x+)+$": {"type": "string"}, r"^(?=x)(x|xx)+(?!y)$": {}},
}
names = ["x" * 40 + "!"] + ["x" * 60 + "y" * n for n in range(1, 10_000)]
shown = masked({"schema": "a", "data": dict.fromkeys(["secret", *names], 1)}, {"a": schema})["data"]
assert shown == {"secret": "***", **dict.fromkeys(names, 1)}
"""


def shown(schema, data):
    return masked({"schema": URI, "data": data}, {URI: schema})["data"]


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"^\p{Lu}+$", "Ä", "ä"),
        (r"^(?<n>a)+$", "aa", "ab"),
        (r"^\d+$", "3", "٣"),
        (r"^\w+$", "a", "ä"),
        (r"^a$", "a", "a\n"),
        (r"^\cA$", "\x01", "A"),
        (r"^(x+)+$", "x" * 40, "x" * 40 + "!"),
    ],
)
def test_a_pattern_matches_as_in_validation(pattern, matching, other):
    data = {matching: 1, other: 2}
    of_pattern = {"patternProperties": {pattern: CONFIDENTIAL}}
    of_others = {"patternProperties": {pattern: {}}, "additionalProperties": CONFIDENTIAL}
    assert shown(of_pattern, data) == {matching: HIDDEN, other: 2}
    assert shown(of_others, data) == {matching: 1, other: HIDDEN}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("(", "a"),
        (r"^a\Z", "a"),
        ("a{1000000}", "a"),
        ("\ud800", "a"),
        ("a", "a\ud800"),
        (GOES_BACK, TOO_LONG),
    ],
    ids=["none", "of another dialect", "too large", "no Unicode", "name is no Unicode", "too many steps"],
)
def test_where_a_pattern_cannot_be_judged_what_either_answer_hides_is_hidden(pattern, name):
    of_pattern = {"patternProperties": {pattern: CONFIDENTIAL}}
    of_others = {"patternProperties": {pattern: {}}, "additionalProperties": CONFIDENTIAL}
    of_neither = {"patternProperties": {pattern: {}}, "properties": {"b": CONFIDENTIAL}}
    assert shown(of_pattern, {name: 1}) == {name: HIDDEN}
    assert shown(of_others, {name: 1}) == {name: HIDDEN}
    assert shown({**of_others, "properties": {name: {}}}, {name: 1}) == {name: 1}
    assert shown(of_neither, {name: 1}) == {name: 1}


def test_a_pattern_that_matches_leaves_no_additional_property_whatever_others_say():
    patterns = {"(": {}, "^a": {}}
    schema = {"patternProperties": patterns, "additionalProperties": CONFIDENTIAL}
    assert shown(schema, {"a": 1, "b": 2}) == {"a": 1, "b": HIDDEN}


def test_one_value_with_too_many_steps_hides_nothing_of_the_next():
    schema = {"patternProperties": {GOES_BACK: {}}, "additionalProperties": CONFIDENTIAL}
    assert shown(schema, {TOO_LONG: 1}) == {TOO_LONG: HIDDEN}
    assert shown(schema, {"aa": 1}) == {"aa": 1}


def test_names_made_to_keep_a_pattern_busy_are_judged_at_all():
    # in a process of its own, since a search that goes back without end cannot be interrupted
    subprocess.run([sys.executable, "-c", DOUBLING], check=True, timeout=60)
