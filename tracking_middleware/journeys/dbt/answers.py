"""What dbt's documentation says of the answers' columns, and what its tests hold them to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...agents import AGENT_CLASSES, PROOFS
from ..answers.given import ATTRIBUTION_MODELS

_ZONE = "the time zone that says what a day is"
_MODEL = "by which model of attribution"
_CURRENCY = "ISO 4217; `XXX` where none is known"
_DIVIDED = {
    "channel": "the channel; NULL in rows of other dimensions",
    "campaign": "the campaign; NULL in rows of other dimensions, and where there was none",
    "landing_url": "the landing page; NULL in rows of other dimensions",
}
_WHOSE = {"person_id": "whose it is; NULL where nobody's", "session_id": "its session; NULL where in none"}
_STANDS_FOR = "how often; where not all are tracked, how many those stand for"
_TRACKED = "how many of them were tracked"
_TOOK = {
    "reads": _STANDS_FOR,
    "tracked": _TRACKED,
    "bytes": "the length of their answers' bodies as sent, of those that say it; NULL where none does",
    "bytes_measured": "how many of the tracked say it",
    "seconds": "from their requests to the ends of the bodies, of those that say it; NULL where none does",
    "seconds_measured": "how many of the tracked say it",
}
_AGENT = {
    "agent_class": "which kind of agent",
    "operator": "whose it is; NULL where not known",
    "product": "what it calls itself; NULL where not known",
    "proof": "how sure that is",
}
_KNOWN = "NULL where what the event says is no such number"

ANSWER_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "content": {
        "article_id": "the article",
        "valid_from": "from when on its entity said so, UTC",
        "valid_to": "when it said something else; NULL where it still says so",
        "title": "its headline",
        "authors": "its authors, with semicolons between",
        "sections": "its sections, with semicolons between",
        "subject": "its subject",
        "tags": "its tags, with semicolons between",
    },
    "content_performance": {
        "dimension": "what is counted by",
        "value": "which article, author, section, subject or tag; `all`",
        "day": "the day; NULL for all days",
        "timezone": _ZONE,
        "views": "page views",
        "server_views": "of them, those that the server told of",
        "browser_views": "of them, those that the browser told of",
        "persons": "how many persons",
        "new_persons": "of them, those whose first event of all is of the same day",
        "engaged_seconds": "seconds that page pings stand for",
        "finished_views": "page views that were scrolled to the end",
        "finished_share": "finished_views by browser_views",
        "entry_views": "page views that were the first of their session",
        "entry_share": "entry_views by views",
        "observed_persons": "persons whose session began at least seven days before the newest page view",
        "returning_persons": "of them, those who began another session within seven days",
        "returning_share": "returning_persons by observed_persons",
    },
    "recirculation": {
        "from_article_id": "the article",
        "to_article_id": "what was read next in the session; NULL where it was the last",
        "persons": "how many persons went on so",
        "moves": "how often they did",
    },
    "agents": {**_AGENT, "day": "the day", "timezone": _ZONE, **_TOOK},
    "agent_reads": {
        "kind": "page; or a file made for agents: robots, llms, sitemap or feed",
        "article_id": "the article; NULL where the page says none",
        "page_url": "the page, without parameters and fragment",
        **_AGENT,
        "day": "the day",
        "timezone": _ZONE,
        **_TOOK,
    },
    "touches": {
        "person_id": "whose session it is",
        "session_id": "the session",
        "at": "when it began, UTC",
        "channel": "where it came from",
        "campaign": "by which campaign; NULL where by none",
        "landing_url": "its first page, without parameters",
        "source": "the source of the campaign",
    },
    "conversions": {
        "conversion_id": "the id that the configuration names",
        "event_id": "the first event that says it",
        **_WHOSE,
        "at": "when, UTC",
        "value": _KNOWN,
        "margin": _KNOWN,
        "currency": _CURRENCY,
        "repeats": "how many more events say it",
    },
    "returns": {
        "conversion_id": "the conversion's id",
        "event_id": "the event",
        "at": "when it came back, UTC",
        "value": f"what it takes off; {_KNOWN}",
        "margin": f"what it takes off; {_KNOWN}",
        "currency": "the conversion's; NULL while it waits for that",
        "conversion_at": "when the conversion was; NULL while it waits for that",
        **_WHOSE,
    },
    "attribution": {
        "model": _MODEL,
        "conversion_id": "the conversion",
        "session_id": "the touch; NULL where none is known",
        "channel": "the touch's channel; `unknown` where no touch is known",
        "campaign": "the touch's campaign",
        "landing_url": "the touch's landing page",
        "weight": "how much of the conversion is the touch's, 0 to 1",
    },
    "campaign_margin": {
        "model": _MODEL,
        "dimension": "what is counted by",
        **_DIVIDED,
        "currency": _CURRENCY,
        "timezone": _ZONE,
        "conversions": "the sum of the weights",
        "value": "after returns",
        "margin": "after returns",
        "unknown_values": "conversions whose value is not known, which are not in the sum",
        "unknown_margins": "conversions whose margin is not known, which are not in the sum",
        "cost": "what was spent; NULL where nothing is known of it",
        "return_on_spend": "margin by cost",
    },
    "spend": {
        "campaign": "the campaign",
        "day": "the day",
        "cost": "what it cost",
        "currency": "ISO 4217",
    },
}
"""By table, what its columns are, in their order."""

_UNIQUE = ("unique", "not_null")
_EVENT = {"relationships": {"to": "ref('events')", "field": "event_id"}}
_CONVERSION = {"relationships": {"to": "ref('conversions')", "field": "conversion_id"}}
_MODELS = {"accepted_values": {"values": list(ATTRIBUTION_MODELS)}}


def _one_of(*values: str) -> dict[str, Any]:
    return {"accepted_values": {"values": list(values)}}


_AGENT_CLASS = ("not_null", _one_of(*(one for one in AGENT_CLASSES if one not in {"person", "unknown"})))
_AGENT_PROOF = ("not_null", _one_of(*PROOFS))

ANSWER_TESTS: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("content", "article_id"): ("not_null",),
    ("content", "valid_from"): ("not_null",),
    ("content_performance", "dimension"): (
        "not_null",
        _one_of("all", "article", "author", "section", "subject", "tag"),
    ),
    ("content_performance", "value"): ("not_null",),
    ("recirculation", "from_article_id"): ("not_null",),
    ("agents", "agent_class"): _AGENT_CLASS,
    ("agents", "proof"): _AGENT_PROOF,
    ("agents", "reads"): ("not_null",),
    ("agent_reads", "kind"): ("not_null", _one_of("page", "robots", "llms", "sitemap", "feed")),
    ("agent_reads", "agent_class"): _AGENT_CLASS,
    ("agent_reads", "proof"): _AGENT_PROOF,
    ("agent_reads", "reads"): ("not_null",),
    ("touches", "session_id"): (
        *_UNIQUE,
        {"relationships": {"to": "ref('sessions')", "field": "session_id"}},
    ),
    ("touches", "channel"): ("not_null",),
    ("conversions", "conversion_id"): _UNIQUE,
    ("conversions", "event_id"): ("not_null", _EVENT),
    ("conversions", "currency"): ("not_null",),
    ("returns", "event_id"): ("not_null", _EVENT),
    ("attribution", "conversion_id"): ("not_null", _CONVERSION),
    ("attribution", "model"): ("not_null", _MODELS),
    ("attribution", "weight"): ("not_null",),
    ("campaign_margin", "model"): ("not_null", _MODELS),
    ("campaign_margin", "dimension"): ("not_null", _one_of("all", "campaign", "channel", "landing_page")),
    ("campaign_margin", "currency"): ("not_null",),
    ("spend", "cost"): ("not_null",),
}
"""By table and column."""
