"""Requests and answers without any server, and a delivery that keeps what it gets."""

from __future__ import annotations

import contextvars
from collections import Counter

from tracking_middleware import current_page
from tracking_middleware.request.view import RequestView

HTML = [("Content-Type", "text/html")]
PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
COOKIES = f"_sp_id.8e5d={PERSON}.1700000000.3.1700000100.1690000000.{SESSION}....2; _sp_ses.8e5d=*"
"""Of a person and a living session, on ``www.example.test``."""


class Records:
    """A delivery that keeps what it gets."""

    def __init__(self):
        self.recorded = []
        self.dropped = Counter()
        self.closed = 0

    def record(self, recorded):
        self.recorded.append(recorded)

    def drop(self, reason):
        self.dropped[reason] += 1

    def flush(self, timeout):
        return 0

    def close(self, timeout):
        self.closed += 1
        return 0

    def stats(self):
        return {"recorded": len(self.recorded)}

    def health(self):
        return {"status": "healthy", "reasons": []}

    def events(self):
        """All events, as the background thread makes them."""
        return [recorded.to_event() for recorded in self.recorded]

    def event(self):
        return self.recorded[-1].to_event()


def request(path="/page", query="", host="www.example.test", headers=None, peer="203.0.113.9", **options):
    return RequestView(
        method=options.get("method", "GET"),
        scheme="https",
        host=host,
        path=path,
        query=query,
        headers={"accept": "text/html", **(headers or {})},
        peer=peer,
        native_source=options.get("native", dict),
    )


def outside(function):
    """Call it where no request ever was."""
    return contextvars.Context().run(function)


def serve(tracker, view=None, *, status=200, during=lambda page: None):
    exchange = tracker.begin(view or request())
    during(current_page())
    assert exchange.start(status, HTML) == ()
    exchange.finish("complete")
    exchange.finish("closed")
    return exchange
