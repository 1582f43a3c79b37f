"""Nothing that a tracker keeps grows with the number of different visitors, pages, hosts or answers."""

from __future__ import annotations

import uuid

import pytest

from tests.held import caches, large_caches, large_containers
from tracking_middleware import StructuredEvent, Tracker, current_page, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from .calls import call_asgi, call_wsgi, environ_of, scope_of

VALUES = 4_000
MOST = 2_048
"""More than any cache may hold, and fewer than the values that come."""


def different(number):
    """A path and headers that are like no others in anything that is looked at."""
    person, session = uuid.UUID(int=number), uuid.UUID(int=number + VALUES)
    cookies = (
        f"_sp_id.{number % 65536:04x}={person}.1700000000.3.1700000100.1690000000.{session}; s{number}=1"
    )
    return f"/articles/{number}", {
        "Host": f"h{number}.example.com",
        "Cookie": cookies,
        "User-Agent": f"Agent/{number}",
        "Accept-Language": f"x-{number}",
        "Accept": f"text/html;q=0.{number}",
        "Referer": f"https://r{number}.example.org/{number}?gclid={number}",
        "Origin": f"https://o{number}.example.com",
        "X-Forwarded-For": f"10.{number // 256}.{number % 256}.1, 192.0.2.{number % 200}",
        "X-Forwarded-Proto": f"https{number}",
        "X-Forwarded-Host": f"f{number}.example.com:{number + 1}",
        "Forwarded": f"for=10.9.{number // 256}.{number % 256}",
    }


def view(number):
    page = current_page()
    page.title = f"Title {number}"
    page.user_id = f"user-{number}"
    page.attach({"schema": f"iglu:com.acme/thing_{number}/jsonschema/1-0-0", "data": {"id": str(number)}})
    track(StructuredEvent(f"category {number}", "action"), key=f"key {number}")


def answer(number):
    return 200 + number % 300, f"text/html; charset=x{number}", f"max-age={number}"


def site(environ, start_response):
    number = int(environ["PATH_INFO"].rpartition("/")[2])
    view(number)
    status, content_type, cached = answer(number)
    headers = [("Content-Type", content_type), ("Cache-Control", cached), ("Set-Cookie", f"c{number}=1")]
    start_response(f"{status} Reason {number}", headers)
    return [b"<p>"]


async def async_site(scope, receive, send):
    number = int(scope["path"].rpartition("/")[2])
    view(number)
    status, *texts = answer(number)
    names = (b"content-type", b"cache-control", b"set-cookie")
    headers = list(zip(names, [text.encode() for text in (*texts, f"c{number}=1")], strict=True))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"<p>"})


@pytest.fixture
def tracker(shared_sink):
    tracker = Tracker(
        collector_url=shared_sink.url,
        app_id="contract",
        identity="issue",
        secret_key="contract" * 5,
        trusted_proxies=1,
        mask_paths=["/articles/<article>/edit"],
    )
    yield tracker
    tracker.close(10)


@pytest.mark.parametrize("protocol", ["WSGI", "ASGI"])
def test_no_cache_grows_with_what_is_different(tracker, protocol):
    app = (
        WSGIMiddleware(site, tracker=tracker)
        if protocol == "WSGI"
        else ASGIMiddleware(async_site, tracker=tracker)
    )
    others = large_caches(MOST)  # the collector's, of tests that ran before in this process
    before = large_containers(app, least=MOST)
    for start in range(0, VALUES, 1_000):
        requests = [different(number) for number in range(start, start + 1_000)]
        if protocol == "WSGI":
            call_wsgi(app, [environ_of(*request) for request in requests])
        else:
            call_asgi(app, [scope_of(*request) for request in requests])
        assert tracker.flush(30) == 0
    after = large_containers(app, least=MOST)
    assert tracker.stats()["recorded"] > VALUES
    assert large_caches(MOST).keys() <= others.keys()
    assert [after[key] for key in after.keys() - before.keys()] == []
    assert any(info.currsize == info.maxsize for info in caches().values()), "no cache was filled at all"
