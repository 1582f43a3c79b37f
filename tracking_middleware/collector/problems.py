"""What is wrong with an event or a request: a sentence for people, and the message of Snowplow's bad rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["schema_violations", "enrichment_failures", "tracker_protocol_violations", "adapter_failures"]
"""The type of a bad row, which says what of the pipeline refused."""

_BAD_ROW = "iglu:com.snowplowanalytics.snowplow.badrows"
_VERSIONS: dict[Kind, str] = {
    "schema_violations": "2-0-1",
    "enrichment_failures": "2-0-1",
    "tracker_protocol_violations": "1-0-1",
    "adapter_failures": "1-0-0",
}
_ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"
_PROCESSOR = {"artifact": "tracking-middleware-collector", "version": "1"}
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``message`` is what a bad row of type ``kind`` says of it."""

    kind: Kind
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
    return _violation(f"{key} ({names}): {what}", _ATOMIC, _report(f"$.{names}", what))


def of_page(column: str, sentence: str) -> Problem:
    """What cannot be derived from a URL."""
    message = {"field": column, "value": None, "error": sentence}
    return Problem("enrichment_failures", sentence, {"enrichment": None, "message": message})


def of_protocol(where: str, what: str) -> Problem:
    """A request that is not as trackers send it."""
    sentence = f"{where}: {what}" if where else what
    return Problem(
        "tracker_protocol_violations", sentence, {"field": where, "value": None, "expectation": what}
    )


def of_adapter(what: str) -> Problem:
    """A request that came by a path that no adapter is for."""
    return Problem("adapter_failures", what, {"field": "vendor/version", "value": None, "expectation": what})


def of_json(key: str, what: str) -> Problem:
    """Entities or a self-describing event that are none."""
    error = {"error": "NotIglu", "message": what}
    return Problem("schema_violations", f"{key}: {what}", {"schemaKey": None, "error": error})


def of_data(where: str, uri: str, *, path: str, keyword: str, what: str, targets: Iterable[str]) -> Problem:
    """Data that its schema does not allow; quotes nothing of the data."""
    return _violation(f"{where}: {path}: {what}; by {uri}", uri, _report(path, what, keyword, targets))


def of_schema(where: str, uri: str, what: str) -> Problem:
    """Data whose schema is found, and is no schema."""
    issue = {"path": "$", "message": what}
    return _violation(
        f"{where}: the schema {uri} cannot be used: {what}",
        uri,
        {"error": "ValidationError", "schemaIssues": [issue]},
    )


def of_lookup(where: str, uri: str, what: str, history: Iterable[Mapping[str, Any]]) -> Problem:
    """Data whose schema is not there, or could not be looked for."""
    error = {"error": "ResolutionError", "lookupHistory": list(history)}
    return _violation(f"{where}: the schema {uri} {what}", uri, error)


def _report(
    path: str, what: str, keyword: str | None = None, targets: Iterable[str] = ()
) -> Mapping[str, Any]:
    report = {"message": f"{path}: {what}", "path": path, "keyword": keyword, "targets": list(targets)}
    return {"error": "ValidationError", "dataReports": [report]}


def _violation(sentence: str, uri: str, error: Mapping[str, Any]) -> Problem:
    return Problem("schema_violations", sentence, {"schemaKey": uri, "error": error})


def quoted(value: object) -> str:
    """A text as a sentence quotes it, not at every length; of anything else only what it is."""
    if not isinstance(value, str):
        return type(value).__name__
    return repr(value) if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]!r}…"


def bad_row_texts(problems: Iterable[Problem], timestamp: str) -> list[str]:
    """The bad rows that the pipeline would make, one for each type, without the payload."""
    by_kind: dict[Kind, list[Mapping[str, Any]]] = {}
    for problem in problems:
        by_kind.setdefault(problem.kind, []).append(problem.message)
    return [
        json.dumps(
            {
                "schema": f"{_BAD_ROW}/{kind}/jsonschema/{_VERSIONS[kind]}",
                "data": {"processor": _PROCESSOR, "failure": {"timestamp": timestamp, "messages": messages}},
            },
            ensure_ascii=False,
        )
        for kind, messages in by_kind.items()
    ]
