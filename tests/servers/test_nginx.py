"""A real ``proxy_cache`` in front of a site that issues identities: two visitors never get one."""

from __future__ import annotations

import http.client
import itertools
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from ..conftest import PATIENCE, missing
from .cached_pages import PAGES
from .serving import Server, reserved_port, wait_until

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
VISITORS = 6
SERVERS = {
    "wsgi": Server(
        "waitress-cached", "waitress-serve --listen 127.0.0.1:{port} tests.servers.cached_sites:wsgi", 1
    ),
    "asgi": Server("uvicorn-cached", "uvicorn --port {port} tests.servers.cached_sites:asgi", 1),
}
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=pages:1m;
    gzip on;
    gzip_min_length 1;
    server {{
        listen 127.0.0.1:{port};
        add_header X-Cache $upstream_cache_status always;
        location / {{
            proxy_pass http://127.0.0.1:{app_port};
            proxy_cache pages;
            {directives}
        }}
    }}
}}
"""
HEEDING = {
    "as the pages say": "",
    "ten minutes unless they say": "proxy_cache_valid 10m;",
    "also with cookies": "proxy_cache_valid any 10m; proxy_ignore_headers Set-Cookie;",
    "also what varies": "proxy_cache_valid any 10m; proxy_ignore_headers Set-Cookie Vary X-Accel-Expires;",
}
"""What a configuration makes of pages; in each nginx still heeds Cache-Control."""
DEAF = (
    "proxy_cache_valid any 10m; proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
    "proxy_hide_header Set-Cookie; proxy_hide_header Server-Timing;"
)
"""As docs/how-to/caches.md says where Cache-Control is ignored."""


@pytest.fixture(scope="module")
def nginx():
    program = shutil.which(
        "nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"
    )
    if program is None:
        missing("nginx")
    return program


@pytest.fixture
def cached(nginx, start, sink, tmp_path):
    """Starts a site and nginx before it; gives what asks it."""
    processes = []

    def begin(server, directives, **settings):
        running = start(server, collector_url=sink.url, server_timing="true", secret_key="k" * 32, **settings)
        folder = tmp_path / "nginx"
        folder.mkdir()
        with reserved_port() as port:
            text = CONFIGURATION.format(
                folder=folder, port=port, app_port=running.port, directives=directives
            )
            (folder / "nginx.conf").write_text(text)
            command = [nginx, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
            processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            wait_until(lambda: is_listening(port, processes[-1], folder), "nginx answers")
        return lambda path, **headers: ask(port, path, headers)

    yield begin
    for process in processes:
        process.terminate()
        process.wait(PATIENCE)


def is_listening(port, process, folder: Path):
    assert process.poll() is None, (folder / "error.log").read_text()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port, path, headers):
    """A newcomer's document request: the ids that the answer tells, its X-Cache, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        sent = {"Accept": "text/html", "Sec-Fetch-Dest": "document", **headers}
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    assert response.status == 200
    told = [value for name, value in response.getheaders() if name.lower() in {"set-cookie", "server-timing"}]
    return set(UUID.findall(" ".join(told))), response.getheader("X-Cache"), body


def visits(ask, kind):
    encodings = itertools.cycle(["gzip", "identity"])
    return [ask(f"/{kind}/page", **{"Accept-Encoding": next(encodings)}) for _ in range(VISITORS)]


@pytest.mark.parametrize("identity", ["issue", "read"])
@pytest.mark.parametrize("heeding", HEEDING)
@pytest.mark.parametrize("interface", SERVERS)
def test_two_visitors_never_get_one_identity(cached, interface, heeding, identity):
    ask = cached(SERVERS[interface], HEEDING[heeding], identity=identity)
    answers = {kind: visits(ask, kind) for kind in PAGES}
    for kind, answered in answers.items():
        told = [ids for ids, _, _ in answered]
        assert all(a.isdisjoint(b) for a, b in itertools.combinations(told, 2)), kind
    for kind in ("plain", "private", "no-store", "expires", "varied"):
        assert [(bool(ids), cache) for ids, cache, _ in answers[kind]] == [(True, "MISS")] * VISITORS, kind
    for kind in ("public", "max-age"):  # the cache still does its work
        assert "HIT" in {cache for _, cache, _ in answers[kind]}
        assert not any(ids for ids, _, _ in answers[kind])


@pytest.mark.parametrize("interface", SERVERS)
def test_a_cache_that_ignores_what_pages_say_tells_nobody_with_the_headers_hidden(cached, interface):
    ask = cached(SERVERS[interface], DEAF, identity="issue")
    for kind in PAGES:
        answered = visits(ask, kind)
        assert not any(ids for ids, _, _ in answered)
        assert "HIT" in {cache for _, cache, _ in answered}, kind
