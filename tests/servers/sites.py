"""What the servers serve: a page that says which process made it, under WSGI and ASGI.

The tracker is configured from the environment.
"""

from __future__ import annotations

import logging
import os
from wsgiref.util import setup_testing_defaults

from tracking_middleware import Tracker
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

logging.basicConfig()  # what the tracker warns of is in the log of the process
tracker = Tracker.from_env()


def page():
    """Headers and body."""
    body = str(os.getpid()).encode()
    return [("Content-Type", "text/html"), ("Content-Length", str(len(body)))], body


def wsgi_page(environ, start_response):
    headers, body = page()
    start_response("200 OK", headers)
    return [body]


async def asgi_page(scope, receive, send):
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
    else:
        headers, body = page()
        raw = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": body})


wsgi = WSGIMiddleware(wsgi_page, tracker=tracker)
asgi = ASGIMiddleware(asgi_page, tracker=tracker)


def visit(path):
    """A page view without a server."""
    environ = {"PATH_INFO": path, "HTTP_ACCEPT": "text/html"}
    setup_testing_defaults(environ)
    body = wsgi(environ, lambda *_: None)
    assert b"".join(body)


if "SITE_VISITED_AT_IMPORT" in os.environ:
    visit(os.environ["SITE_VISITED_AT_IMPORT"])
