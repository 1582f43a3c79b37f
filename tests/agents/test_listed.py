"""What is in the list is found as if each of its texts were looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents import listed as module
from tracking_middleware.agents.listed import entries, listed

from . import truth

TEXTS = [text for text, _ in entries()[0]]


def one_by_one(user_agent):
    plain, patterns = entries()
    for text, entry_class in plain:
        if text in user_agent:
            return entry_class, text.strip("/ ();")
    for pattern, entry_class in patterns:
        if (found := pattern.search(user_agent)) is not None:
            return entry_class, found[0].strip("/ ();")[:40]
    return None


def test_the_table_is_found_as_one_by_one():
    found = [(each.user_agent, listed(each.user_agent)) for each in truth.known()[::3]]
    assert [(one, said) for one, said in found if said != one_by_one(one)] == []
    assert len([said for _, said in found if said is not None]) > 300


@given(st.lists(st.sampled_from(TEXTS) | st.text(max_size=3), max_size=4).map("".join))
def test_any_texts_beside_each_other_are_found_as_one_by_one(user_agent):
    assert listed(user_agent) == one_by_one(user_agent)


@pytest.fixture
def short_texts(monkeypatch):
    plain = (("Longer", "search"), ("ab", "tool"), ("x", "preview"))
    monkeypatch.setattr(module, "entries", lambda: (plain, ()))
    module._places.cache_clear()
    yield
    module._places.cache_clear()


@pytest.mark.parametrize(
    ("user_agent", "found"),
    [
        ("cab x", ("tool", "ab")),
        ("x", ("preview", "x")),
        ("x ab Longer", ("search", "Longer")),
        ("Longe", None),
        ("", None),
    ],
)
def test_texts_of_fewer_letters_are_found_too(short_texts, user_agent, found):
    assert listed(user_agent) == found
