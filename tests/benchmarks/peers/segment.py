"""Segment's Python client, called in the view."""

from __future__ import annotations

from segment.analytics.client import Client

from ..contestants import Contestant, Setup
from ..sites import Request
from .facts import article_data, visitor_of


class Segment(Contestant):
    """``page()``."""

    name = "segment-analytics-python"
    each = 1
    about = (
        "batches of 100 (default), upload_interval 0.1 s, one consumer thread, a queue as large as needed; "
        "the view reads the cookie by hand and calls page() with the article's fields"
    )

    def __init__(self, setup: Setup) -> None:
        self._client = Client("benchmark", host=setup.url, max_queue_size=setup.capacity, upload_interval=0.1)

    def view(self, request: Request) -> None:
        visitor, story = visitor_of(request), request.story
        url, referrer = request.url, request.header("referer")
        self._client.page(
            anonymous_id=visitor.domain_userid or "nobody",
            name=story.headline,
            properties={"url": url, "referrer": referrer, "article": article_data(story)},
            context={
                "ip": request.address,
                "userAgent": request.header("user-agent"),
                "locale": request.header("accept-language"),
                "page": {"url": url, "referrer": referrer, "title": story.headline},
                "sessionId": visitor.domain_sessionid,
            },
        )

    def flush(self) -> None:
        self._client.flush()

    def close(self) -> None:
        self._client.shutdown()
