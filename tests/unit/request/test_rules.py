"""Which exchanges are page views."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.request.raw_request import SPECIAL_HEADERS, ViewedRequest
from tracking_middleware.request.rules import PathRules, prefetched_as, request_reason, response_reason
from tracking_middleware.request.view import RequestView, ResponseView
from tracking_middleware.settings.globs import glob_regex
from tracking_middleware.settings.settings import DEFAULT_EXCLUDE, Settings
from tracking_middleware.wsgi import EnvironRequest

SETTINGS = Settings(collector_url="log:", app_id="test")
PATHS = PathRules(exclude=DEFAULT_EXCLUDE, include=())
DOCUMENT = {"sec-fetch-dest": "document"}


def viewed(path, method, headers):
    view = RequestView(
        method=method,
        scheme="https",
        host="a",
        path=path,
        query="",
        headers=headers,
        peer="",
        native_source=dict,
    )
    return ViewedRequest(view, {})


def scoped(path, method, headers):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": method, "path": unquote(path), "raw_path": path.encode(), "headers": raw}
    return ScopeRequest(scope, scope)


def environed(path, method, headers):
    variables = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path),
        "RAW_URI": f"{path}?q=/static/",
        **variables,
    }
    return EnvironRequest(environ, environ)


@pytest.fixture(params=[viewed, scoped, environed])
def request_of(request):
    """A request as each of the adapters reads it."""

    def make(path="/page", method="GET", **headers):
        return request.param(path, method, {name.replace("_", "-"): value for name, value in headers.items()})

    return make


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"sec_fetch_dest": "document"}, None),
        ({"accept": "text/html,*/*"}, None),
        ({"accept": "TEXT/HTML"}, None),
        ({"sec_fetch_dest": "empty", "hx_boosted": "true", "hx_request": "true"}, None),
        ({"sec_fetch_dest": "empty", "hx_history_restore_request": "true", "hx_request": "true"}, None),
        ({}, "fetch"),
        ({"accept": "*/*"}, "fetch"),
        ({"accept": "text/html", "x_requested_with": "XMLHttpRequest"}, "fetch"),
        ({"sec_fetch_dest": "empty", "accept": "text/html"}, "fetch"),
        ({"sec_fetch_dest": "empty", "accept": "text/html", "sec_fetch_mode": "navigate"}, None),
        ({"sec_fetch_dest": "Empty", "accept": "TEXT/HTML", "sec_fetch_mode": "Navigate"}, None),
        ({"sec_fetch_dest": "empty", "accept": "*/*", "sec_fetch_mode": "navigate"}, "fetch"),
        ({"sec_fetch_dest": "empty", "sec_fetch_mode": "navigate"}, "fetch"),
        ({"sec_fetch_dest": "empty", "accept": "text/html", "sec_fetch_mode": "cors"}, "fetch"),
        ({"sec_fetch_dest": "empty", "accept": "text/html", "sec_fetch_mode": "same-origin"}, "fetch"),
        ({"sec_fetch_dest": "empty", "accept": "text/html", "sec_fetch_mode": "no-cors"}, "fetch"),
        ({"sec_fetch_dest": "iframe", "accept": "text/html", "sec_fetch_mode": "navigate"}, "frame"),
        ({"sec_fetch_dest": "object", "accept": "text/html", "sec_fetch_mode": "navigate"}, "frame"),
        ({"sec_fetch_dest": "", "accept": "text/html", "sec_fetch_mode": "navigate"}, "fetch"),
        ({"sec_fetch_dest": "image"}, "fetch"),
        ({"accept": "text/html", "hx_request": "true"}, "fragment"),
        ({"sec_fetch_dest": "empty", "hx_request": "true"}, "fragment"),
        ({"sec_fetch_dest": "iframe"}, "frame"),
        ({"sec_fetch_dest": "frame"}, "frame"),
        ({"sec_fetch_dest": "fencedframe"}, "frame"),
        ({"sec_fetch_dest": "document", "sec_purpose": "prefetch"}, "prefetch"),
        ({"sec_fetch_dest": "document", "sec_purpose": "prefetch;prerender"}, "prefetch"),
        ({"sec_fetch_dest": "document", "purpose": "prefetch"}, "prefetch"),
        ({"sec_fetch_dest": "document", "x_moz": "Prefetch"}, "prefetch"),
        ({"sec_fetch_dest": "document", "x_purpose": "preview"}, "prefetch"),
        ({"sec_fetch_dest": "empty", "sec_purpose": "prefetch"}, "prefetch"),
        ({"sec_fetch_dest": "document", "purpose": "anything"}, None),
        ({"sec_fetch_dest": "document", "hx_request": "true"}, "fragment"),
        ({"sec_fetch_dest": "Document"}, None),
        ({"sec_fetch_dest": "", "accept": "text/html"}, "fetch"),
        ({"sec_fetch_dest": "document", "x_requested_with": "XMLHttpRequest"}, None),
    ],
)
def test_reason_by_headers(request_of, headers, reason):
    assert request_reason(request_of(**headers), PATHS) == reason


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "get"])
def test_only_get_is_a_page_view(request_of, method):
    assert request_reason(request_of(method=method, accept="text/html"), PATHS) == "method"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/static/a/b.css", "excluded"),
        ("/st%61tic/a", "excluded"),
        ("/healthz", "excluded"),
        ("/health/x", None),
        ("/favicon.ico", "excluded"),
        ("/app/favicon.ico", None),
        ("/metrics", "excluded"),
        ("/metricsx", None),
    ],
)
def test_default_exclude(request_of, path, reason):
    assert request_reason(request_of(path, accept="text/html"), PATHS) == reason


@pytest.mark.parametrize("name", SPECIAL_HEADERS)
def test_a_document_is_told_by_its_destination_alone_where_nothing_special_came(request_of, name):
    assert request_of(**DOCUMENT).plain_destination() == "document"
    assert request_of(**DOCUMENT, **{name: ""}).plain_destination() is None


@pytest.mark.parametrize("name", ["dnt", "sec-gpc"])
def test_a_browser_is_silent_without_either_signal(request_of, name):
    assert request_of(**DOCUMENT).is_silent()
    assert not request_of(**{name: "0"}).is_silent()


texts = st.text("/ab*%ö?", max_size=6)


@given(st.lists(texts, max_size=3), st.lists(texts, max_size=1), st.text("/ab%C3B6", max_size=9))
def test_an_escaped_path_is_excluded_as_the_decoded_one_is(exclude, include, path):
    def is_one_of(globs):
        return any(re.fullmatch(glob_regex(glob), unquote(path), re.DOTALL) for glob in globs)

    is_excluded = PathRules(exclude=exclude, include=include).excludes(path)
    assert is_excluded == (is_one_of(exclude) and not is_one_of(include))


def test_include_wins_over_exclude():
    paths = PathRules(exclude=["/admin/**"], include=["/admin/*/public"])
    assert paths.excludes("/admin/a/b")
    assert not paths.excludes("/admin/a/public")
    assert paths.excludes("/admin/a/b/public")


def test_a_glob_holds_its_other_characters_literally():
    paths = PathRules(exclude=["/a.b[c]?"], include=())
    assert paths.excludes("/a.b[c]?")
    assert not paths.excludes("/aXbc")


@pytest.mark.parametrize(
    ("status", "content_type", "reason"),
    [
        (200, "text/html; charset=utf-8", None),
        (200, "application/xhtml+xml", None),
        (203, "Text/HTML", None),
        (304, "", None),
        (200, "", "content_type"),
        (200, "application/json", "content_type"),
        (204, "text/html", "content_type"),
        (205, "text/html", "content_type"),
        (301, "text/html", "status"),
        (404, "text/html", "status"),
        (500, "text/html", "status"),
    ],
)
@pytest.mark.parametrize("encoded", [False, True])
def test_reason_by_response(status, content_type, reason, encoded):
    header = (b"Content-Type", content_type.encode()) if encoded else ("content-type", content_type)
    assert response_reason(ResponseView.of(status, [header]), SETTINGS) == reason


def test_track_status_decides_which_statuses_count():
    settings = Settings(collector_url="log:", app_id="test", track_status=["200", "404-410"])
    assert response_reason(ResponseView(404, "text/html"), settings) is None
    assert response_reason(ResponseView(204, "text/html"), settings) == "status"


@pytest.mark.parametrize(
    ("disposition", "is_download"),
    [
        ("attachment", True),
        ("Attachment", True),
        (" ATTACHMENT ; filename=a.html", True),
        ('attachment; filename="inline; a.html"', True),
        ("attachment;filename*=UTF-8''caf%C3%A9.html", True),
        ("form-data; name=a", True),  # RFC 6266: a type that nobody knows is handled as attachment
        ("inline", False),
        ("INLINE", False),
        ('inline; filename="attachment; a.html"', False),
        ("", False),
        ('filename="attachment.html"', False),  # no type at all
        ("; attachment", False),
    ],
)
@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("comes_first", [False, True])
def test_html_that_is_saved_to_a_file_is_no_page(disposition, is_download, encoded, comes_first):
    headers = [("Content-Type", "text/html"), ("CONTENT-DISPOSITION", disposition)]
    headers = headers[::-1] if comes_first else headers
    if encoded:
        headers = [(name.lower().encode(), value.encode()) for name, value in headers]
    view = ResponseView.of(200, headers)
    assert response_reason(view, SETTINGS) == ("attachment" if is_download else None)


def test_of_two_content_types_the_first_counts():
    view = ResponseView.of(200, [("Content-Type", "application/json"), ("Content-Type", "text/html")])
    assert response_reason(view, SETTINGS) == "content_type"


@pytest.mark.parametrize(
    ("status", "content_type", "reason"), [(404, "text/html", "status"), (200, "text/csv", "content_type")]
)
def test_a_download_that_was_no_page_anyway_keeps_its_name(status, content_type, reason):
    headers = [("Content-Type", content_type), ("Content-Disposition", "attachment")]
    assert response_reason(ResponseView.of(status, headers), SETTINGS) == reason


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"sec-fetch-dest": "document", "sec-purpose": "prefetch"}, "prefetch"),
        ({"sec-fetch-dest": "document", "sec-purpose": "prefetch;prerender"}, "prerender"),
        ({"sec-fetch-dest": "document", "sec-purpose": "Prefetch; Prerender"}, "prerender"),
        ({"sec-fetch-dest": "document", "x-purpose": "preview"}, "preview"),
        ({"sec-fetch-dest": "empty", "purpose": "prefetch"}, "prefetch"),
        ({"sec-fetch-dest": "empty", "x-sec-purpose": "prefetch"}, "prefetch"),
        ({"sec-fetch-dest": "empty", "x-sec-purpose": "prefetch", "turbo-frame": "list"}, None),
        ({"hx-request": "true", "hx-preloaded": "true", "hx-boosted": "true"}, "prefetch"),
        ({"hx-request": "true", "hx-preloaded": "true"}, None),
        ({"hx-request": "true", "purpose": "prefetch"}, None),
        ({"sec-fetch-dest": "iframe", "sec-purpose": "prefetch"}, None),
    ],
)
def test_how_a_page_is_fetched_ahead(headers, kind):
    headers = {"accept": "text/html", **headers}
    assert request_reason(viewed("/page", "GET", headers), PATHS) == "prefetch"
    assert prefetched_as(headers) == kind
