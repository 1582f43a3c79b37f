"""The shop that the pages' tests are about: as a module ``shop`` in a project of its own."""

from __future__ import annotations

from flask import Flask

from tracking_middleware import Article, current_page, event, track
from tracking_middleware.flask import Tracking


@event("iglu:com.acme/order_returned/jsonschema/1-0-0")
class OrderReturned:
    """Something that was bought came back."""

    sku: str
    channel: str


def create_app(collector_url: str = "http://127.0.0.1:9") -> Flask:
    """A page about an article, and a form for returns."""
    app = Flask(__name__)
    Tracking(app, collector_url=collector_url, app_id="shop")

    @app.get("/articles/<name>")
    def article(name):
        current_page().title = name.capitalize()
        current_page().attach(Article(id="1", author="Ada", tags=["x"]))
        return f"<h1>{name}</h1>"

    @app.post("/returns")
    def take_back():
        track(OrderReturned(sku="RS-1", channel="shop"))
        return "<p>Thank you"

    return app
