"""The TCF's consent string, against strings that IAB Tech Lab's own library made."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import SettingsError
from tracking_middleware.privacy import consent_tcf
from tracking_middleware.privacy.tcf import MEASURING, UnreadableError, allows

from ..exchanges import request

# TCString.encode of @iabtechlabtcf/core 1.5.21, with vendors 2, 8, 755 and 1200 in the list
NOTHING = "CQhDnIAQhDnIAAKABBENAwEgAAAAAAAAAAYgAAAAAAAA"
PURPOSES = "CQhDnIAQhDnIAAKABBENAwEgAP_gAAAAAAYgAAAAAAAA"
ALL = "CQhDnIAQhDnIAAKABBENAwEgAP_gAAAAAAYgJYQBAABAAIAXmBLAC84AIC8wAAAA"
ONE_AND_EIGHT = "CQhDnIAQhDnIAAKABBENAwEgAIEAAAAAAAYgAEEEAAAAAAAA"
BY_INTEREST = "CQhDnIAQhDnIAAKABBENAwEgAIAAAAGAAAYgAAAAAAAA"
KEPT_FROM_755 = "CQhDnIAQhDnIAAKABBENAwEgAIGAAAAAAAYgF5wAgABALzAAAACQAAgLzAAA"
SEGMENTS = "CQhDnIAQhDnIAAKABBENAwEgAIGAAAAAAAYgF5wAQF5gAAAA.IF5wAgABALzA"


@pytest.mark.parametrize(
    ("text", "purposes", "vendor", "is_allowed"),
    [
        (NOTHING, [1], None, False),
        (PURPOSES, range(1, 12), None, True),
        (PURPOSES, [12], None, False),
        (PURPOSES, [1], 755, False),
        *((ALL, MEASURING, vendor, True) for vendor in (2, 8, 755, 1200)),
        *((ALL, MEASURING, vendor, False) for vendor in (1, 3, 7, 754, 756, 1199, 1201, 65_535)),
        (ONE_AND_EIGHT, [1, 8], None, True),
        (ONE_AND_EIGHT, [1, 8, 9], None, False),
        *((ONE_AND_EIGHT, [1], vendor, True) for vendor in (2, 8)),
        *((ONE_AND_EIGHT, [1], vendor, False) for vendor in (1, 3, 7, 9, 10)),
        (BY_INTEREST, [1], None, True),
        (BY_INTEREST, [8], None, False),
        (KEPT_FROM_755, [1, 8], None, True),
        (KEPT_FROM_755, [1, 8], 2, True),
        (KEPT_FROM_755, [1, 8], 755, False),
        (KEPT_FROM_755, [1, 9], 755, True),
        (SEGMENTS, MEASURING, 755, True),
        (SEGMENTS, MEASURING, 2, False),
    ],
)
def test_purposes_and_vendors_are_read_as_they_were_written(text, purposes, vendor, is_allowed):
    assert allows(text, purposes=tuple(purposes), vendor=vendor) is is_allowed


def ask(value, **options):
    return consent_tcf(**options)(request(headers={"cookie": f"euconsent-v2={value}"}))


def test_the_purposes_of_measuring_make_full_consent():
    assert ask(ALL) == ask(SEGMENTS, vendor=755) == "full"
    assert ask(ONE_AND_EIGHT) == "none"
    assert ask(ONE_AND_EIGHT, refused="anonymous") == "anonymous"
    assert ask(ONE_AND_EIGHT, purposes=[8]) == "full"
    assert consent_tcf()(request()) == "none"
    assert consent_tcf(missing="anonymous")(request()) == "anonymous"
    assert consent_tcf(cookie="own")(request(headers={"cookie": f"own={ALL}"})) == "full"


@pytest.mark.parametrize(
    "value", ["x", "A" * 44, "é" * 50, ALL[:-2] + "==", "B" + ALL[1:], "C" * 9000, "." + ALL, "0" * 45]
)
def test_a_cookie_that_cannot_be_read_is_no_consent(value):
    assert ask(value, refused="none", missing="full") == "none"


@pytest.mark.parametrize("text", [PURPOSES, ALL, ONE_AND_EIGHT, KEPT_FROM_755])
def test_a_cookie_that_was_cut_is_no_consent(text):
    for length in range(len(text) - 4):
        with pytest.raises(UnreadableError):
            allows(text[:length], purposes=[1], vendor=None)


@given(st.text("ABCQhDnIAKEgP_-019.", min_size=40, max_size=200), st.none() | st.integers(1, 65_535))
def test_whatever_a_visitor_writes_there_raises_nothing(text, vendor):
    for value in (text, "CQhDnIAQhDnIAAKABBENAwEgA" + text):
        assert ask(value, vendor=vendor) in {"full", "none"}


def test_the_longest_lists_are_read_in_little_time():
    header = ALL[:35]
    begun = time.process_time()
    for filling in "_A8w":
        ask(header + filling * 8100, vendor=70)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"purposes": []}, "consent_tcf() has purposes=[]: give numbers of 1 to 24, such as (1, 8, 9)"),
        ({"purposes": [0]}, "purposes=[0]"),
        ({"purposes": 1}, "purposes=1"),
        ({"purposes": ["1"]}, "purposes=['1']"),
        ({"vendor": 0}, "consent_tcf() has vendor=0: give the vendor's number in the global list"),
        ({"vendor": True}, "vendor=True"),
        ({"missing": "yes"}, "consent_tcf() says 'yes' where it is missing"),
        ({"refused": None}, "consent_tcf() says None where consent is refused"),
    ],
)
def test_what_cannot_be_asked_is_said_when_it_is_made(options, said):
    with pytest.raises(SettingsError) as caught:
        consent_tcf(**options)
    assert said in str(caught.value)
