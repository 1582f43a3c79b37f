"""The scenario in Flask."""

from __future__ import annotations

import flask

from tracking_middleware.flask import Tracking

from . import driving, making
from .driving import Lane, Nowhere


def lane() -> Lane:
    """A page with a title and an entity."""
    app, delivery = flask.Flask(__name__), Nowhere()

    @app.get("/articles/<name>")
    def page(name: str) -> str:
        making.title_and_entity()
        return f"<!doctype html><p>A page of {name}</p>"

    Tracking(app, tracker=making.tracker_to(delivery, {}))
    return Lane(making.environs(making.visit), driving.serve_wsgi(app), delivery.expect(1))
