"""What a visitor alone may get never goes onto a response that any shared cache may store.

The caches here are a model of their own, written from RFC 9111, RFC 9213 and what real ones do.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracking_middleware import Settings, Tracker

from ..exchanges import HTML, Records, request

HEURISTIC = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}
"""Statuses that are cacheable without a word (RFC 9110, 15.1)."""
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SF_MEMBER = re.compile(
    r"[a-z*][a-z0-9_.*-]*(=(-?\d{1,15}|\?[01]|\"[^\"\\]*\"|[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*))?"
)


@dataclass(frozen=True)
class SharedCache:
    """How a shared cache reads what it gets. It keeps whatever it is not clearly told not to."""

    lines: str = "all"
    """Of several lines of Cache-Control it reads ``all``, the ``first`` or the ``last``."""
    repeated: str = "first"
    """Of a directive that comes twice the ``first`` or the ``last`` holds (RFC 9111, 4.2.1)."""
    heeds_quotes: bool = True
    """A comma in a quoted value ends no directive."""
    heeds_case: bool = False
    """It knows directives in lower case only."""
    understands: bool = True
    """It implements must-understand, and all statuses (RFC 9111, 5.2.2.3)."""
    lets_public_win: bool = False
    """What says that it may is stronger than what says that it must not."""
    targeted: str = ""
    """The header that speaks to it over the head of Cache-Control."""

    def may_store(self, status, headers, *, is_authorized=False):
        """RFC 9111, 3: whether another visitor may get what these headers come with."""
        targeted = values_of(headers, self.targeted)
        if targeted and (members := structured(", ".join(targeted))):
            return self._allows(members, status, has_expires=False, is_authorized=is_authorized)
        lines = values_of(headers, "cache-control")
        # a 304 says what its 200 would (RFC 9110, 15.4.5); that one, once stored, takes on what comes with
        # the 304, whatever that says itself (RFC 9111, 3.2 and 4.3.4)
        status = 200 if status == 304 else status
        has_expires = bool(values_of(headers, "expires"))
        found = self._directives(self._chosen(lines))
        return self._allows(found, status, has_expires=has_expires, is_authorized=is_authorized)

    def _allows(self, found, status, *, has_expires, is_authorized):
        is_public = bool({"public", "s-maxage"} & found.keys())
        must_not_store = found.get("no-store") == ""
        if "must-understand" in found and self.understands:
            must_not_store = False
        # qualified, it is only about the fields that it names
        is_private = found.get("private") == ""
        if (must_not_store or is_private) and not (is_public and self.lets_public_win):
            return False
        if is_authorized and not (is_public or "must-revalidate" in found):
            return False
        return is_public or has_expires or "max-age" in found or status in HEURISTIC

    def _chosen(self, lines):
        return {"all": lines, "first": lines[:1], "last": lines[-1:]}[self.lines]

    def _directives(self, lines):
        """What is malformed is as if it were not there."""
        found = {}
        for part in (split if self.heeds_quotes else plain_split)(", ".join(lines)):
            name, sign, value = part.strip(" \t").partition("=")
            if not self.heeds_case:
                name = name.lower()
            if (
                TOKEN.fullmatch(name)
                and (value or not sign)
                and (self.repeated == "last" or name not in found)
            ):
                found[name] = value if sign else ""
        return found


class DjangoCache:
    """``UpdateCacheMiddleware``: keeps a 200 or 304 unless it finds the word; has one value a header."""

    def may_store(self, status, headers, *, is_authorized=False):
        return status in {200, 304} and "private" not in ", ".join(values_of(headers, "cache-control"))


class NginxCache:
    """``proxy_cache``: looks for a few words anywhere in any line."""

    words = ("no-cache", "no-store", "private")

    def may_store(self, status, headers, *, is_authorized=False):
        if values_of(headers, "x-accel-expires"):
            return True
        lines = values_of(headers, "cache-control")
        return not any(word in line.lower() for line in lines for word in self.words)


CACHES = (
    *(
        SharedCache(*habits)
        for habits in itertools.product(
            ("all", "first", "last"),
            ("first", "last"),
            (True, False),
            (False,),
            (True, False),
            (True, False),
            ("", "cdn-cache-control", "surrogate-control"),
        )
    ),
    SharedCache(heeds_case=True),
    DjangoCache(),
    NginxCache(),
)


def values_of(headers, name):
    return [value for other, value in headers if other.lower() == name]


def split(text):
    """At commas outside quoted strings; an open one takes the rest with it (RFC 9110, 5.6.4)."""
    return re.findall(r'(?:[^",]|"(?:\\.|[^"\\])*(?:"|$))+', text, re.DOTALL)


def plain_split(text):
    return text.split(",")


def structured(text):
    """A Dictionary of RFC 8941, as far as directives go; where it does not parse the header is ignored."""
    members = {}
    for part in text.split(","):
        member, *_parameters = part.strip(" \t").split(";")
        if not SF_MEMBER.fullmatch(member):
            return None
        name, sign, value = member.partition("=")
        members[name] = "" if not sign or value == "?1" else value
        if value == "?0":
            del members[name]
    return members


# --- the model itself ---


@pytest.mark.parametrize(
    ("status", "headers", "may"),
    [
        (200, [], True),
        (200, [("cache-control", "max-age=60")], True),
        (200, [("cache-control", "no-cache")], True),
        (200, [("cache-control", "private")], False),
        (200, [("cache-control", 'x="a, b", Private')], False),
        (200, [("cache-control", 'x="a, private"')], True),
        (200, [("cache-control", "private="), ("expires", "0")], True),
        (200, [("cache-control", 'private="set-cookie"')], True),
        (200, [("cache-control", "no-store")], False),
        (200, [("cache-control", "no-store, must-understand")], True),
        (302, [], False),
        (302, [("cache-control", "max-age=60")], True),
        (302, [("expires", "Thu, 01 Jan 2099 00:00:00 GMT")], True),
        (304, [], True),
        (304, [("cache-control", "private")], False),
    ],
)
def test_the_model_stores_by_the_rfc(status, headers, may):
    assert SharedCache().may_store(status, headers) is may


def test_the_model_heeds_authorization():
    for control, may in (("max-age=9", False), ("public", True), ("must-revalidate, max-age=9", True)):
        assert SharedCache().may_store(200, [("cache-control", control)], is_authorized=True) is may


@pytest.mark.parametrize(
    ("cache", "headers"),
    [
        (SharedCache(lines="first"), [("cache-control", "max-age=9"), ("cache-control", "private")]),
        (SharedCache(lines="last"), [("cache-control", "private"), ("cache-control", "max-age=9")]),
        (SharedCache(repeated="last"), [("cache-control", 'private, private="x"')]),
        (
            SharedCache(heeds_quotes=False, lets_public_win=True),
            [("cache-control", 'private, x="a, public, b"')],
        ),
        (SharedCache(heeds_case=True), [("cache-control", "Private")]),
        (
            SharedCache(targeted="cdn-cache-control"),
            [("cache-control", "private"), ("cdn-cache-control", "max-age=9")],
        ),
        (DjangoCache(), [("cache-control", "no-store")]),
        (NginxCache(), [("cache-control", "private"), ("x-accel-expires", "9")]),
    ],
)
def test_other_caches_store_what_the_rfc_forbids(cache, headers):
    assert cache.may_store(200, headers)
    assert all(not cache.may_store(200, [("cache-control", "private")]) for cache in CACHES)


# --- the guard against the model ---

TELLING = ("private", "no-store", "public", "s-maxage=60", "must-understand", "max-age=60")
NAMES = ("private", "Private", "no-store", "No-Store", "public", "s-maxage", "max-age", "no-cache", "x")
VALUES = ("", "=", "=60", '="set-cookie"', '="a, public, b"', '="a, private"', '="', "=\\", " =1")
GARBAGE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
DIRECTIVES = st.one_of(
    st.sampled_from(TELLING),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "\xa0", "\t", "\x0b", '"']),
        st.sampled_from(NAMES),
        st.sampled_from(VALUES),
    ),
    GARBAGE,
)
LINES = st.builds(
    lambda separator, parts: separator.join(parts),
    st.sampled_from([", ", ", ", ",", " ,, ", ";"]),
    st.lists(DIRECTIVES, min_size=1, max_size=3),
)
CONTROLS = st.tuples(st.sampled_from(["Cache-Control", "cache-control"]), LINES | st.just(""))
TARGETED = st.tuples(
    st.sampled_from(["CDN-Cache-Control", "Surrogate-Control", "X-Accel-Expires"]),
    st.sampled_from(["max-age=60", "no-store", "max-age=60, public;x", "60", "private"]) | LINES,
)
OTHERS = st.one_of(
    st.tuples(st.just("Expires"), st.sampled_from(["Thu, 01 Jan 2099 00:00:00 GMT", "0", "soon"])),
    st.tuples(st.just("Pragma"), st.sampled_from(["no-cache", "private"])),
    st.tuples(st.just("Vary"), st.sampled_from(["Cookie", "*"])),
    st.tuples(st.just("Set-Cookie"), st.just("cart=1")),
    TARGETED,
)
HEADERS = st.builds(
    lambda controls, others: [*controls, *others],
    st.lists(CONTROLS, max_size=2),
    st.just([]) | st.lists(OTHERS, max_size=2),
)
STATUSES = st.sampled_from([200, 200, 200, 206, 299, 302, 304, 404, 500])
VISITORS = {
    "new": {},
    "withdrawn": {"sec-gpc": "1", "cookie": "_sp_twin.8e5d=anything"},
}
SETTINGS = Settings.from_mapping(
    {
        "collector_url": "log:",
        "app_id": "test",
        "identity": "issue",
        "cookie_domain": "example.test",
        "secret_key": "k" * 32,
        "server_timing": True,
        "track_status": range(200, 600),
    }
)


def added(status, headers, visitor="new", raw=lambda text: text):
    """What the middleware adds to a response."""
    exchange = Tracker(SETTINGS, delivery=Records()).begin(request(headers=VISITORS[visitor]))
    return exchange.start(status, [(raw(name), raw(value)) for name, value in [*HTML, *headers]])


@settings(max_examples=1000, deadline=None)
@given(STATUSES, HEADERS, st.sampled_from(list(VISITORS)), st.booleans(), st.booleans())
@example(200, [("Cache-Control", "no-store")], "new", True, False)
@example(200, [("Cache-Control", "\xa0private")], "new", True, False)
@example(200, [("Cache-Control", "private\x0b")], "new", False, False)
@example(200, [("Cache-Control", "private, private=60")], "new", True, False)
@example(200, [("Cache-Control", 'private, private="set-cookie"')], "new", True, False)
@example(200, [("Cache-Control", 'private, x="a, public, b"')], "new", True, False)
@example(200, [("Cache-Control", "private, public")], "new", True, True)
@example(200, [("Cache-Control", "max-age=60"), ("Cache-Control", "private")], "new", True, False)
@example(304, [("Cache-Control", "no-store, must-understand")], "withdrawn", True, False)
def test_nothing_of_one_visitor_goes_onto_what_a_shared_cache_may_store(
    status, headers, visitor, is_asgi, is_authorized
):
    raw = (lambda text: text.encode("latin-1")) if is_asgi else (lambda text: text)
    extra = added(status, headers, visitor, raw)
    if extra:
        assert {name for name, _ in extra} & {"Set-Cookie", "Server-Timing"}
        answer = headers if status == 304 else [*headers, *extra]
        kept = [cache for cache in CACHES if cache.may_store(status, answer, is_authorized=is_authorized)]
        assert kept == []


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize(
    ("controls", "is_mended"),
    [
        ([], True),
        (["no-store"], True),
        (["no-cache, no-store, max-age=0"], True),
        (["Private"], True),
        (["private"], False),
        (["max-age=0, private, must-revalidate"], False),
        (["private", "private"], False),
    ],
)
def test_it_goes_onto_what_none_stores(controls, is_mended, visitor):
    extra = added(200, [("Cache-Control", control) for control in controls], visitor)
    assert "Set-Cookie" in dict(extra)
    assert (("Cache-Control", "private") in extra) is is_mended


def test_pages_of_which_nothing_is_told_keep_their_cache_control():
    settled = Settings.from_mapping({"collector_url": "log:", "app_id": "test"})
    exchange = Tracker(settled, delivery=Records()).begin(request())
    assert exchange.start(200, HTML) == ()
