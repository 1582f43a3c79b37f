"""An event in a line: who saw it, which page, which person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.lines import hue_of, path_of, side_of


@pytest.mark.parametrize(
    ("platform", "side"), [("srv", "server"), ("web", "client"), ("mob", "client"), (None, "unknown")]
)
def test_who_saw_it(platform, side):
    assert side_of(platform) == side


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://e.com/a?b=c#d", ("/a", "?b=c")),
        ("https://e.com", ("/", "")),
        ("", ("", "")),
        (None, ("", "")),
        ("http://[x", ("http://[x", "")),
    ],
)
def test_a_page_is_said_without_its_host_and_with_its_query_apart(url, path):
    assert path_of(url) == path


@given(st.text())
def test_a_person_has_one_colour(person):
    assert hue_of(person) == hue_of(person)
    assert 0 <= hue_of(person) < 360
