"""The collector as a process: a socket, uvicorn, and the line that says where it listens."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

import uvicorn

from .app import create_app
from .http.origins import is_loopback
from .http.tokens import Token, new_token
from .intake.options import TrackerOptions
from .pages import Ending
from .schemas.iglu import Iglu
from .store.store import Row, Store

_MOST_HEAD = 61_440
"""Bytes of a request's line and headers at the most: the real collector's 20,480 and 40,960."""

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
    heard: Callable[[Sequence[Row]], None] | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``announce`` gets the address once connections are accepted.

    Where others than this machine can connect, the page and ``/micro/…`` ask for ``token``: without
    one, one is made. The announced address has it. ``iglu``, ``options`` and ``heard`` are as in
    ``create_app``. Port 0 is one that the system chooses. Raises OSError where the address cannot be
    used, TokenError where the token cannot.
    """
    if token is not None:
        Token(token)
    listener = _listen(host, port)
    bound, chosen = listener.getsockname()[:2]
    if token is None and not is_loopback(bound):
        token = new_token()
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{chosen}"
    shown = address if token is None else Token(token).url(address)
    ending = Ending()
    app = create_app(store, iglu, token=token, host=host, options=options, heard=heard, ending=ending)
    # h11, also where httptools is installed, which bounds no headers
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        h11_max_incomplete_event_size=_MOST_HEAD,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    server = _AnnouncingServer(config, lambda: (announce or announce_address)(shown), ending)
    server.run(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """Says when it accepts connections, and when it ends, which open streams would put off."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], ending: Ending) -> None:
        super().__init__(config)
        self._announce = announce
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def announce_address(address: str, stream: TextIO | None = None) -> None:
    """The line that says where it listens."""
    print(f"collector listening on {address}", file=stream, flush=True)
