"""The emitter that POSTs to a collector; the only module that imports httpx."""

from __future__ import annotations

import contextlib
import email.utils
import encodings.idna  # noqa: F401 - a name is looked up with it: loaded then, a fork might come amid that
import gzip
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..protocol import COLLECTOR_PATH, CONTENT_TYPE, TRACKER_VERSION, encode_post
from .retry import Outcome, Verdict, judge

_LONGEST_ANSWER = 65_536
_NO_SUCH_HOST = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class HttpEmitter:
    """POSTs batches to a collector over a kept-alive connection; used by one thread.

    It drives httpx's transport without the client around it, which would take as much time again for
    redirects, credentials and cookies. None of them is wanted here: a redirect is a wrong address,
    and a cookie that was kept would make one person of all visitors.
    """

    def __init__(
        self,
        *,
        collector_url: str,
        timeout: float,
        headers: Mapping[str, str],
        ca_bundle: str | None,
        compress: bool = False,
    ) -> None:
        """``timeout``: seconds for a whole POST; ``compress``: bodies are sent as gzip."""
        url = httpx.URL(_with_collector_path(collector_url))
        self._timeout = timeout
        self._compress = compress
        self._deadline = 0.0
        self._is_aborted = False
        self._socket: socket.socket | None = None
        encoding = {"Content-Encoding": "gzip"} if compress else {}
        shared = httpx.Headers({"User-Agent": TRACKER_VERSION, **headers, **encoding})
        shared["Content-Type"] = CONTENT_TYPE
        self._request = partial(httpx.Request, "POST", url, extensions=self._extensions())
        self._headers = {False: shared, True: httpx.Headers({**shared, "SP-Anonymous": "*"})}
        self._transport = httpx.HTTPTransport(
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30),
            verify=_trust(ca_bundle) if url.scheme == "https" else _trust_nobody(),
            proxy=_proxy_for(url),
        )

    def _extensions(self) -> dict[str, Any]:
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        return {"timeout": limits, "trace": self._observe}

    def send(self, payloads: Sequence[bytes], *, is_anonymous: bool) -> Outcome:
        """POST encoded events as one body; never raises for what the network does."""
        body = encode_post(payloads, sent=int(time.time() * 1000))
        if self._compress:
            body = gzip.compress(body, compresslevel=1)
        self._deadline = time.monotonic() + self._timeout
        self._is_aborted = False
        try:
            response = self._transport.handle_request(
                self._request(headers=self._headers[is_anonymous], content=body)
            )
        except httpx.HTTPError as error:
            if self._is_aborted:
                return Outcome(Verdict.LATER, f"no answer within {self._timeout:g} s")
            return _failed(error)
        with contextlib.closing(response):
            self._read(response)
            return judge(response.status_code, _retry_after(response.headers.get("retry-after", "")))

    def abort(self) -> None:
        """End the POST under way, from another thread: what it waits for has not come in time."""
        self._is_aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _observe(self, name: str, info: Mapping[str, Any]) -> None:
        """What httpcore tells of each step: httpx itself limits only single reads and writes."""
        if name in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")
        if name == "http11.send_request_headers.started" and time.monotonic() > self._deadline:
            raise httpx.ConnectTimeout(f"connecting took longer than {self._timeout:g} s")

    def _read(self, response: httpx.Response) -> None:
        """Read the answer, so that the connection can be kept; an endless one is left."""
        read = 0
        with contextlib.suppress(httpx.HTTPError):  # its status has come, and is the answer
            for chunk in response.stream:  # type: ignore[union-attr]
                read += len(chunk)
                if read > _LONGEST_ANSWER or time.monotonic() > self._deadline:
                    return


def _with_collector_path(url: str) -> str:
    return url.rstrip("/") + COLLECTOR_PATH if urlsplit(url).path in {"", "/"} else url


def _proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment names for a URL (``HTTPS_PROXY``, ``NO_PROXY`` …)."""
    if urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    """The system's certificates, or those of the bundle alone."""
    return ssl.create_default_context(cafile=ca_bundle)


def _trust_nobody() -> ssl.SSLContext:
    """For a URL without TLS: reading the certificates would take a tenth of a second for nothing."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _failed(error: httpx.HTTPError) -> Outcome:
    is_address = any(map(_is_about_address, _causes(error)))
    return Outcome(Verdict.ADDRESS if is_address else Verdict.LATER, f"{type(error).__name__}: {error}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what brought it about: httpx and httpcore put one each around the system's."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_about_address(cause: BaseException) -> bool:
    """Whether nobody is there who could take events: no such host, or none that can be trusted."""
    if isinstance(cause, socket.gaierror):
        return cause.errno in _NO_SUCH_HOST
    return isinstance(cause, ssl.SSLError)


def _retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
