"""Events in the shapes of Snowplow Micro's REST API: good and bad."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from .columns import enrich
from .hit import Hit, RefusedError, parameters_of
from .store import Row

logger = logging.getLogger(__name__)


def rows_of(hit: Hit) -> list[Row]:
    """What becomes of a request: a good or a bad row for each event in it, and never none."""
    try:
        events = parameters_of(hit)
    except RefusedError as refusal:
        return [_bad(hit, None, "the request breaks the tracker protocol", refusal.reasons)]
    except Exception as error:
        # a bug of ours must not lose what was sent, and its message may quote it
        logger.exception("a request could not be read")
        return [_bad(hit, None, "the collector failed to read the request", [type(error).__name__])]
    return [_row(hit, parameters) for parameters in events]


def _row(hit: Hit, parameters: Mapping[str, str]) -> Row:
    try:
        return _good(hit, parameters, enrich(parameters, hit))
    except RefusedError as refusal:
        return _bad(hit, parameters, "the event has fields that cannot be read", refusal.reasons)
    except Exception as error:
        # a bug of ours must not lose what was sent, and its message may quote it
        logger.exception("an event could not be read")
        return _bad(hit, parameters, "the collector failed to read the event", [type(error).__name__])


def _good(hit: Hit, parameters: Mapping[str, str], columns: dict[str, Any]) -> Row:
    entities = columns["contexts"]["data"] if columns["contexts"] else []
    parts = (
        columns["event_vendor"],
        columns["event_name"],
        columns["event_format"],
        columns["event_version"],
    )
    event = {**columns, "contexts": columns["contexts"] or {}, "derived_contexts": {}}
    shape = {
        "rawEvent": hit.raw_event(parameters),
        "eventType": columns["event"],
        "schema": "iglu:" + "/".join(parts),
        "contexts": [entity["schema"] for entity in entities],
        "event": event,
        "incomplete": False,
    }
    return Row(is_good=True, received=hit.timestamp, shape=shape)


def _bad(hit: Hit, parameters: Mapping[str, str] | None, summary: str, reasons: Iterable[str]) -> Row:
    shape = {
        "collectorPayload": hit.collector_payload(),
        "rawEvent": None if parameters is None else hit.raw_event(parameters),
        "errors": [summary, *reasons],
    }
    return Row(is_good=False, received=hit.timestamp, shape=shape)
