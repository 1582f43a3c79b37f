"""Behind proxies, through every adapter, on real servers: whose word about the visitor is taken."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from urllib.parse import urlsplit

import pytest
import uvicorn
import waitress.server
import waitress.wasyncore
from django.test import override_settings

from tracking_middleware import Tracker

from ..conftest import PATIENCE
from .conftest import ADAPTERS, BROWSER
from .sites import asgi, django, wsgi
from .test_issuing import cookies_of, running, visit

BEHIND_TLS = {
    "X_Forwarded_For": "9.9.9.9, 8.8.8.8",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "www.example.com",
}
"""What a proxy that ends TLS sends on for a visitor who lies about their address."""
DJANGOS_OWN = {
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "USE_X_FORWARDED_HOST": True,
}


def _djangos_own(name):
    """Django's own settings for proxies, where it is Django's site."""
    return override_settings(**DJANGOS_OWN) if name.startswith("django") else contextlib.nullcontext()


@pytest.fixture(params=list(ADAPTERS))
def name(request):
    return request.param


@pytest.fixture
def believing_site(name, options, shared_sink):
    """Its proxy is believed, by Django through Django's own settings."""
    with _djangos_own(name), running(name, options, shared_sink, trusted_proxies=1) as site:
        yield site


@pytest.fixture(autouse=True, scope="module")
def _django(options):
    django.configure(options)


def test_believe_a_trusted_proxy(believing_site):
    event = believing_site.event_of("/page", **BEHIND_TLS)
    assert event["ip"] == "8.8.8.8"
    assert event["url"].startswith("https://www.example.com/page?")
    if believing_site.tracker is not None:
        assert believing_site.tracker.tally.snapshot()["errors"] == {}


def test_believe_several_headers_of_one_name_as_one(believing_site):
    connection = http.client.HTTPConnection("127.0.0.1", believing_site.port, timeout=PATIENCE)
    path = "/page?several"
    with contextlib.closing(connection):
        connection.putrequest("GET", path)
        for header, value in BROWSER.items():
            connection.putheader(header, value)
        for address in ("9.9.9.9", "[2001:db8::1]:4711"):
            connection.putheader("X-Forwarded-For", address)
        connection.endheaders()
        connection.getresponse().read()
    assert believing_site.events.wait_for(path)["ip"] == "2001:db8::1"


def test_believe_forwarded(believing_site):
    forwarded = 'for=9.9.9.9;host=evil.example, for="[2001:db8::1]:4711";proto=https;host=www.example.com'
    event = believing_site.event_of("/page", Forwarded=forwarded)
    assert event["ip"] == "2001:db8::1"
    if "django" not in believing_site.name:  # it does not know that header
        assert event["url"].startswith("https://www.example.com/page?")


def test_leave_the_address_out_where_headers_contradict_each_other(believing_site):
    event = believing_site.event_of("/page", **BEHIND_TLS, Forwarded="for=1.2.3.4;host=evil.example")
    assert event["ip"] == ""
    assert "evil" not in event["url"]


def test_believe_nobody_unasked(site):
    event = site.event_of("/page", **BEHIND_TLS)
    assert urlsplit(event["url"]).netloc == f"127.0.0.1:{site.port}"
    # uvicorn believes this machine's proxies itself, and says who came
    assert event["ip"] == ("8.8.8.8" if not site.is_wsgi else "")


def test_believe_networks_and_nobody_else(name, options, shared_sink):
    with running(name, options, shared_sink, trusted_proxies="127.0.0.0/8, 10.0.0.0/8") as site:
        event = site.event_of("/page", X_Forwarded_For="9.9.9.9, 8.8.8.8, 10.0.0.9")
        assert event["ip"] == "8.8.8.8"
    with running(name, options, shared_sink, trusted_proxies="10.0.0.0/8") as site:
        event = site.event_of(
            "/page", X_Forwarded_For="9.9.9.9, 192.168.7.7", X_Forwarded_Host="evil.example"
        )
        assert event["ip"] == ""
        assert urlsplit(event["url"]).netloc == f"127.0.0.1:{site.port}"
        if site.tracker is not None:
            assert site.tracker.tally.snapshot()["errors"] == {"proxy_untrusted": 1}


def test_warn_once_and_say_what_to_write(options, shared_sink, caplog):
    with running("wsgi", options, shared_sink) as site:
        for _ in range(3):
            site.event_of("/page", X_Forwarded_For="8.8.8.8")
        assert site.app.tracker.tally.snapshot()["errors"] == {"proxy_untrusted": 3}
    (warning,) = [record.getMessage() for record in caplog.records if "proxy" in record.getMessage()]
    assert "set trusted_proxies to the number of proxies, such as 1, or to '127.0.0.1'" in warning
    assert "8.8.8.8" not in warning


def test_issue_secure_cookies_behind_tls(name, options, shared_sink):
    settings = {"identity": "issue", "cookie_domain": "example.com", "trusted_proxies": 1}
    with _djangos_own(name), running(name, options, shared_sink, **settings) as site:
        answer, event = visit(site, Cookie=None, **BEHIND_TLS)
    cookies = cookies_of(answer)
    assert len(cookies) == 3
    for value, attributes in cookies.values():
        assert {"secure", "domain=example.com"} <= attributes, value
    assert any(value.startswith(event["duid"]) for value, _ in cookies.values())


def test_issue_nothing_for_a_host_that_nobody_vouches_for(name, options, shared_sink):
    settings = {"identity": "issue", "cookie_domain": "example.com"}
    with running(name, options, shared_sink, **settings) as site:
        answer, _ = visit(site, Cookie=None, X_Forwarded_For="8.8.8.8", X_Forwarded_Host="www.example.com")
    assert cookies_of(answer) == {}


def test_leave_the_end_of_addresses_out(name, options, shared_sink):
    with running(name, options, shared_sink, trusted_proxies=1, anonymize_ip=True) as site:
        for address, sent in (("8.8.8.8", "8.8.8.0"), ("2001:db8:1:2::3", "2001:db8:1::")):
            assert site.event_of("/page", X_Forwarded_For=address)["ip"] == sent
        site.get(f"/track?anonymized-{name}", X_Forwarded_For="::ffff:8.8.8.8")
        event = shared_sink.wait_for(f"anonymized-{name}")
        assert event["ip"] == "8.8.8.0"


def test_public_url_wins(name, options, shared_sink):
    with running(name, options, shared_sink, trusted_proxies=1, public_url="https://shop.example") as site:
        event = site.event_of("/page", **BEHIND_TLS)
    assert event["url"].startswith("https://shop.example/page?")
    assert event["ip"] == "8.8.8.8"


@pytest.mark.parametrize("name", ["django-wsgi", "django-asgi"])
def test_django_decides_on_its_own_scheme_and_host(name, options, shared_sink):
    with running(name, options, shared_sink, trusted_proxies=1) as site:
        event = site.event_of("/page", **BEHIND_TLS)
        assert urlsplit(event["url"]).netloc == f"127.0.0.1:{site.port}"
        assert event["ip"] == "8.8.8.8"


@pytest.mark.parametrize("name", ["django-wsgi", "django-asgi"])
def test_a_host_that_django_refuses_goes_nowhere(name, options, shared_sink):
    settings = {"identity": "issue", "cookie_domain": "example.com"}
    hosts = override_settings(ALLOWED_HOSTS=["www.example.com"], DEBUG=False)
    agent = f"refused {name}"
    with running(name, options, shared_sink, **settings) as site, hosts:
        answer = site.get("/page", Host="www.evil.example", Cookie=None, User_Agent=agent)
        event = shared_sink.wait(
            lambda events: next((event for event in events if event.get("ua") == agent), None)
        )
        allowed, _ = visit(site, Host="www.example.com", Cookie=None)
    assert answer.status == 200
    assert cookies_of(answer) == {}
    assert "url" not in event
    assert len(cookies_of(allowed)) == 3


class _UnixConnection(http.client.HTTPConnection):
    """A proxy's connection to a unix socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.host)


@contextlib.contextmanager
def _uvicorn_on(path, app):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield
    server.should_exit = True
    thread.join(PATIENCE)
    listener.close()


@contextlib.contextmanager
def _waitress_on(path, app):
    server = waitress.server.create_server(app, unix_socket=path, clear_untrusted_proxy_headers=False)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield
    with contextlib.suppress(OSError):  # the loop may close the trigger before it was written to
        server.trigger.pull_trigger(server.close)
    server.task_dispatcher.shutdown()
    thread.join(PATIENCE)
    waitress.wasyncore.close_all(server._map, ignore_all=True)


@pytest.mark.parametrize(("make", "serve"), [(asgi.make, _uvicorn_on), (wsgi.make, _waitress_on)])
@pytest.mark.parametrize(
    ("trusted", "address", "scheme", "errors"),
    [
        (1, "8.8.8.8", "https", {}),
        ("unix", "8.8.8.8", "https", {}),
        ("127.0.0.1", "", "http", {"proxy_untrusted": 1}),
        (None, "", "http", {"proxy_untrusted": 1}),
    ],
)
def test_unix_sockets(make, serve, trusted, address, scheme, errors, options, shared_sink, tmp_path):
    path = f"/page?{tmp_path.name}"
    proxied = {"Host": "www.example.com", "X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https"}
    where = str(tmp_path / "s")
    tracker = Tracker(**options, trusted_proxies=trusted)
    with contextlib.closing(tracker), serve(where, make({"tracker": tracker})):
        with contextlib.closing(_UnixConnection(where)) as connection:
            connection.request("GET", path, headers={**BROWSER, **proxied})
            assert connection.getresponse().read()
        event = shared_sink.wait_for(path)
        assert tracker.tally.snapshot()["errors"] == errors
    assert event["ip"] == address
    assert event["url"] == f"{scheme}://www.example.com{path}"
