"""What agents ask for that is no page: their rules, and what leads them to pages."""

from __future__ import annotations

import re
from typing import Literal

AgentFile = Literal["robots", "llms", "sitemap", "feed"]
"""The actions of the structured events of the category ``agent``."""

_BY_NAME = re.compile(
    r"/(?:(robots)\.txt|(llms)(?:-full)?\.txt|[^/]*(sitemap)[^/]*\.(?:xml|txt)(?:\.gz)?)", re.IGNORECASE
)
_FEEDS = frozenset(f"application/{kind}" for kind in ("rss+xml", "atom+xml", "rdf+xml", "feed+json"))
_XML = frozenset({"application/xml", "text/xml"})
_FEED_S_PATH = re.compile(r"feed|rss|atom|\brdf", re.IGNORECASE)


def file_at(path: str) -> AgentFile | None:
    """What a path is by its name: ``/robots.txt`` at the root alone, the others anywhere."""
    last = path[path.rfind("/") :]
    found = _BY_NAME.fullmatch(last)
    if found is None:
        return None
    if found[1]:
        return "robots" if last == path else None
    return "llms" if found[2] else "sitemap"


def is_feed(content_type: str, path: str) -> bool:
    """Whether an answer is a feed, by its type; XML that says no more, by the path as well."""
    return content_type in _FEEDS or (content_type in _XML and _FEED_S_PATH.search(path) is not None)
