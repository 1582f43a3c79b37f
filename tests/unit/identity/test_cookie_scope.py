"""Which suffix and domain the tracker on a host uses."""

from __future__ import annotations

import re
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.identity import cookies
from tracking_middleware.identity.cookie_scope import CookieScope, NoScopeError, configured_domain, scope_of
from tracking_middleware.identity.cookies import cookie_suffix


def scope(host, *, cookie_domain=None, tracker_compat="4", cookie_path="/"):
    return scope_of(host, cookie_domain=cookie_domain, cookie_path=cookie_path, tracker_compat=tracker_compat)


@pytest.mark.parametrize("tracker_compat", ["3", "4"])
@pytest.mark.parametrize(
    ("host", "suffix"),
    [("localhost:8000", "1fff"), ("127.0.0.1:8000", "dc78"), ("[::1]:8000", cookie_suffix("[::1]"))],
)
def test_addresses_and_single_labels_are_host_only(host, suffix, tracker_compat):
    assert scope(host, tracker_compat=tracker_compat) == CookieScope(suffix, None)
    assert scope(host, tracker_compat=tracker_compat, cookie_domain="auto") == CookieScope(suffix, None)


def test_version_3_stores_on_the_host_alone():
    assert scope("WWW.example.test.:80", tracker_compat="3") == CookieScope("0056", None)


def test_version_4_needs_to_be_told_the_root():
    with pytest.raises(NoScopeError, match="set cookie_domain") as caught:
        scope("www.example.test")
    assert caught.value.name == "cookie_domain_missing"


@pytest.mark.parametrize(("cookie_domain", "suffix"), [("example.test", "8e5d"), (".example.test", "fd58")])
@pytest.mark.parametrize("host", ["example.test", "www.example.test:8443"])
def test_a_configured_domain_is_written_as_the_tracker_writes_it(host, cookie_domain, suffix):
    assert scope(host, cookie_domain=cookie_domain) == CookieScope(suffix, "example.test")


@pytest.mark.parametrize(
    ("host", "settings", "suffix", "domain"),
    [
        ("www.example.test.:80", {"cookie_domain": "auto"}, "e340", "example.test."),
        ("WWW.Example.TEST.", {"cookie_domain": "auto"}, "e340", "example.test."),
        ("xn--bcher-kva.example.test.", {"cookie_domain": "auto"}, "e340", "example.test."),
        ("www.abc.co.uk.", {"cookie_domain": "auto"}, "cfca", "abc.co.uk."),
        ("www.ck.", {"cookie_domain": "auto"}, "a72c", "www.ck."),
        ("co.uk.", {"cookie_domain": "auto"}, "a0ca", None),
        ("www.example.test.", {"tracker_compat": "3"}, "0056", None),
        ("localhost.:8000", {"tracker_compat": "3"}, "1fff", None),
        ("localhost.:8000", {}, "5d9a", None),
        ("intranet.", {"cookie_domain": "auto"}, "1af1", None),
        ("127.0.0.1.:8000", {}, "dc78", None),
    ],
)
def test_a_dot_at_the_end_of_the_host_is_the_domains_too(host, settings, suffix, domain):
    """As Chromium stores what versions 3 and 4 write there; with the same suffixes."""
    assert scope(host, **settings) == CookieScope(suffix, domain)


@pytest.mark.parametrize(
    ("host", "cookie_domain"),
    [
        ("www.example.test.", "example.test"),
        ("example.test.:8443", ".example.test"),
        ("localhost.", "localhost"),
    ],
)
def test_a_configured_domain_without_the_hosts_dot_is_refused_under_a_name_of_its_own(host, cookie_domain):
    with pytest.raises(NoScopeError, match="redirect such requests") as caught:
        scope(host, cookie_domain=cookie_domain)
    assert caught.value.name == "host_trailing_dot"


def test_a_domain_of_somebody_elses_is_a_mismatch_with_a_dot_or_without():
    with pytest.raises(NoScopeError) as caught:
        scope("www.example.org.", cookie_domain="example.test")
    assert caught.value.name == "cookie_domain_mismatch"


def test_the_path_is_part_of_the_suffix():
    assert scope("example.test", cookie_domain="example.test", cookie_path="/shop/").suffix == "2b5a"


@pytest.mark.parametrize("host", ["example.org", "notexample.test", "127.0.0.1", "localhost"])
def test_a_domain_that_the_browser_would_refuse_is_refused(host):
    with pytest.raises(NoScopeError, match="a browser takes no cookie") as caught:
        scope(host, cookie_domain="example.test")
    assert caught.value.name == "cookie_domain_mismatch"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_configured_domain_without_a_dot_is_host_only(host):
    assert scope(host, cookie_domain=host).domain is None


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            ".",
            "a.example.com..",
            "a;b.example.com",
            "a.example.com; Path=/x",
            "a..example.com",
            "a\r\nb.example.com",
        ),
        *(
            "b\xfccher.example.com",
            "a b.example.com",
            "a,b.example.com",
            f"{'a' * 250}.example.com",
            "a@b.example.com",
        ),
    ],
)
@pytest.mark.parametrize("cookie_domain", [None, "auto", "example.com"])
@pytest.mark.parametrize("tracker_compat", ["3", "4"])
def test_what_is_no_host_name_reaches_no_cookie(host, cookie_domain, tracker_compat):
    with pytest.raises(NoScopeError, match="is no host name") as caught:
        scope(host, cookie_domain=cookie_domain, tracker_compat=tracker_compat)
    assert caught.value.name == "host_invalid"


@given(st.text(max_size=80))
def test_a_scope_holds_nothing_but_a_domain(host):
    configured = configured_domain(host, "auto")
    assert configured is None or re.fullmatch(r"[a-z0-9_.:\[\]%-]+", configured)
    try:
        found = scope(host, cookie_domain="auto")
    except NoScopeError:
        return
    assert found.domain is None or re.fullmatch(r"[a-z0-9_.-]+", found.domain)


ROOTS = {
    "www.abc.co.uk": "abc.co.uk",
    "abc.co.uk": "abc.co.uk",
    "shop.bbc.nl": "bbc.nl",
    "app.eu.example.test": "example.test",
    "a.b.c.d.example.com": "example.com",
    "user.github.io": "user.github.io",
    "deep.user.github.io": "user.github.io",
    "xn--bcher-kva.example.com": "example.com",
    "www.xn--bcher-kva.de": "xn--bcher-kva.de",
    "www.xn--fiqs8s": "www.xn--fiqs8s",
    "www.city.kawasaki.jp": "city.kawasaki.jp",
    "www.ck": "www.ck",
}
"""Hosts, and the domain on which the tracker stores there; a browser test asks the tracker itself."""


@pytest.mark.parametrize(("host", "root"), ROOTS.items())
def test_auto_is_the_root_that_the_tracker_discovers(host, root):
    assert scope(host, cookie_domain="auto") == CookieScope(cookie_suffix(root), root)
    assert configured_domain(f"{host}:8000", "auto") == root


@pytest.mark.parametrize("host", ["co.uk", "github.io"])
def test_auto_on_a_public_suffix_is_host_only(host):
    assert scope(host, cookie_domain="auto") == CookieScope(cookie_suffix(host), None)


@pytest.mark.parametrize("host", [":" * 60_000, "[" + ":" * 60_000 + "]", "1." * 30_000, "a." * 30_000])
def test_a_host_of_any_length_is_no_address_and_has_no_domains_to_look_for(host, monkeypatch):
    def read(text):
        assert len(text) < 200
        return ip_address(text)

    monkeypatch.setattr(cookies.ipaddress, "ip_address", read)
    with pytest.raises(NoScopeError):
        scope(host, cookie_domain="example.test")
    assert len(cookies._suffixes_of(host, "/")) == 1
