"""Events in the shapes of Snowplow Micro's REST API: good and bad."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ..adapters.choosing import parameters_of
from ..payload.hit import Hit
from ..payload.problems import Problem, RefusedError, bad_row_texts
from ..schemas.validation import Check, Validation
from ..store.store import Row
from .enrich import enrich

logger = logging.getLogger("tracking_middleware.collector.micro")


def rows_of(hit: Hit, validation: Validation) -> list[Row]:
    """What becomes of a request: a good or a bad row for each event in it, and never none."""
    try:
        events = parameters_of(hit)
    except RefusedError as refusal:
        return [_bad(hit, None, refusal.problems)]
    except Exception as error:
        # a bug of ours must not lose what was sent, and its message may quote it
        logger.exception("a request could not be read")
        return [_failed(hit, None, "the collector failed to read the request", error)]
    check = validation.for_request()
    return [_row(hit, parameters, check) for parameters in events]


def _row(hit: Hit, parameters: Mapping[str, str], check: Check) -> Row:
    try:
        return _good(hit, parameters, enrich(parameters, hit, check))
    except RefusedError as refusal:
        return _bad(hit, parameters, refusal.problems)
    except Exception as error:
        # a bug of ours must not lose what was sent, and its message may quote it
        logger.exception("an event could not be read")
        return _failed(hit, parameters, "the collector failed to read the event", error)


def _good(hit: Hit, parameters: Mapping[str, str], columns: dict[str, Any]) -> Row:
    entities = columns["contexts"]["data"] if columns["contexts"] else []
    parts = (
        columns["event_vendor"],
        columns["event_name"],
        columns["event_format"],
        columns["event_version"],
    )
    columns["contexts"] = columns["contexts"] or {}
    columns["derived_contexts"] = columns["derived_contexts"] or {}
    shape = {
        "rawEvent": hit.raw_event(parameters),
        "eventType": columns["event"],
        "schema": None if None in parts else "iglu:" + "/".join(parts),
        "contexts": [entity["schema"] for entity in entities],
        "event": columns,
        "incomplete": False,
    }
    return Row(is_good=True, received=hit.timestamp, shape=shape)


def _bad(hit: Hit, parameters: Mapping[str, str] | None, problems: Sequence[Problem]) -> Row:
    """``errors`` are a sentence on the kind of trouble, then one for each; see also ``bad_rows``."""
    errors = [problems[0].group, *(problem.sentence for problem in problems)]
    api = {"vendor": hit.vendor, "version": hit.version}
    return _bad_row(hit, parameters, errors, bad_row_texts(problems, hit.timestamp, api))


def _failed(hit: Hit, parameters: Mapping[str, str] | None, summary: str, error: Exception) -> Row:
    return _bad_row(hit, parameters, [summary, type(error).__name__], [])


def _bad_row(hit: Hit, parameters: Mapping[str, str] | None, errors: list[str], bad_rows: list[str]) -> Row:
    shape = {
        "collectorPayload": hit.collector_payload(),
        "rawEvent": None if parameters is None else hit.raw_event(parameters),
        "errors": errors,
        "badRows": bad_rows,
    }
    return Row(is_good=False, received=hit.timestamp, shape=shape)
