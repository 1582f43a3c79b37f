"""The fixed requests: each number is another visitor with another page, the same ones in every run."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterable
from typing import Any

HOST = "www.example.com"
_SUFFIX = hashlib.sha1(b"example.com/", usedforsecurity=False).hexdigest()[:4]
_NOW = int(time.time())

Headers = tuple[tuple[str, str], ...]


def headers_of(number: int, *, is_new: bool = False) -> Headers:
    """What a browser sends for a page; ``is_new``: without cookies of the tracker."""
    cookie = f"_ga=GA1.2.{number:010}; sessionid={number:032x}; consent=full; theme=dark"
    if not is_new:
        person = f"6fbe7f1e-0c6e-4e5e-9f0e-{number:012x}"
        session = f"0d7ef3f8-2f0a-4c8e-8a3a-{number:012x}"
        times = f"{_NOW - 8_000_000}.3.{_NOW - 60}.{_NOW - 86_400}"
        cookie += f"; _sp_id.{_SUFFIX}={person}.{times}.{session}; _sp_ses.{_SUFFIX}=*"
    return (
        ("host", HOST),
        ("connection", "keep-alive"),
        ("sec-ch-ua", '"Chromium";v="136", "Not=A?Brand";v="24"'),
        ("sec-ch-ua-mobile", "?0"),
        ("upgrade-insecure-requests", "1"),
        ("user-agent", f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/136.0.{number:05}.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("referer", f"https://{HOST}/rivers/?page={number:05}"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "en-GB,en;q=0.8"),
        ("cookie", cookie),
    )


def page(number: int) -> tuple[str, str]:
    """The path and the query of an article, UTF-8 as it was decoded."""
    return f"/articles/{number:05}-night-trains", f"page=3&utm_source=newsletter&utm_campaign={number:05}"


def changed(headers: Headers, **changes: str) -> Headers:
    """The headers with other values; those that are not there are added."""
    values = dict(headers) | {name.replace("_", "-"): value for name, value in changes.items()}
    return tuple(values.items())


def environ_of(number: int, place: tuple[str, str], headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A GET as a WSGI server gives it."""
    path, query = place
    raw = path.encode()
    escaped = path if path.isascii() else "".join(chr(b) if b < 128 else f"%{b:02X}" for b in raw)
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": raw.decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": f"{escaped}?{query}",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": f"198.51.{number // 250 % 250}.{number % 250}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers},
    }


def scope_of(number: int, place: tuple[str, str], headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The same as an ASGI server gives it."""
    path, query = place
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": (f"198.51.{number // 250 % 250}.{number % 250}", 40000),
        "server": ("127.0.0.1", 443),
        "state": {},
    }
