"""PostHog's Python client, called in the view."""

from __future__ import annotations

from posthog import Posthog

from ..contestants import Contestant, Setup
from ..sites import Request
from .facts import article_data, visitor_of

_PATIENCE = 120


class PostHog(Contestant):
    """``capture("$pageview")``."""

    name = "posthog"
    each = 1
    about = (
        "batches of 100 (default), one consumer thread, no feature flags, no exception capture, a queue as "
        "large as needed; the view reads the cookie by hand and captures $pageview with the article's fields"
    )

    def __init__(self, setup: Setup) -> None:
        self._client = Posthog("benchmark", host=setup.url, max_queue_size=setup.capacity)

    def view(self, request: Request) -> None:
        visitor, story = visitor_of(request), request.story
        self._client.capture(
            "$pageview",
            distinct_id=visitor.domain_userid or None,
            properties={
                "$current_url": request.url,
                "$referrer": request.header("referer"),
                "$raw_user_agent": request.header("user-agent"),
                "$browser_language": request.header("accept-language"),
                "$ip": request.address,
                "$session_id": visitor.domain_sessionid,
                "$title": story.headline,
                "article": article_data(story),
            },
        )

    def flush(self) -> None:
        self._client.flush(timeout_seconds=_PATIENCE)

    def close(self) -> None:
        self._client.shutdown()
