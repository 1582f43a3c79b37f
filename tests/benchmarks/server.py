"""A contestant behind uvicorn: ``python -m tests.benchmarks.server KEY COLLECTOR_PORT`` prints its port.

One worker, no TLS. It ends with its standard input, or at a SIGTERM.
"""

from __future__ import annotations

import socket
import sys
import threading

import uvicorn

from .contestants import Setup, contestant
from .processes import isolate
from .sites import on_a_server
from .visitors import Visitors


def main(key: str, collector_port: str) -> None:
    """Serve until told to end."""
    isolate()
    made = contestant(key)(Setup(port=int(collector_port)))
    config = uvicorn.Config(
        on_a_server(made.asgi_app(), Visitors(seed=3)),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=600,  # longer than any run: a lost connection would be the server's own doing
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    def end_with_input() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_input, daemon=True).start()
    # the protocol is named, since asyncio switches Nagle's algorithm off for no socket without it
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        print(listener.getsockname()[1], flush=True)
        server.run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
