"""The target of a request as servers give it, bytes that nobody escaped included."""

from __future__ import annotations

import pytest

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
