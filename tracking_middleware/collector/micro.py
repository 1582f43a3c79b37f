"""Events in the shapes of Snowplow Micro's REST API: good, bad, and the filters on them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from .enrich import enrich
from .hit import Hit, parameters_of
from .problems import Problem, RefusedError, bad_row_texts
from .store import Row
from .validation import Check, Validation

logger = logging.getLogger(__name__)


def rows_of(hit: Hit, validation: Validation) -> list[Row]:
    """What becomes of a request: a good or a bad row for each event in it, and never none."""
    try:
        events = parameters_of(hit)
    except RefusedError as refusal:
        return [_bad(hit, None, "the request breaks the tracker protocol", refusal.problems)]
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
        return _bad(hit, parameters, "the event has fields that cannot be used", refusal.problems)
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
        "schema": "iglu:" + "/".join(parts),
        "contexts": [entity["schema"] for entity in entities],
        "event": columns,
        "incomplete": False,
    }
    return Row(is_good=True, received=hit.timestamp, shape=shape)


def _bad(hit: Hit, parameters: Mapping[str, str] | None, summary: str, problems: Sequence[Problem]) -> Row:
    """``errors`` are Micro's: a sentence, then the pipeline's bad rows; ``reasons`` are for people."""
    reasons = [problem.sentence for problem in problems]
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    errors = [f"{summary}: {reasons[0]}{more}", *bad_row_texts(problems, hit.timestamp)]
    return _bad_row(hit, parameters, errors, reasons)


def _failed(hit: Hit, parameters: Mapping[str, str] | None, summary: str, error: Exception) -> Row:
    name = type(error).__name__
    return _bad_row(hit, parameters, [f"{summary}: {name}"], [f"{summary}: {name}"])


def _bad_row(hit: Hit, parameters: Mapping[str, str] | None, errors: list[str], reasons: list[str]) -> Row:
    shape = {
        "collectorPayload": hit.collector_payload(),
        "rawEvent": None if parameters is None else hit.raw_event(parameters),
        "errors": errors,
        "reasons": reasons,
    }
    return Row(is_good=False, received=hit.timestamp, shape=shape)


class FilterError(ValueError):
    """The body of a query is no filter."""


def read_filter(body: bytes) -> dict[str, Any]:
    """The filter that a POST to ``/micro/good`` or ``/micro/bad`` carries; raises FilterError."""
    try:
        criteria = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise FilterError(f"the filter is no JSON: {error}") from None
    if not isinstance(criteria, dict):
        raise FilterError("the filter must be a JSON object")
    limit = criteria.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 0):
        raise FilterError("limit must be a whole number, 0 or more")
    return criteria


def is_wanted_good(shape: Mapping[str, Any], criteria: Mapping[str, Any]) -> bool:
    """Equality on type and schema; every wanted entity's schema must be there."""
    return (
        criteria.get("event_type") in {None, shape["eventType"]}
        and criteria.get("schema") in {None, shape["schema"]}
        and set(criteria.get("contexts") or ()) <= set(shape["contexts"])
    )


def is_wanted_bad(shape: Mapping[str, Any], criteria: Mapping[str, Any]) -> bool:
    """Equality on the request's vendor and version."""
    api = shape["collectorPayload"]["api"]
    return criteria.get("vendor") in {None, api["vendor"]} and criteria.get("version") in {
        None,
        api["version"],
    }
