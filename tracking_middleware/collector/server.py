"""The collector as a process: a socket, uvicorn, and the line that says where it listens."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn

from .app import create_app
from .masking import Schemas
from .pages import Ending
from .store import Store

_LAST_WORDS = 5
"""Seconds that requests have to be answered when the server ends."""


def serve(
    store: Store,
    *,
    host: str,
    port: int,
    schemas: Schemas | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``announce`` gets the address once connections are accepted.

    ``schemas`` say what is confidential, as in ``create_app``. Port 0 is one that the
    system chooses. Raises OSError where the address cannot be used.
    """
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listener.getsockname()[1]}"
    ending = Ending()
    app = create_app(store, schemas, ending=ending)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        # for who neither reads on nor goes away
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    server = _AnnouncingServer(config, lambda: (announce or _print)(address), ending)
    server.run(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """Says when it accepts connections, and when it ends, which open streams would put off for ever."""

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


def _print(address: str) -> None:
    print(f"collector listening on {address}", flush=True)
