"""What a view with a peer's client has to find out by itself, in the cheapest way one would write by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..sites import Request
from ..visitors import Story


class Visitor(NamedTuple):
    """The person and session in the JavaScript tracker's cookie, or empty texts."""

    domain_userid: str
    domain_sessionid: str
    domain_sessionidx: str


def visitor_of(request: Request) -> Visitor:
    """Who the request's cookie names, without any of the checks that a hostile cookie would need."""
    _, found, rest = request.header("cookie").partition("_sp_id.")
    if not found:
        return Visitor("", "", "")
    fields = rest.partition(";")[0].partition("=")[2].split(".")
    return Visitor(fields[0], fields[5], fields[2])


def article_data(story: Story) -> dict[str, Any]:
    """The fields of ``Article`` as JSON takes them."""
    return {
        "id": story.id,
        "subject": story.subject,
        "tags": list(story.tags),
        "author": story.author,
        "length": story.length,
        "written": story.written.isoformat(),
        "published": story.published.isoformat(),
        "section": story.section,
        "language": story.language,
    }
