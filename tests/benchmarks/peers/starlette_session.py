"""Starlette's SessionMiddleware: it reads and writes a signed cookie, as issuing does, and sends nothing."""

from __future__ import annotations

import uuid

from starlette.middleware.sessions import SessionMiddleware

from ..contestants import Contestant
from ..sites import ASGIApp, Request


class StarletteSession(Contestant):
    """A session with an id and a count of pages, renewed with each page."""

    name = "Starlette SessionMiddleware"
    about = "the view counts pages in the session; nothing is delivered anywhere"

    def view(self, request: Request) -> None:
        session = request.native["session"]
        if "id" not in session:
            session["id"] = str(uuid.uuid4())
        session["pages"] = session.get("pages", 0) + 1

    def wrap_asgi(self, site: ASGIApp) -> ASGIApp:
        return SessionMiddleware(site, secret_key="a long random text that stays secret", https_only=True)
