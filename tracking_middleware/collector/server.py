"""The collector as a process: a socket, uvicorn, and the line that says where it listens."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn

from .app import create_app
from .iglu import Iglu
from .store import Store


def serve(
    store: Store,
    *,
    host: str,
    port: int,
    iglu: Iglu | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``announce`` gets the address once connections are accepted.

    ``iglu`` says what is valid and what is confidential, as in ``create_app``. Port 0 is one that the
    system chooses. Raises OSError where the address cannot be used.
    """
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listener.getsockname()[1]}"
    app = create_app(store, iglu)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    server = _AnnouncingServer(config, lambda: (announce or _print)(address))
    server.run(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """Says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


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
