"""Every adapter on a real server, with the same site behind it; an adapter is one entry in ADAPTERS."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass

import pytest
import uvicorn
import waitress.server
import waitress.wasyncore

from ..conftest import PATIENCE
from .sites import asgi, django, flask, starlette, wsgi

SUFFIX = "dc78"
"""Of 127.0.0.1 and the path ``/``."""
PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
NETWORK = "b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77"
ID_COOKIE = f"_sp_id.{SUFFIX}={PERSON}.1700000000.3.1700000100.1690000000.{SESSION}....2"
COOKIES = f"{ID_COOKIE}; _sp_ses.{SUFFIX}=*; sp={NETWORK}"
KEY = "contract" * 5
"""Signs tokens."""
BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "de-AT,de;q=0.8",
    "Cookie": COOKIES,
    "Referer": "https://search.example/?q=rivers",
    "Sec-Fetch-Dest": "document",
    "User-Agent": "Contract/1.0",
}


@dataclass(frozen=True)
class Answer:
    """What came over the wire, without the server's Date."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_complete: bool = True


class Site:
    """A running site; ``events`` is where its page views go."""

    def __init__(self, name, port, events=None, app=None):
        self.name = name
        self.port = port
        self.events = events
        self.app = app

    @property
    def tracker(self):
        """The site's tracker, where its framework lets anyone at it; else None."""
        return getattr(self.app, "tracker", None)

    @property
    def is_wsgi(self):
        return self.name in {"wsgi", "flask", "django-wsgi", "gunicorn"}

    def get(self, path, *, method="GET", **headers):
        """A browser's request, and the answer to it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            sent = {**BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
            connection.request(method, path, headers={name: value for name, value in sent.items() if value})
            response = connection.getresponse()
            kept = tuple(
                (name.lower(), value) for name, value in response.getheaders() if name.lower() != "date"
            )
            try:
                return Answer(response.status, kept, response.read())
            except http.client.IncompleteRead as error:
                return Answer(response.status, kept, error.partial, is_complete=False)

    def event_of(self, path, **options):
        """The page view that a request brings."""
        marked, marker = _marked(path)
        self.get(marked, **options)
        return self.events.wait_for(marker)

    def has_no_event(self, path, **options):
        """Whether a request brings no page view: those of later requests arrive, its own does not."""
        marked, marker = _marked(path)
        self.get(marked, **options)
        for _ in range(2):  # a server may still be ending the first answer while the next request comes
            self.event_of("/page")
        return not any(marker in event.get("url", "") for event in self.events.events)


def _marked(path):
    marker = f"m={uuid.uuid4().hex}"
    return f"{path}{'&' if '?' in path else '?'}{marker}", marker


def _wsgi_server(app, threads=4):
    listener = socket.create_server(("127.0.0.1", 0))
    server = waitress.server.create_server(
        app, sockets=[listener], threads=threads, clear_untrusted_proxy_headers=False
    )
    thread = threading.Thread(target=server.run)
    thread.start()

    def stop():
        # ends its select loop from within, as a signal would
        with contextlib.suppress(OSError):  # the loop may close the trigger before it was written to
            server.trigger.pull_trigger(server.close)
        server.task_dispatcher.shutdown()
        thread.join(PATIENCE)
        # visitors may have left without the loop having seen it: their sockets are still open
        waitress.wasyncore.close_all(server._map, ignore_all=True)
        listener.close()

    return listener.getsockname()[1], stop


def _asgi_server(app):
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="auto", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()

    def stop():
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()

    return listener.getsockname()[1], stop


@dataclass(frozen=True)
class Adapter:
    """How a site is made with an adapter, and on which server it runs."""

    make: object
    serve: object


ADAPTERS = {
    "wsgi": Adapter(wsgi.make, _wsgi_server),
    "flask": Adapter(flask.make, _wsgi_server),
    "django-wsgi": Adapter(django.make_wsgi, _wsgi_server),
    "asgi": Adapter(asgi.make, _asgi_server),
    "starlette": Adapter(starlette.make, _asgi_server),
    "fastapi": Adapter(starlette.make_fastapi, _asgi_server),
    "django-asgi": Adapter(django.make_asgi, _asgi_server),
}


@pytest.fixture(scope="session")
def options(shared_sink):
    """The settings of all tracked sites."""
    return {"collector_url": shared_sink.url, "app_id": "contract", "linger": 0.02, "secret_key": KEY}


@pytest.fixture(scope="session")
def gunicorn_site(shared_sink):
    """The plain WSGI site under gunicorn, in processes that were forked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        environ = {
            **os.environ,
            "TRACKING_COLLECTOR_URL": shared_sink.url,
            "TRACKING_APP_ID": "contract",
            "TRACKING_LINGER": "0.02",
            "TRACKING_SECRET_KEY": KEY,
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--preload",
            "--workers=2",
            f"--bind=fd://{listener.fileno()}",
        ]
        process = subprocess.Popen(
            [*command, "--log-level=critical", "tests.contract.sites.wsgi"],
            env=environ,
            pass_fds=[listener.fileno()],
        )
    yield Site("gunicorn", port, shared_sink)
    process.terminate()
    assert process.wait(PATIENCE) == 0


@pytest.fixture(scope="session", params=[*ADAPTERS, "gunicorn"])
def site(request, options, shared_sink):
    """A tracked site, of every adapter in turn."""
    if request.param == "gunicorn":
        yield request.getfixturevalue("gunicorn_site")
        return
    django.configure(options)
    adapter = ADAPTERS[request.param]
    app = adapter.make(options)
    port, stop = adapter.serve(app)
    yield Site(request.param, port, shared_sink, app)
    stop()


@pytest.fixture(scope="session", params=list(ADAPTERS))
def twins(request, options, shared_sink):
    """The same site twice: with the middleware and without."""
    django.configure(options)
    adapter = ADAPTERS[request.param]
    ports = [adapter.serve(adapter.make(given)) for given in (options, None)]
    yield tuple(Site(request.param, port, shared_sink) for port, _ in ports)
    for _, stop in ports:
        stop()


def wait_until(condition):
    """Until ``condition()`` holds, asked often."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
