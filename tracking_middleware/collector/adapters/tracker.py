"""What trackers send: a query string, or an envelope with many events (Enrich, Tp1Adapter and Tp2Adapter)."""

from __future__ import annotations

from collections.abc import Mapping

from ..payload.envelope import events_in
from ..payload.hit import Hit
from ..payload.problems import RefusedError, of_protocol, quoted
from ..payload.query import query_pairs
from .content_types import JSON_TYPES, is_of


def query_events(hit: Hit) -> list[Mapping[str, str | None]]:
    """The one event in the query string, whatever the body; raises RefusedError."""
    query = dict(query_pairs(hit.query))
    if not query:
        raise RefusedError(of_protocol("", "the request has neither a query string nor a body"))
    return [query]


def tracker_events(hit: Hit) -> list[Mapping[str, str | None]]:
    """The events of an envelope, without a body that in the query string; raises RefusedError.

    A query string on a POST holds for each of its events and wins over the body; a name without a value
    in it takes the body's away.
    """
    if hit.body is None:
        return query_events(hit)
    if not is_of(hit.content_type, JSON_TYPES):
        given = "no Content-Type" if hit.content_type is None else f"Content-Type {quoted(hit.content_type)}"
        what = f"{given}: give one of {sorted(JSON_TYPES)}"
        raise RefusedError(of_protocol("", what))
    if not hit.body:
        raise RefusedError(of_protocol("", "the request is a POST with an empty body"))
    events = events_in(hit.body)
    if not hit.query:
        return list(events)
    query = dict(query_pairs(hit.query))
    return [{**event, **query} for event in events]
