"""The body of a POST: events in a payload_data envelope, whose version says which keys they may have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ...protocol.fields import FIELDS
from .json_text import CANNOT, TooDeepError, loaded
from .problems import Problem, RefusedError, of_protocol, quoted

_PAYLOAD = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/payload_data/jsonschema/1-0-([0-4])")
"""The versions that Iglu Central has: with another the pipeline finds no schema."""
_ADDED = {"ua": 1, "tnuid": 2, "sid": 3, "stm": 3, "ttm": 4}
"""The version, 1-0-…, that a key came with; all others are in the first."""
_REQUIRED = ("e", "p", "tv")
_MOST_PROBLEMS = 50
_ALLOWED = tuple(
    frozenset(key for key, field in FIELDS.items() if field.in_envelope and _ADDED.get(key, 0) <= version)
    for version in range(5)
)
"""The keys that an event may have, by the version."""


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """Of an envelope with which nothing is wrong, all but its keys and its version."""

    schema: str
    data: list[dict[str, str]]


_DECODER = msgspec.json.Decoder(_Envelope)


def events_in(body: str) -> list[dict[str, str]]:
    """The events of an envelope; raises RefusedError. One wrong key fails them all, as in the pipeline."""
    return _good_events(body) or _judged_events(body)


def _good_events(body: str) -> list[dict[str, str]] | None:
    """The events where nothing is wrong; None where something is, which takes longer to say."""
    try:
        envelope = _DECODER.decode(body)
    except CANNOT:
        return None
    match = _PAYLOAD.fullmatch(envelope.schema)
    if match is None:
        return None
    allowed = _ALLOWED[int(match[1])]
    for event in envelope.data:
        if not (allowed.issuperset(event) and "e" in event and "p" in event and "tv" in event):
            return None
    return envelope.data


def _judged_events(body: str) -> list[dict[str, str]]:
    try:
        envelope = loaded(body)
    except TooDeepError as error:
        raise RefusedError(of_protocol("", str(error))) from None
    except ValueError as error:
        raise RefusedError(of_protocol("", f"the body is no JSON: {error}")) from None
    if not isinstance(envelope, dict) or set(envelope) != {"schema", "data"}:
        what = "the body is no self-describing JSON: an object of 'schema' and 'data'"
        raise RefusedError(of_protocol("", what))
    version = _version_of(envelope["schema"])
    events = envelope["data"]
    if not isinstance(events, list) or not events:
        raise RefusedError(of_protocol("data", "must be an array of at least one event"))
    problems = [problem for n, event in enumerate(events) for problem in _problems(n, event, version)]
    if problems:
        raise RefusedError(*problems[:_MOST_PROBLEMS])
    return events


def _version_of(schema: object) -> int:
    match = _PAYLOAD.fullmatch(schema) if isinstance(schema, str) else None
    if match is None:
        what = (
            f"{quoted(schema)} is not iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-*,"
            " of which there are 1-0-0 to 1-0-4"
        )
        raise RefusedError(of_protocol("schema", what))
    return int(match[1])


def _problems(position: int, event: object, version: int) -> Iterator[Problem]:
    where = f"data[{position}]"
    if not isinstance(event, dict):
        yield of_protocol(where, "must be an object")
        return
    for key in _REQUIRED:
        if key not in event:
            yield of_protocol(where, f"the required key {key!r} is missing")
    for key, value in event.items():
        if key not in FIELDS or not FIELDS[key].in_envelope:
            yield of_protocol(where, f"the key {quoted(key)} is not allowed by the payload schema")
        elif _ADDED.get(key, 0) > version:
            what = f"is not allowed by payload_data 1-0-{version}: it came with 1-0-{_ADDED[key]}"
            yield of_protocol(where, f"the key {key!r} {what}")
        elif not isinstance(value, str):
            yield of_protocol(f"{where}.{key}", f"must be a string, not {type(value).__name__}")
