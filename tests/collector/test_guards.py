"""What browsers may do to the collector: who reads events, who forgets them, and what its page may load."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import httpx
import pytest

from tracking_middleware.collector.http.origins import is_loopback, is_own, is_rebindable, name_of
from tracking_middleware.collector.http.tokens import Token, TokenError

from ..conftest import PATIENCE, POST_PATH, Collector
from .conftest import page_view

SHOWN = [
    "/",
    "/micro/ui",
    "/journeys",
    "/gaps",
    "/bad",
    "/events/1",
    "/ui/chart",
    "/micro/all",
    "/micro/good",
    "/micro/bad",
    "/micro/nothing",
]
TOKEN = 'a;"token"=%&+'
FOREIGN = "https://evil.example"


@pytest.fixture(scope="module")
def guarded():
    """A collector that asks for a token, and has an event to show."""
    collector = Collector("--token", TOKEN)
    assert collector.post(page_view()).status_code == 200
    yield collector
    assert collector.stop() == 0


@pytest.fixture
def visitor(guarded):
    """A client with cookies of its own."""
    with httpx.Client(base_url=guarded.url, timeout=PATIENCE) as client:
        yield client


@pytest.mark.parametrize("path", [*SHOWN, "/micro/reset", "/micro", "/%6dicro/good"])
def test_without_the_token_nothing_is_shown(guarded, path):
    for method in ("GET", "POST", "HEAD", "DELETE"):
        answer = guarded.client.request(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert method == "HEAD" or "asks for a token" in answer.text


def test_trackers_need_no_token(guarded):
    for path in ("/health", "/sink-health", "/robots.txt", "/i"):
        assert guarded.get(path).status_code == 200
    assert guarded.post(page_view()).status_code == 200
    assert guarded.get(POST_PATH, params=page_view()).status_code == 200
    assert guarded.client.options(POST_PATH, headers={"Origin": FOREIGN}).status_code == 200


@pytest.mark.parametrize("path", SHOWN)
def test_the_token_opens_as_a_bearer_and_in_the_query(guarded, path):
    expected = 404 if path == "/micro/nothing" else 200
    bearer = {"Authorization": f"bearer {TOKEN}"}
    assert guarded.get(path, headers=bearer).status_code == expected
    assert guarded.get(path, params={"token": TOKEN}).status_code == expected


@pytest.mark.parametrize("wrong", ["x", TOKEN[:-1], TOKEN + "x", "ä" * 20, "\ud800"])
def test_a_wrong_token_opens_nothing(guarded, wrong):
    raw = wrong.encode("utf-8", "surrogatepass")
    cookie = b"tracking_collector_" + guarded.url.rpartition(":")[2].encode() + b"=" + raw
    for headers in ({"Authorization": b"Bearer " + raw}, {"Cookie": cookie}):
        assert guarded.get("/micro/all", headers=headers).status_code == 401
    assert guarded.get("/micro/all", params={"token": raw}).status_code == 401


def test_the_printed_address_lets_a_browser_in_and_leaves_no_token_in_it(guarded, visitor):
    entered = visitor.get(guarded.address, headers={"Accept": "text/html,*/*"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    assert visitor.get("/").status_code == 200
    assert visitor.get("/micro/all").status_code == 200
    assert guarded.get("/micro/all").status_code == 401


def test_entering_leads_to_no_other_site(visitor):
    params = {"token": TOKEN, "a": "1"}
    entered = visitor.get("/micro/ui", params=params, headers={"Accept": "text/html"})
    assert entered.headers["location"] == "/micro/ui?a=1"
    elsewhere = visitor.get("/micro/..//evil.example", params=params, headers={"Accept": "text/html"})
    assert not elsewhere.headers.get("location", "/").startswith("//")


def test_two_collectors_on_one_host_do_not_take_each_others_cookies(guarded):
    other = Collector("--token", "another-token")
    with httpx.Client(timeout=PATIENCE) as browser:
        for collector in (guarded, other):
            browser.get(collector.address, headers={"Accept": "text/html"})
        for collector in (guarded, other):
            assert browser.get(f"{collector.url}/micro/all").status_code == 200
    assert other.stop() == 0


def test_the_token_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_TOKEN", "from-the-environment")
    collector = Collector()
    assert collector.address == f"{collector.url}/?token=from-the-environment"
    assert collector.get("/micro/all").status_code == 401
    assert collector.stop() == 0


def test_where_others_can_connect_a_token_is_made():
    collectors = [Collector("--host", "0.0.0.0") for _ in range(2)]
    tokens = [collector.address.partition("?token=")[2] for collector in collectors]
    assert min(map(len, tokens)) >= 32
    assert tokens[0] != tokens[1]
    for collector, token in zip(collectors, tokens, strict=True):
        assert collector.get("/micro/all").status_code == 401
        assert collector.get("/micro/all", params={"token": token}).status_code == 200
        assert collector.get("/health").status_code == 200
        assert collector.stop() == 0


def test_on_loopback_none_is_asked_for():
    with socket.socket(socket.AF_INET6) as probe:
        has_ipv6 = probe.connect_ex(("::1", 9)) != 99
    for host in ("127.0.0.1", "localhost", *(["::1"] if has_ipv6 else [])):
        collector = Collector("--host", host)
        assert "token" not in collector.address
        assert collector.get("/micro/all").status_code == 200
        assert collector.stop() == 0


@pytest.mark.parametrize("token", ["short", "with spaces in it", "umläute-umläute", "x" * 257])
def test_a_token_that_cannot_be_used_is_refused_and_not_repeated(token):
    done = subprocess.run(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0"],
        env={**os.environ, "TRACKING_COLLECTOR_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "8 to 256 characters" in done.stderr
    assert token not in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(TokenError):
        Token(token)


def test_a_token_shows_itself_nowhere():
    assert "secret-token" not in repr(Token("secret-token"))


@pytest.mark.parametrize("path", SHOWN)
def test_what_is_shown_is_locked_down(collector, path):
    headers = collector.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers


def test_a_refusal_is_locked_down_too(guarded):
    assert "content-security-policy" in guarded.get("/").headers
    assert "access-control-allow-origin" not in guarded.get("/", headers={"Origin": FOREIGN}).headers


def test_the_pixel_may_be_loaded_by_any_page(collector):
    headers = collector.get("/i", params=page_view()).headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "content-security-policy" not in headers


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", "http://localhost.evil.example", "http://127.0.0.1@evil"]
)
@pytest.mark.parametrize("path", ["/", "/micro/all", "/micro/good"])
def test_another_site_may_not_read(collector, path, origin):
    for answer in (
        collector.get(path, headers={"Origin": origin}),
        collector.client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"].lower().count("origin") == 1


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "http://127.0.0.1:8000", "https://[::1]:9", "http://app.localhost"]
)
def test_a_page_on_this_machine_may_read_but_not_with_cookies(collector, origin):
    answer = collector.client.post("/micro/good", json={}, headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    preflight = collector.client.options("/micro/good", headers={"Origin": origin})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in {**answer.headers, **preflight.headers}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": FOREIGN, "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("path", ["/micro/reset", "/micro/reset/"])
def test_another_site_may_not_reset(collector, headers, path):
    collector.post(page_view())
    for method in ("GET", "POST"):
        answer = collector.client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    assert collector.counts()["good"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "micro:9090"},
        {"Host": "host.docker.internal:9090"},
    ],
)
def test_others_may(collector, headers):
    collector.post(page_view())
    assert collector.client.post("/micro/reset", headers=headers).text == "Reset completed"
    assert collector.counts()["total"] == 0


def test_the_collectors_own_page_may(collector):
    collector.post(page_view())
    answer = collector.client.post("/micro/reset", headers={"Origin": collector.url})
    assert answer.text == "Reset completed"


def test_a_site_that_rebinds_its_name_sees_nothing(collector, guarded):
    evil = {"Host": "evil.example:9090"}
    for path in ("/", "/micro/good", "/micro/reset"):
        answer = collector.get(path, headers=evil)
        assert answer.status_code == 403
        assert "evil.example" in answer.text
    assert collector.post(page_view(), headers=evil).status_code == 200
    # the token is what a rebound name lacks: with it any name will do, as behind a proxy
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/micro/all", headers={**evil, **bearer}).status_code == 200
    assert guarded.get("/micro/all", headers=evil).status_code == 401


@pytest.mark.parametrize(
    ("host", "name", "loopback", "rebindable"),
    [
        ("127.0.0.1:9090", "127.0.0.1", True, False),
        ("127.8.8.8", "127.8.8.8", True, False),
        ("[::1]:9090", "::1", True, False),
        ("LocalHost.:1", "localhost", True, False),
        ("a.localhost", "a.localhost", True, False),
        ("192.168.1.7:9090", "192.168.1.7", False, False),
        ("micro:9090", "micro", False, False),
        ("host.docker.internal", "host.docker.internal", False, False),
        ("evil.example", "evil.example", False, True),
        ("localhost.evil.example", "localhost.evil.example", False, True),
        ("127.0.0.1.evil.example.:80", "127.0.0.1.evil.example", False, True),
        ("evilinternal.example", "evilinternal.example", False, True),
        ("", "", False, False),
        ("[", "", False, False),
    ],
)
def test_names(host, name, loopback, rebindable):
    assert name_of(host) == name
    assert is_loopback(name) is loopback
    assert is_rebindable(name) is rebindable


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://micro:9090", True),
        ("https://MICRO:9090", True),
        ("http://micro:9091", False),
        ("http://micro", False),
        ("http://localhost", True),
        ("file://", False),
        ("null", False),
        ("http://[", False),
        ("http://localhost\r\n", False),
        ("http://local\thost", False),
        ("http://localhost/\r\nX: y", False),
        ("chrome-extension://localhost", False),
    ],
)
def test_origins(origin, own):
    assert is_own(origin, "micro:9090") is own
