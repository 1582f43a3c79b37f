"""The collector as a process: a socket, uvicorn, and the line that says where it listens."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..journeys.config import Config
from .app import create_app
from .certificates import Https
from .http.origins import is_loopback
from .http.tokens import Token, new_token
from .insights.robots import Robots
from .intake.options import TrackerOptions
from .pages import Ending
from .schemas.iglu import Iglu
from .store.store import Row, Store

_MOST_HEAD = 61_440
"""Bytes of a request's line and headers at the most: the real collector's 20,480 and 40,960."""

_BACKLOG = 128
"""Connections that wait to be accepted."""

_TURN = 0.0005

_PATIENCE = 3
"""Seconds that open answers get at the end."""


def serve(
    store: Store,
    *,
    host: str,
    port: int,
    iglu: Iglu | None = None,
    token: str | None = None,
    options: TrackerOptions | None = None,
    https: Https | None = None,
    heard: Callable[[Sequence[Row]], None] | None = None,
    announce: Callable[[str], None] | None = None,
    config: Config | None = None,
    robots: Robots | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, as ``serve_app`` does.

    ``iglu``, ``options``, ``heard``, ``config`` and ``robots`` are as in ``create_app``.
    """

    def collector(token: str | None, ending: Ending) -> ASGIApp:
        return create_app(
            store,
            iglu,
            token=token,
            host=host,
            options=options,
            heard=heard,
            ending=ending,
            config=config,
            robots=robots,
        )

    serve_app(
        collector, host=host, port=port, token=token, https=https, announce=announce or announce_address
    )


def serve_app(
    make: Callable[[str | None, Ending], ASGIApp],
    *,
    host: str,
    port: int,
    token: str | None,
    announce: Callable[[str], object],
    https: Https | None = None,
) -> None:
    """Serve an app until SIGINT or SIGTERM; ``announce`` gets the address once connections are accepted.

    ``make`` gets the token that is to be asked for, and what is called at the end. With ``https`` it serves
    that too, on a port of its own whose address is announced after the other. Where others than this machine
    can connect, what shows events asks for ``token``: without one, one is made. The announced address has it.
    Port 0 is one that the system chooses. Raises AddressError, an OSError, where an address cannot be used,
    TokenError where the token cannot, CertificateError where the certificate cannot.
    """
    if token is not None:
        Token(token)
    secure = [] if https is None else [(_listen(host, https.port), https.context(host))]
    listener = _listen(host, port)
    if token is None and not is_loopback(listener.getsockname()[0]):
        token = new_token()
    addresses = [_address("http", host, listener), *(_address("https", host, bound) for bound, _ in secure)]
    shown = addresses if token is None else [Token(token).url(address) for address in addresses]
    ending = Ending()
    # h11, also where httptools is installed, which bounds no headers
    config = uvicorn.Config(
        make(token, ending),
        http=H11Protocol,
        ws="none",
        h11_max_incomplete_event_size=_MOST_HEAD,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    server = _Server(config, lambda: [announce(address) for address in shown], ending, secure)
    with _turns(_TURN):
        server.run(sockets=[listener])


@contextmanager
def _turns(seconds: float) -> Iterator[None]:
    """How long a thread may work before another that wants to gets its turn.

    A commit takes some dozen turns: at Python's 5 ms it would wait long for a page that is being made.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _address(scheme: str, host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}:{listener.getsockname()[1]}"


class AddressError(OSError):
    """An address that cannot be listened on; the message says which, and why."""


class _Server(uvicorn.Server):
    """Says when it accepts connections, and when it ends, which open streams would put off.

    ``secure`` are sockets that it listens on with TLS, for which uvicorn would take a server of their own.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], object],
        ending: Ending,
        secure: Sequence[tuple[socket.socket, ssl.SSLContext]],
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._ending = ending
        self._secure = secure

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        loop = asyncio.get_running_loop()
        for listener, context in self._secure:
            self.servers.append(
                await loop.create_server(self._protocol, sock=listener, ssl=context, backlog=_BACKLOG)
            )
        self._announce()

    def _protocol(self) -> asyncio.Protocol:
        return H11Protocol(self.config, self.server_state, self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return _bound(host, port)
    except (OSError, OverflowError) as error:
        raise AddressError(f"cannot listen on {host} port {port}: {error}") from error


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def announce_address(address: str, stream: TextIO | None = None) -> None:
    """The line that says where it listens."""
    print(f"collector listening on {address}", file=stream, flush=True)
