"""What is wrong with an event or a request: a sentence for people, and the message of Snowplow's bad rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "schema_violations",
    "enrichment_failures",
    "tracker_protocol_violations",
    "adapter_failures",
    "collector_payload_format_violation",
]
"""The type of a bad row, which says what of the pipeline refused."""

_BAD_ROW = "iglu:com.snowplowanalytics.snowplow.badrows"
_VERSIONS: dict[Kind, str] = {
    "schema_violations": "2-0-1",
    "enrichment_failures": "2-0-1",
    "tracker_protocol_violations": "1-0-1",
    "adapter_failures": "1-0-0",
    "collector_payload_format_violation": "1-0-0",
}
_ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
_PROCESSOR = {"artifact": "tracking-middleware-collector", "version": "1.0.0"}
_LONGEST_QUOTE = 200

_UNREADABLE = "the event has fields that cannot be read"
_UNPROTOCOLLED = "the request breaks the tracker protocol"
_INVALID = "an entity or the event is not valid by its schema"
_MISSING = "the schema of an entity or of the event is not found"
_UNREACHABLE = "the schema of an entity or of the event could not be looked for"
_UNUSABLE = "the schema of an entity or of the event cannot be used"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``message`` is what a bad row of type ``kind`` says of it.

    ``group`` is the same sentence for all that is wrong in the same way.
    """

    kind: Kind
    group: str
    sentence: str
    message: Mapping[str, Any] = field(repr=False)


class RefusedError(Exception):
    """A whole request, or one event, breaks the protocol or a schema; ``problems`` say how."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(self.reasons))

    @property
    def reasons(self) -> list[str]:
        """A sentence each."""
        return [problem.sentence for problem in self.problems]


def of_column(key: str, columns: Iterable[str], what: str) -> Problem:
    """A parameter that cannot be read, or a column that is too long."""
    names = ", ".join(columns)
    sentence = f"{key} ({names}): {what}"
    return _violation(_UNREADABLE, sentence, _ATOMIC, _report(sentence, f"$.{names}"))


def of_page(column: str, sentence: str) -> Problem:
    """What cannot be derived from a URL."""
    message = {"field": column, "value": None, "expectation": sentence}
    return Problem("enrichment_failures", _UNREADABLE, sentence, {"enrichment": None, "message": message})


def of_protocol(where: str, what: str) -> Problem:
    """A request that is not as trackers send it."""
    sentence = f"{where}: {what}" if where else what
    message = {"field": where, "value": None, "expectation": sentence}
    return Problem("tracker_protocol_violations", _UNPROTOCOLLED, sentence, message)


def of_adapter(what: str) -> Problem:
    """A request that came by a path that no adapter is for."""
    message = {"field": "vendor/version", "value": None, "expectation": what}
    return Problem("adapter_failures", _UNPROTOCOLLED, what, message)


def of_webhook(where: str, what: str) -> Problem:
    """A webhook's request that its adapter cannot read."""
    sentence = f"{where}: {what}"
    message = {"field": where, "value": None, "expectation": what}
    return Problem("adapter_failures", _UNPROTOCOLLED, sentence, message)


def of_collector(where: str, what: str) -> Problem:
    """A request that the pipeline cannot take from its collector."""
    sentence = f"{where}: {what}"
    message = {"payloadField": where, "value": None, "expectation": what}
    return Problem("collector_payload_format_violation", _UNPROTOCOLLED, sentence, message)


def of_json(key: str, what: str) -> Problem:
    """Entities or a self-describing event that are none."""
    sentence = f"{key}: {what}"
    message = {"field": key.partition(" ")[0], "value": None, "error": sentence}
    return Problem("schema_violations", _UNREADABLE, sentence, message)


def of_data(where: str, uri: str, *, path: str, keyword: str, what: str, targets: Iterable[str]) -> Problem:
    """Data that its schema does not allow; quotes nothing of the data."""
    sentence = f"{where}: {path}: {what}; by {uri}"
    return _violation(_INVALID, sentence, uri, _report(sentence, path, keyword, targets))


def of_schema(where: str, uri: str, what: str) -> Problem:
    """Data whose schema is found, and is no schema."""
    error = {"error": "ValidationError", "schemaIssues": [{"path": "$", "message": what}]}
    return _violation(_UNUSABLE, f"{where}: the schema {uri} cannot be used: {what}", uri, error)


def of_missing(where: str, uri: str, what: str, history: Iterable[Mapping[str, Any]]) -> Problem:
    """Data whose schema is nowhere."""
    error = {"error": "ResolutionError", "lookupHistory": list(history)}
    return _violation(_MISSING, f"{where}: the schema {uri} {what}", uri, error)


def of_unreachable(where: str, uri: str, what: str, history: Iterable[Mapping[str, Any]]) -> Problem:
    """Data whose schema could not be looked for everywhere."""
    error = {"error": "ResolutionError", "lookupHistory": list(history)}
    return _violation(_UNREACHABLE, f"{where}: the schema {uri} {what}", uri, error)


def _report(
    sentence: str, path: str, keyword: str | None = None, targets: Iterable[str] = ()
) -> Mapping[str, Any]:
    report = {"message": sentence, "path": path, "keyword": keyword, "targets": list(targets)}
    return {"error": "ValidationError", "dataReports": [report]}


def _violation(group: str, sentence: str, uri: str, error: Mapping[str, Any]) -> Problem:
    return Problem("schema_violations", group, sentence, {"schemaKey": uri, "error": error})


def quoted(value: object) -> str:
    """A text as a sentence quotes it, not at every length; of anything else only what it is."""
    if not isinstance(value, str):
        return type(value).__name__
    return repr(value) if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]!r}…"


def bad_row_texts(problems: Iterable[Problem], timestamp: str, api: Mapping[str, str]) -> list[str]:
    """The bad rows that the pipeline would make, one for each type, without the payload.

    ``api`` is the ``vendor`` and ``version`` of the path that the request came by. The forms are those of
    ``com.snowplowanalytics.snowplow.badrows`` in Iglu Central.
    """
    by_kind: dict[Kind, list[Mapping[str, Any]]] = {}
    for problem in problems:
        by_kind.setdefault(problem.kind, []).append(problem.message)
    return [
        json.dumps(
            {
                "schema": f"{_BAD_ROW}/{kind}/jsonschema/{_VERSIONS[kind]}",
                "data": {
                    "processor": _PROCESSOR,
                    "failure": {"timestamp": timestamp, **_failure(kind, messages, api)},
                },
            },
            ensure_ascii=False,
        )
        for kind, messages in by_kind.items()
    ]


def _failure(kind: Kind, messages: list[Mapping[str, Any]], api: Mapping[str, str]) -> Mapping[str, Any]:
    if kind == "collector_payload_format_violation":
        return {"loader": "thrift", "message": messages[0]}
    if kind in {"tracker_protocol_violations", "adapter_failures"}:
        return {**api, "messages": messages}
    return {"messages": messages}
