"""What each library's requests are, by the headers that its own release sends."""

from __future__ import annotations

import pytest

from tracking_middleware.request.client_libraries import CLIENT_LIBRARIES
from tracking_middleware.request.raw_request import SPECIAL_HEADERS
from tracking_middleware.request.rules import PathRules, request_reason
from tracking_middleware.request.view import REQUEST_HEADERS

from .test_rules import environed, scoped, viewed

PATHS = PathRules(exclude=(), include=())
SCRIPT = {"sec-fetch-dest": "empty", "sec-fetch-mode": "cors", "accept": "*/*"}
"""What Chromium adds to any fetch() and XMLHttpRequest."""
PAGE = "text/html, application/xhtml+xml"
TURBO = {"accept": PAGE, "x-turbo-request-id": "74acc620-60fd-43d5-85d5-9d0a7e89236a"}
STREAM = f"text/vnd.turbo-stream.html, {PAGE}"
INERTIA = {"accept": PAGE, "x-requested-with": "XMLHttpRequest", "x-inertia": "true"}
UNPOLY = {"x-up-version": "3.14.3", "x-up-mode": "root"}
XHR = {"x-requested-with": "XMLHttpRequest"}
RSC = {"rsc": "1", "next-router-state-tree": "%5B%5D"}

REQUESTS = {
    "htmx 2: a part": ({"hx-request": "true"}, "fragment"),
    "htmx 2: boosted": ({"hx-request": "true", "hx-boosted": "true"}, None),
    "htmx 2: history": ({"hx-request": "true", "hx-history-restore-request": "true"}, None),
    "htmx 2: history, as no request": ({"hx-history-restore-request": "true"}, None),
    "htmx 2 preload: a part": ({"hx-request": "true", "hx-preloaded": "true"}, "prefetch"),
    "htmx 2 preload: boosted": (
        {"hx-request": "true", "hx-boosted": "true", "hx-preloaded": "true"},
        "prefetch",
    ),
    "htmx 2 preload: a link": ({"hx-preloaded": "true"}, "fetch"),
    "htmx 4: a part": ({"accept": "text/html", "hx-request": "true"}, "fragment"),
    "htmx 4: boosted": ({"accept": "text/html", "hx-request": "true", "hx-boosted": "true"}, None),
    "htmx 4: history": (
        {"accept": "text/html", "hx-request": "true", "hx-history-restore-request": "true"},
        None,
    ),
    "Turbo 8: a visit": (TURBO, None),
    "Turbo 8: after a form": ({**TURBO, "accept": STREAM}, None),
    "Turbo 8: hovered": ({**TURBO, "x-sec-purpose": "prefetch"}, "prefetch"),
    "Turbo 8: a frame": ({**TURBO, "turbo-frame": "list"}, "fragment"),
    "Turbo 8: a frame's form": ({**TURBO, "accept": STREAM, "turbo-frame": "list"}, "fragment"),
    "Turbo 8: a frame hovered": (
        {**TURBO, "turbo-frame": "list", "x-sec-purpose": "prefetch"},
        "prefetch",
    ),
    "Turbo 8: Turbo.fetch of the page's own": ({**TURBO, "accept": "*/*"}, "fetch"),
    "Rails' request.js: html": ({**TURBO, **XHR}, "fetch"),
    "Rails' request.js: stream": ({**TURBO, **XHR, "accept": STREAM}, "fetch"),
    "Turbo 7: a visit": ({"accept": PAGE}, "fetch"),
    "Turbo 7: a frame": ({"accept": PAGE, "turbo-frame": "list"}, "fragment"),
    "Unpoly: a part": ({**UNPOLY, "x-up-target": ".content"}, "fetch"),
    "Unpoly: the body, maybe preloaded": ({**UNPOLY, "x-up-target": "body"}, "fetch"),
    "Swup: maybe preloaded": ({"accept": PAGE, "x-requested-with": "swup"}, "fetch"),
    "Barba: maybe preloaded": ({"accept": f"{PAGE},application/xml", "x-barba": "yes"}, "fetch"),
    "Livewire: navigate, maybe hovered": ({"x-livewire-navigate": "1"}, "fetch"),
    "Livewire: an update": ({"x-livewire": "1"}, "fetch"),
    "Inertia: a visit": (INERTIA, "fetch"),
    "Inertia: hovered": ({**INERTIA, "purpose": "prefetch"}, "prefetch"),
    "jquery-pjax": ({"accept": "text/html, */*; q=0.01", **XHR, "x-pjax": "true"}, "fetch"),
    "pjax": ({**XHR, "x-pjax": "true", "x-pjax-selectors": "[]"}, "fetch"),
    "Next.js: app router": (RSC, "fetch"),
    "Next.js: app router, ahead": ({**RSC, "next-router-prefetch": "1"}, "fetch"),
    "Next.js: pages router": ({"x-nextjs-data": "1"}, "fetch"),
    "Next.js: pages router, ahead": ({"x-nextjs-data": "1", "purpose": "prefetch"}, "prefetch"),
    "Nuxt, SvelteKit, React Router: data": ({}, "fetch"),
    "Quicklink, instant.page: by a link": (
        {"sec-fetch-mode": "no-cors", "sec-purpose": "prefetch", "accept": PAGE},
        "prefetch",
    ),
    "Quicklink: by fetch": ({}, "fetch"),
}


@pytest.mark.parametrize("read", [viewed, scoped, environed])
@pytest.mark.parametrize(("headers", "reason"), REQUESTS.values(), ids=REQUESTS)
def test_what_a_library_asks_for(read, headers, reason):
    assert request_reason(read("/page", "GET", {**SCRIPT, **headers}), PATHS) == reason


@pytest.mark.parametrize("read", [viewed, scoped, environed])
@pytest.mark.parametrize(("headers", "reason"), REQUESTS.values(), ids=REQUESTS)
def test_plain_http_changes_nothing_but_what_nobody_can_tell(read, headers, reason):
    """Without ``Sec-Fetch-*``: a visit of Turbo 7 looks as a page does, a link of Quicklink still says so."""
    sent = {"accept": "*/*", **headers}
    sent.pop("sec-fetch-mode", None)
    told = None if headers == {"accept": PAGE} else reason
    assert request_reason(read("/page", "GET", sent), PATHS) == told


def test_each_row_of_the_table_decides_something():
    """A row that another one before it always forestalls, or whose headers nobody copies, would be dead."""
    for row in CLIENT_LIBRARIES:
        sent = {"accept": PAGE, **{name: word or "x" for name, word in row.headers}}
        assert next(other for other in CLIENT_LIBRARIES if other.holds(sent)) is row
        assert {name for name, _ in row.headers} <= REQUEST_HEADERS


def test_what_is_looked_for_beside_document_is_read_at_all():
    assert set(SPECIAL_HEADERS) <= REQUEST_HEADERS


@pytest.mark.parametrize("word", ["false", "", "1"])
def test_a_header_that_says_no_is_none(word):
    assert request_reason(viewed("/page", "GET", {**SCRIPT, "hx-boosted": word}), PATHS) == "fetch"
