"""An answer says for how long it holds, within bounds."""

from __future__ import annotations

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents.proof.lifetimes import LONGEST, OTHERWISE, SHORTEST, lifetime_of

DATE, LATER = "Sun, 29 Nov 2026 12:00:00 GMT", "Sun, 29 Nov 2026 14:00:00 GMT"


def headers(*lines):
    message = Message()
    for name, value in lines:
        message[name] = value
    return message


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], OTHERWISE),
        ([("Cache-Control", "public")], OTHERWISE),
        ([("cache-control", "public, MAX-AGE=7200")], 7200),
        ([("Cache-Control", 'max-age="7200"'), ("Cache-Control", "must-revalidate")], 7200),
        ([("Cache-Control", "max-age=7200"), ("Age", "1200"), ("Expires", DATE)], 6000),
        ([("Cache-Control", "max-age=7200"), ("Cache-Control", "no-store")], SHORTEST),
        ([("Cache-Control", "no-cache")], SHORTEST),
        ([("Cache-Control", "max-age=0")], SHORTEST),
        ([("Cache-Control", "max-age=-7")], SHORTEST),
        ([("Cache-Control", f"max-age={10**400}")], LONGEST),
        ([("Expires", LATER), ("Date", DATE)], 7200),
        ([("Expires", DATE), ("Date", LATER)], SHORTEST),
        ([("Expires", "0"), ("Date", DATE)], SHORTEST),
        ([("Expires", LATER)], OTHERWISE),
    ],
)
def test_what_was_fetched_holds_as_long_as_it_says(lines, seconds):
    assert lifetime_of(headers(*lines)) == seconds


@given(
    st.lists(st.tuples(st.sampled_from(["Cache-Control", "Expires", "Date", "Age"]), st.text()), max_size=4)
)
def test_whatever_is_said_it_holds_within_the_bounds(lines):
    lines = [(name, "".join(value.split())) for name, value in lines]
    assert SHORTEST <= lifetime_of(headers(*lines)) <= LONGEST
