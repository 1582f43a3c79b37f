"""One schema over HTTP, bounded in time and size."""

from __future__ import annotations

import time
from typing import Any

import httpx

from ..payload.json_text import loaded
from .cost import MOST_DEPTH

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 1.0, 4.0, 5.0
MAX_BYTES = 1_048_576
"""Of a schema at the most."""

_MOST_REDIRECTS = 3
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
"""What one piece of an answer grows to a thousandfold at the most; several in each other have no bound."""


class UnreachableError(Exception):
    """Whether a registry has a schema cannot be known; the message says why."""


class RefusedError(UnreachableError):
    """A registry does not say whether it has a schema: it wants another key, or lets nobody read."""


def fetch(url: str, *, api_key: str | None) -> dict[str, Any] | None:
    """The schema at a URL; None where the registry answers that it has none.

    Follows redirects within the host only, since the key is for nobody else. Raises UnreachableError, and
    RefusedError where the answer is HTTP 401 or 403, or leads to another host.
    """
    headers = {"accept": "application/json", "accept-encoding": "gzip, deflate"}
    headers |= {"apikey": api_key} if api_key else {}
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    end = time.monotonic() + ALL_SECONDS
    try:
        with httpx.Client(timeout=timeout, headers=headers) as client:
            for _ in range(1 + _MOST_REDIRECTS):
                with client.stream("GET", url) as response:
                    if response.next_request is None or not _is_same_host(response):
                        return _read(response, end)
                    url = str(response.next_request.url)
    except httpx.TimeoutException:
        raise UnreachableError("did not answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"cannot be reached: {error or type(error).__name__}") from None
    raise UnreachableError(f"redirects more than {_MOST_REDIRECTS} times")


def _is_same_host(response: httpx.Response) -> bool:
    here, there = response.request.url, response.next_request.url if response.next_request else None
    return there is not None and here.host == there.host and (here.scheme, there.scheme) != ("https", "http")


def _read(response: httpx.Response, end: float) -> dict[str, Any] | None:
    """A server that fails or asks for patience has not said what it has; any other refusal is a no."""
    if response.status_code >= 500 or response.status_code == 429:
        raise UnreachableError(f"answers HTTP {response.status_code}")
    if response.status_code in {401, 403}:  # RFC 9110, 15.5.2 and 15.5.4
        raise RefusedError(
            f"answers HTTP {response.status_code} and does not say whether it has the schema: look at its API"
            " key, and at what may be read with it"
        )
    if 300 <= response.status_code < 400:  # maybe to a page where one signs in
        raise RefusedError(
            f"answers HTTP {response.status_code}, which leads elsewhere, and does not say whether it has the"
            " schema"
        )
    if not response.is_success:
        return None
    if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
        raise UnreachableError("answers in an encoding that was not asked for")
    try:
        schema = loaded(_bounded(response, end), most_depth=MOST_DEPTH)
    except ValueError:
        raise UnreachableError("answers what is no JSON") from None
    if not isinstance(schema, dict):
        raise UnreachableError("answers JSON that is no schema")
    return schema


def _bounded(response: httpx.Response, end: float) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise UnreachableError(f"answers more than {MAX_BYTES} bytes, which is no schema")
        if time.monotonic() > end:
            raise UnreachableError("did not answer in time")
    return body
