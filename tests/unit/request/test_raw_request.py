"""The target of a request as servers give it, bytes that nobody escaped included."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.request.raw_request import escaped
from tracking_middleware.wsgi import EnvironRequest


def scoped(path, query, *, has_target):
    scope = {"path": path.decode("utf-8", "replace"), "query_string": query, "headers": []}
    return ScopeRequest(scope, scope | ({"raw_path": path} if has_target else {}))


def environed(path, query, *, has_target):
    target = path + b"?" + query
    environ = {"PATH_INFO": path.decode("latin-1"), "QUERY_STRING": query.decode("latin-1")}
    return EnvironRequest(
        environ, environ | ({"REQUEST_URI": target.decode("latin-1")} if has_target else {})
    )


@pytest.mark.parametrize("request_of", [scoped, environed])
@pytest.mark.parametrize("has_target", [True, False])
def test_bytes_that_are_not_escaped_are_percent_encoded(request_of, has_target):
    request = request_of("/café".encode(), "q=é%20".encode() + b"\xff", has_target=has_target)
    assert request.path == "/caf%C3%A9"
    assert request.query == "q=%C3%A9%20%FF"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/a%20b?x=[1]&y", "/a%20b?x=[1]&y"),
        ("\xc3\xa9", "%C3%A9"),
        ("\xff\x80", "%FF%80"),
        ("\u20ac", "%E2%82%AC"),
        ("a\ud800", "a?"),
    ],
)
def test_escaped(raw, expected):
    assert escaped(raw) == expected


SLASHES = st.sampled_from(["", "/"])
SEGMENTS = st.lists(st.text("ab é%", min_size=1, max_size=3), max_size=3).map("/".join)


def as_wsgi(text):
    return text.encode().decode("latin-1")


@given(before=SLASHES, mount=SEGMENTS, after=SLASHES, between=SLASHES, path=SEGMENTS, last=SLASHES)
def test_a_mount_and_a_path_have_one_slash_between_them(before, mount, after, between, path, last):
    """Whichever of them has it, both adapters give the path that the visitor asked for."""
    below = f"{between}{path}{last}" if path else between
    prefix = f"{before}{mount}{after}" if mount else before
    segments = [*filter(None, [mount, path])]
    ends = "/" if (below or prefix).endswith("/") or not segments else ""
    expected = quote("/" + "/".join(segments) + ends * bool(segments)) if below or prefix else ""
    environ = {"SCRIPT_NAME": as_wsgi(prefix), "PATH_INFO": as_wsgi(below)}
    assert EnvironRequest(environ, environ).path == expected
    if f"/{path}/".startswith(f"/{mount}/"):  # ASGI: the path has the mount in it already
        return
    scope = {"root_path": prefix, "path": below}
    assert ScopeRequest(scope, scope).path.rstrip("/") == expected.rstrip("/")


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"SCRIPT_NAME": "/app/", "PATH_INFO": "/p"}, "/app/p"),
        ({"SCRIPT_NAME": "/app", "PATH_INFO": "/app/p"}, "/app/app/p"),
        ({"SCRIPT_NAME": "/app", "PATH_INFO": "//p"}, "/app//p"),
        ({"SCRIPT_NAME": "/app/", "PATH_INFO": ""}, "/app/"),
        ({"SCRIPT_NAME": "/app", "PATH_INFO": ""}, "/app"),
        ({"SCRIPT_NAME": "/", "PATH_INFO": "/p"}, "/p"),
        ({"SCRIPT_NAME": "/app/", "PATH_INFO": "/p", "RAW_URI": "/p"}, "/app/p"),
        ({"SCRIPT_NAME": "/app/", "PATH_INFO": "/p", "RAW_URI": "/app/p"}, "/app/p"),
    ],
)
def test_a_mount_that_ends_in_a_slash(variables, path):
    assert EnvironRequest(variables, variables).path == path


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"root_path": "/app/", "path": "/p"}, "/app/p"),
        ({"root_path": "/app/", "path": "/app/p"}, "/app/p"),
        ({"root_path": "/app/", "path": "/app"}, "/app"),
        ({"root_path": "/app/", "path": "/p", "raw_path": b"/p"}, "/app/p"),
        ({"root_path": "app", "path": "p"}, "/app/p"),
    ],
)
def test_a_root_path_that_ends_in_a_slash(scope, path):
    assert ScopeRequest(scope, scope).path == path
