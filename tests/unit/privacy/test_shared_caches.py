"""Onto which responses something of one visitor's may go."""

from __future__ import annotations

import pytest

from tracking_middleware.privacy.shared_caches import cache_answer


def answer(*controls, status=200, **others):
    headers = [("Cache-Control", control) for control in controls]
    return cache_answer(
        status, [*headers, *((name.replace("_", "-"), value) for name, value in others.items())]
    )


@pytest.mark.parametrize("control", ["private", "max-age=60 , private", "private, no-store", ",private,\t"])
def test_private_allows(control):
    assert answer(control) == "private"
    assert cache_answer(200, [(b"cache-control", control.encode())]) == "private"


@pytest.mark.parametrize("control", ["no-store", "max-age=0 , No-Store", "Private, max-age=60"])
def test_what_some_caches_do_not_know_allows_and_is_mended(control):
    assert answer(control) == "mendable"


def test_no_word_allows_and_is_mended():
    assert answer(Expires="Thu, 01 Jan 2099 00:00:00 GMT", ETag="x") == "mendable"


@pytest.mark.parametrize(
    "control",
    [
        *("", "public", "max-age=60", "no-cache", "s-maxage=1", "must-revalidate", "privateer", "x=private"),
        *("private, public", "private, s-maxage=60", 'private="set-cookie"', "no-store=1", 'x="private"'),
        *('x="a, private, b"', '"private"', "private; no-store", 'private, x="', "private=", "no-store="),
        *('private, private="set-cookie"', 'private, x="a, public, b"', "\xa0private", "private\x0b"),
        *("no-store, must-understand", "must-understand=1, no-store, max-age=60", "private = x"),
    ],
)
def test_anything_else_refuses(control):
    assert answer(control) == "shared"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("private", "no-store"), "private"),
        (("no-store", "max-age=0, no-store"), "mendable"),
        (("private", "public"), "shared"),
        (("max-age=60", "private"), "shared"),
        (("private", ""), "shared"),
    ],
)
def test_each_of_several_lines_has_to_allow(lines, expected):
    assert answer(*lines) == answer(*reversed(lines)) == expected


@pytest.mark.parametrize("start", ["a", "a=", "a=b"])
def test_a_long_answer_is_read_in_no_time(start):
    """Were a blank tried in more than one place, this would take hours."""
    assert answer(start + " " * 200_000 + "!") == "shared"


@pytest.mark.parametrize(
    "name",
    [
        *("Surrogate-Control", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "X-Accel-Expires"),
        *("Edge-Control", "X-LiteSpeed-Cache-Control"),
    ],
)
@pytest.mark.parametrize("controls", [(), ("private",)])
def test_a_word_to_one_shared_cache_refuses(name, controls):
    assert answer(*controls, **{name: "max-age=60"}) == "shared"


def test_a_304_without_a_word_refuses():
    assert answer(status=304) == "shared"
    assert answer("private", status=304) == "private"
