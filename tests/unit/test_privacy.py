"""Onto which responses something of one visitor's may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.privacy import cache_answer


def answer(*controls, status=200, **others):
    headers = [("Cache-Control", control) for control in controls]
    return cache_answer(
        status, [*headers, *((name.replace("_", "-"), value) for name, value in others.items())]
    )


@pytest.mark.parametrize(
    "control",
    ["private", "Private, max-age=60", "no-store", "max-age=0 , no-store", "private, no-store", ",private"],
)
def test_private_and_no_store_allow(control):
    assert answer(control) == "private"
    assert cache_answer(200, [(b"cache-control", control.encode())]) == "private"


def test_no_word_allows_and_is_mended():
    assert answer(Expires="Thu, 01 Jan 2099 00:00:00 GMT", ETag="x") == "unsaid"


@pytest.mark.parametrize(
    "control",
    [
        *("", "public", "max-age=60", "no-cache", "s-maxage=1", "must-revalidate", "privateer", "x=private"),
        *("private, public", "private, s-maxage=60", 'private="set-cookie"', "no-store=1", 'x="private"'),
        *('x="a, private, b"', '"private"', "private; no-store", 'private, x="'),
    ],
)
def test_anything_else_refuses(control):
    assert answer(control) == "shared"


@pytest.mark.parametrize("start", ["a", "a=", "a=b"])
def test_a_long_answer_is_read_in_no_time(start):
    """Were a blank tried in more than one place, this would take hours."""
    assert answer(start + " " * 200_000 + "!") == "shared"


def test_several_lines_are_one_list():
    assert answer("max-age=60", "private") == "private"
    assert answer("private", "public") == "shared"


@pytest.mark.parametrize(
    "name", ["Surrogate-Control", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "X-Accel-Expires"]
)
@pytest.mark.parametrize("controls", [(), ("private",)])
def test_a_word_to_one_shared_cache_refuses(name, controls):
    assert answer(*controls, **{name: "max-age=60"}) == "shared"


def test_a_304_without_a_word_refuses():
    assert answer(status=304) == "shared"
    assert answer("private", status=304) == "private"


DIRECTIVES = st.sampled_from(
    [
        "private",
        "no-store",
        "public",
        "s-maxage=60",
        "max-age=60",
        "no-cache",
        'private="x"',
        "immutable",
        'x="private, y"',
    ]
)


@given(st.lists(DIRECTIVES, max_size=5), st.integers(0, 4))
def test_never_allows_what_a_shared_cache_may_store(directives, split):
    """A shared cache stores unless told by an unqualified private or no-store (RFC 9111, 3)."""
    controls = [", ".join(part) for part in (directives[:split], directives[split:]) if part]
    may_store = not {"private", "no-store"} & set(directives)
    if controls and may_store:
        assert answer(*controls) == "shared"
