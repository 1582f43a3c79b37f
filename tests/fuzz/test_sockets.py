"""What calls within the process cannot show: bytes on a connection to real servers."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
from urllib.parse import quote

import pytest
import uvicorn
import waitress.server
import waitress.wasyncore

from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from ..conftest import PATIENCE, POST_PATH, SCHEMA

HEAD = b"GET /page HTTP/1.1\r\nHost: www.example.test\r\nAccept: text/html\r\nConnection: close\r\n"
GZIP = b"Content-Encoding: gzip\r\n"
EVENT = {"e": "pv", "p": "web", "tv": "fuzz", "url": "https://a.example/"}
REQUESTS = {
    "an ordinary one": HEAD + b"\r\n",
    "bytes that are no UTF-8": HEAD + b"Cookie: _sp_id.8e5d=\xff\xfe; a=\x80\r\nUser-Agent: \xff\r\n\r\n",
    "a NUL in a header": HEAD + b"User-Agent: a\0b\r\n\r\n",
    "a bare line feed in a header": HEAD + b"User-Agent: a\nX-Injected: 1\r\n\r\n",
    "a bare carriage return in a header": HEAD + b"User-Agent: a\rX-Injected: 1\r\n\r\n",
    "a folded header": HEAD + b"User-Agent: a\r\n X-Injected: 1\r\n\r\n",
    "tabs in a header": HEAD + b"User-Agent: a" + b"\t" * 990 + b"b\r\n\r\n",
    "a cookie of 60 KB": HEAD + b"Cookie: _sp_id.8e5d=" + b"a" * 60_000 + b"\r\n\r\n",
    "ten thousand cookies": HEAD + b"Cookie: " + b"a=b; " * 10_000 + b"\r\n\r\n",
    "duplicate headers": HEAD + b"Cookie: a=b\r\nReferer: a\r\n" * 40 + b"\r\n",
    "two hosts": HEAD + b"Host: evil.example\r\n\r\n",
    "brackets for a host": HEAD.replace(b"www.example.test", b"[::::]") + b"\r\n",
    "line breaks in escapes": HEAD.replace(b"/page", b"/%0d%0aX-Injected:%201?%0d%0a") + b"\r\n",
    "raw bytes in the target": HEAD.replace(b"/page", b"/\xff\xfe?\xff") + b"\r\n",
    "a target of 60 KB": HEAD.replace(b"/page", b"/" + b"%2525" * 12_000) + b"\r\n",
    "an absolute target": HEAD.replace(b"/page", b"http://[::1/page") + b"\r\n",
    "no request at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
}


def page_wsgi(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "4")])
    return [b"page"]


async def page_asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/html"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"page"})


def options(sink):
    return {
        "collector_url": sink.url,
        "app_id": "fuzz",
        "identity": "issue",
        "cookie_domain": "example.test",
        "secret_key": "fuzz" * 8,
        "server_timing": True,
        "linger": 0.01,
    }


@contextlib.contextmanager
def uvicorn_with(app):
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http="h11", log_level="critical", lifespan="off", ws="none")
    )
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def waitress_with(app):
    sockets = {}
    server = waitress.server.create_server(app, port=0, map=sockets, host="127.0.0.1", threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.trigger.pull_trigger(lambda: waitress.wasyncore.close_all(sockets))
        thread.join()
        server.task_dispatcher.shutdown()


SERVERS = {
    "uvicorn": (uvicorn_with, page_asgi, ASGIMiddleware),
    "waitress": (waitress_with, page_wsgi, WSGIMiddleware),
}


@pytest.fixture(scope="module", params=SERVERS)
def sites(request, shared_sink):
    """The ports of a site without us and of one with us, and its tracker."""
    serve, app, middleware = SERVERS[request.param]
    tracked = middleware(app, **options(shared_sink))
    with serve(app) as bare_port, serve(tracked) as port:
        yield bare_port, port, tracked.tracker
    tracked.tracker.close()


def exchanged(port, sent, *, hangs_up=False):
    """What a server answers to bytes, until it closes; ``hangs_up``: nothing more will be sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        answer = b""
        with contextlib.suppress(OSError):  # a server may hang up before it has read it all
            connection.sendall(sent)
            if hangs_up:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while received := connection.recv(65_536):
                answer += received
        return answer


def parts(answer):
    """The status line, the header lines without the clock's, and the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    return status, [line for line in lines if not line.lower().startswith(b"date:")], body


@pytest.mark.parametrize("name", REQUESTS)
def test_a_server_answers_as_it_does_without_us(sites, name):
    bare_port, port, tracker = sites
    status, lines, body = parts(exchanged(bare_port, REQUESTS[name]))
    tracked_status, tracked_lines, tracked_body = parts(exchanged(port, REQUESTS[name]))
    assert (tracked_status, tracked_body) == (status, body)
    added = [line for line in tracked_lines if line not in lines]
    assert all(
        line.lower().startswith((b"set-cookie: _sp_", b"server-timing: sp_pv", b"cache-control: private"))
        for line in added
    ), added
    tracker.flush(PATIENCE)
    stats = tracker.stats()
    assert "internal" not in stats["errors"]
    assert stats["recorded"] == stats["delivered"]
    assert not stats["dropped"]


@pytest.mark.parametrize(
    "target", ["/caf\u00e9-%d?q=\u00e9".encode(), b"/caf\xe9-%d?q=\xe9"], ids=["UTF-8", "latin-1"]
)
def test_bytes_of_a_target_that_are_not_escaped_are_in_the_page_url(sites, shared_sink, target):
    _, port, tracker = sites
    marked = target % int(port)
    answer = exchanged(port, HEAD.replace(b"/page", marked) + b"\r\n")
    if not answer.startswith(b"HTTP/1.1 200"):  # the server's own word
        assert answer == b"" or b" 400 " in answer[:20]
        return
    tracker.flush(PATIENCE)
    url = f"http://www.example.test{quote(marked, safe='/?=')}"
    assert shared_sink.wait_for(url)["url"] == url


# --- the collector ---


def posted(body, *, headers=b"", length=None):
    size = len(body) if length is None else length
    head = b"POST %b HTTP/1.1\r\nHost: c.example.test\r\nConnection: close\r\n" % POST_PATH.encode()
    head += b"Content-Type: application/json\r\n%bContent-Length: %d\r\n\r\n" % (headers, size)
    return head + body


def envelope(*events):
    return json.dumps({"schema": SCHEMA, "data": events}).encode()


def asked(collector, sent, **options):
    return exchanged(int(collector.url.rpartition(":")[2]), sent, **options)


@pytest.mark.parametrize(
    ("body", "good", "bad"),
    [
        (b"[" * 10_000 + b"]" * 10_000, 0, 1),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 0, 1),
        (envelope(*[EVENT] * 2000), 2000, 0),
        (envelope({**EVENT, "page": "\ud800"}), 1, 0),
        (b"\xff\xfe" * 1000, 0, 1),
    ],
    ids=["arrays 10 000 deep", "objects 10 000 deep", "2 000 events", "half a surrogate pair", "no UTF-8"],
)
def test_the_collector_takes_what_was_sent_and_shows_it(collector, body, good, bad):
    assert asked(collector, posted(body)).startswith(b"HTTP/1.1 200")
    assert collector.counts() == {"total": good + bad, "good": good, "bad": bad}
    assert len(collector.good(limit=10_000)) == good
    assert len(collector.bad()) == bad
    assert collector.get("/").status_code == 200


def test_the_collector_takes_what_is_compressed_within_a_bound(collector):
    packed = gzip.compress(envelope(EVENT))
    assert asked(collector, posted(packed, headers=GZIP)).startswith(b"HTTP/1.1 200")
    answer = asked(collector, posted(gzip.compress(b"0" * 50_000_000), headers=GZIP))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()
    assert collector.counts() == {"total": 1, "good": 1, "bad": 0}


def test_the_collector_serves_others_while_a_body_comes_slowly(collector):
    whole = posted(envelope(EVENT))
    with socket.create_connection(
        ("127.0.0.1", int(collector.url.rpartition(":")[2])), timeout=PATIENCE
    ) as slow:
        for byte in whole[:-1]:
            slow.sendall(bytes([byte]))
        assert collector.post(EVENT).status_code == 200
        assert collector.counts()["good"] == 1
        slow.sendall(whole[-1:])
        assert slow.recv(12) == b"HTTP/1.1 200"
    assert collector.counts()["good"] == 2


@pytest.mark.parametrize(
    "request_bytes",
    [
        posted(envelope(EVENT)[:50], length=5000),
        posted(envelope(EVENT), headers=b"Transfer-Encoding: chunked\r\n"),
        posted(b"zz\r\n\r\n").replace(b"Content-Length: 6", b"Transfer-Encoding: chunked"),
        posted(b"").replace(b"Content-Length: 0", b"Content-Length: -1"),
        posted(b"x" * 3_000_000),
    ],
    ids=["cut off", "two lengths", "no chunk", "negative length", "3 MB"],
)
def test_the_collector_keeps_nothing_of_what_is_no_whole_request(collector, request_bytes):
    answer = asked(collector, request_bytes, hangs_up=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:100]
    assert collector.counts()["total"] == 0
    assert collector.get("/health").text == "ok"


@pytest.mark.parametrize("target", [b"/i?%b", b"/a.b/c?%b", b"/i/?%b"])
@pytest.mark.parametrize(
    "query", [b"e=pv&p=web&tv=%ff%fe%00", b"e=pv&p=web&tv=x&page=%0d%0aX-Injected:1", b"&=&&="]
)
def test_the_collector_answers_whatever_is_in_a_query(collector, target, query):
    line = b"GET %b HTTP/1.1\r\nHost: [\r\nOrigin: \xff\r\nCookie: sp=%%0d%%0a\r\nConnection: close\r\n\r\n"
    answer = asked(collector, line % (target % query))
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 4")), answer[:100]
    assert b"X-Injected" not in answer


def test_the_collector_takes_or_refuses_a_cookie_of_64_kb_and_lives(collector):
    answer = asked(collector, posted(envelope(EVENT), headers=b"Cookie: sp=" + b"a" * 65_536 + b"\r\n"))
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 4"))
    # such a network user id makes a bad row, as in the pipeline
    assert collector.counts()["total"] == answer.startswith(b"HTTP/1.1 200")
