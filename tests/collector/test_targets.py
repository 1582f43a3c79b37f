"""Requests whose target names the host: they are the same requests, and are guarded as they are."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

from tracking_middleware.collector.http.targets import in_origin_form

from ..conftest import PATIENCE
from .conftest import page_view


def ask(collector, target, *, host="localhost", method="GET"):
    """The status and the body of the answer to a target that stands so on the request's first line."""
    url = collector.client.base_url
    connection = HTTPConnection(url.host, url.port, timeout=PATIENCE)
    try:
        connection.putrequest(method, target, skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.mark.parametrize(
    "origin", ["http://localhost", "HTTP://localhost:9090", "https://127.0.0.1", "http://[::1]"]
)
def test_what_is_shown_and_what_is_taken_is_asked_for_so_too(collector, origin):
    assert ask(collector, f"{origin}/health") == (200, "ok")
    assert ask(collector, f"{origin}/micro/all")[0] == 200
    assert "<html" in ask(collector, origin)[1]
    assert ask(collector, f"{origin}/nothing")[0] == 404


def test_the_host_is_the_targets(collector):
    collector.post(page_view())
    status, text = ask(collector, "http://evil.example/micro/all", host="localhost")
    assert (status, "evil.example" in text) == (403, True)
    assert ask(collector, "http://localhost/micro/all", host="evil.example")[0] == 200


def test_an_event_has_the_host_of_its_target(collector):
    ask(collector, "http://c.example:9090/i?e=pv")
    (shape,) = collector.good()
    assert shape["rawEvent"]["source"]["hostname"] == "c.example"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://a.example", "/"),
        (b"http://a.example/", "/"),
        (b"http://a.example/%C3%A4%2F", "/ä/"),
        (b"http://a.example//b", "//b"),
        (b"http://a.example/http://b.example/c", "/http://b.example/c"),
        (b"http:/a", "http:/a"),
        (b"/http://a.example/b", "/http://a.example/b"),
        (b"ftp://a.example/b", "ftp://a.example/b"),
        (b"*", "*"),
    ],
)
def test_the_path_is_what_stands_behind_the_host(target, path):
    scope = {
        "type": "http",
        "path": target.decode(),
        "raw_path": target,
        "headers": [(b"host", b"h"), (b"a", b"b")],
    }
    formed = in_origin_form(scope)
    assert formed["path"] == path
    assert (b"a", b"b") in formed["headers"]
    assert len(formed["headers"]) == 2


def test_a_server_that_gives_no_raw_path_is_understood_too():
    scope = {"type": "http", "path": "http://me@a.example/b", "headers": []}
    formed = in_origin_form(scope)
    assert (formed["path"], formed["headers"]) == ("/b", [(b"host", b"a.example")])
