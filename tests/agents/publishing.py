"""A server of https on loopback, as an operator's: what it answers, and how slowly, is told to it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import trustme

from tracking_middleware.agents.proof.fetching import Fetcher

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("agent.example")


def answer(body, status="200 OK", *more):
    """An answer with a length."""
    data = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", "Connection: close", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@contextlib.contextmanager
def operator(answers):
    """The port of a server that calls ``answers`` with each request's target and a way to send."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CERTIFICATE.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, context, answers), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(30)


def fetcher(addresses=("127.0.0.1",), is_allowed=lambda _: True, **more):
    """A fetcher to whom loopback is public, and the authority of the tests known."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return Fetcher(context=context, resolve=lambda *_: list(addresses), is_allowed=is_allowed, **more)


def _serve(listening, context, answers):
    while True:
        try:
            raw, _ = listening.accept()
        except OSError:
            return
        raw.settimeout(10)
        with raw, contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as secured:
            target = secured.recv(65536).split()[1].decode()
            answers(target, secured.sendall)
            secured.unwrap()
