"""Sites behind a cache: the first part of the path says which headers the page has, under WSGI and ASGI.

The tracker is configured from the environment.
"""

from __future__ import annotations

import itertools
import os

import flask

from tracking_middleware import Tracker
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.flask import Tracking

from .cached_pages import PAGES

tracker = Tracker.from_env()
made = itertools.count()


def page(path):
    """Headers and body; no two bodies are the same."""
    kind = path.strip("/").partition("/")[0]
    body = str(os.getpid()) if kind.startswith("health-") else f"<p>page {next(made)}</p>"
    return [
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(body))),
        *PAGES.get(kind, []),
    ], body.encode()


app = flask.Flask(__name__)
Tracking(app, tracker=tracker)


@app.get("/<path:path>")
def answer(path):
    headers, body = page(path)
    return flask.Response(body, headers=headers)


wsgi = app


async def asgi_page(scope, receive, send):
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    headers, body = page(scope["path"])
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": body})


asgi = ASGIMiddleware(asgi_page, tracker=tracker)
