"""A contestant behind a real server: ``python -m tests.benchmarks.server KEY PORT [WORKERS FOLDER]``.

PORT is that of its collector; it prints its own. ASGI behind uvicorn, WSGI behind waitress; WORKERS
processes share the socket, and FOLDER's outbox. No TLS. It ends with its standard input, or at a SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from .contestants import Contestant, Setup, contestant
from .processes import isolate
from .sites import on_a_server
from .visitors import Visitors

_THREADS = 4


def main(key: str, collector_port: str, workers: str = "1", folder: str = "") -> None:
    """Serve until told to end."""
    isolate()
    # the protocol is named, since asyncio switches Nagle's algorithm off for no socket without it
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        others = _fork(int(workers) - 1)
        made = contestant(key)(Setup(port=int(collector_port), folder=Path(folder) if folder else None))
        if others is not None:  # this is the first of them
            print(listener.getsockname()[1], flush=True)
            threading.Thread(target=_end_with_input, args=(others,), daemon=True).start()
        (_serve_wsgi if made.protocol == "WSGI" else _serve_asgi)(made, listener)


def _fork(others: int) -> list[int] | None:
    """So many processes more; their ids, or None in one of them."""
    pids = []
    for _ in range(others):
        if not (pid := os.fork()):
            return None
        pids.append(pid)
    return pids


def _end_with_input(others: list[int]) -> None:
    sys.stdin.read()
    for pid in (*others, os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _serve_asgi(made: Contestant, listener: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        on_a_server(made.asgi_app(), Visitors(seed=3)),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=600,  # longer than any run: a lost connection would be the server's own doing
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _end(*_signal: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the input has ended as well
    sys.exit(0)


def _serve_wsgi(made: Contestant, listener: socket.socket) -> None:
    import waitress.server

    app: Any = on_a_server(made.wsgi_app(), Visitors(seed=3), is_wsgi=True)
    server = waitress.server.create_server(
        app, sockets=[listener], threads=_THREADS, clear_untrusted_proxy_headers=False
    )
    signal.signal(signal.SIGTERM, _end)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
