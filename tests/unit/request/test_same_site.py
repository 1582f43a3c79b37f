"""Whether a Strict cookie would have come with a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.request.raw_request import ViewedRequest
from tracking_middleware.request.same_site import surely_brings_strict_cookies

from ..exchanges import request


def brings(headers, *, host="www.example.test", origin=None, domain="example.test"):
    view = request(host=host, headers=headers)
    return surely_brings_strict_cookies(ViewedRequest(view, {}), origin=origin, domain=domain)


@pytest.mark.parametrize(
    ("site", "brought"),
    [
        ("same-origin", True),
        ("same-site", True),
        ("none", True),
        ("cross-site", False),
        ("", False),
        ("none, none", False),
        ("something new", False),
    ],
)
@pytest.mark.parametrize("referrer", ["https://www.example.test/", "https://other.test/", ""])
def test_the_browsers_own_word_counts_whatever_the_referrer_says(site, brought, referrer):
    assert brings({"sec-fetch-site": site, "referer": referrer}) is brought


@pytest.mark.parametrize(
    ("referrer", "brought"),
    [
        ("https://www.example.test/page?a=b", True),
        ("https://WWW.example.test:8443/", True),
        ("https://example.test/", True),
        ("https://shop.example.test/", True),
        ("http://www.example.test/", False),
        ("https://notexample.test/", False),
        ("https://www.example.test./", False),
        ("https://www.example.test.other.test/", False),
        ("https://other.test/?https://www.example.test/", False),
        ("about:blank", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_without_it_a_referrer_of_the_same_site_counts(referrer, brought):
    assert brings({"referer": referrer}) is brought


def test_without_either_nobody_knows():
    assert brings({}) is False


def test_a_host_alone_vouches_for_no_other():
    assert brings({"referer": "https://www.example.test/"}, domain=None) is True
    assert brings({"referer": "https://shop.example.test/"}, domain=None) is False


def test_scheme_and_host_are_those_that_the_browser_knows():
    seen = {"referer": "http://public.test/"}
    assert brings(seen, host="10.0.0.5:8000", origin="http://public.test", domain=None) is True
    assert brings(seen, host="10.0.0.5:8000", origin="https://public.test", domain=None) is False


@given(st.text(max_size=60), st.text(max_size=20))
def test_never_raises(referrer, host):
    assert brings({"referer": f"https://{referrer}"}, host=host) in {True, False}
