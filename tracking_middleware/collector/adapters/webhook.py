"""The Iglu webhook, ``/com.snowplowanalytics.iglu/v1``: events that no tracker sends (IgluAdapter)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..payload.hit import Hit
from ..payload.json_text import encoded
from ..payload.problems import RefusedError, of_webhook, quoted
from ..payload.query import query_pairs
from ..payload.schema_key import read_uri
from ..payload.self_describing import as_unstruct_event, read_json
from .content_types import FORM_TYPES, JSON_TYPES, is_of

_TRACKER = "com.snowplowanalytics.iglu-v1"
_ABOUT_THE_EVENT = ("nuid", "aid", "cv", "eid", "ttm", "url")
"""Parameters of the query string that the event takes over, besides ``p``."""
_NO_DATA = frozenset({"schema", "nuid", "aid", "cv", "p"})
"""Those that are not of what the query string describes."""
_MOST_EVENTS = 1_000
"""Of one request; each is a row of its own, so that a few bytes for each would be gigabytes of rows."""
_FORM = re.compile(r"(?:[!$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2}|[^\x00-\xa0\s])*+")
"""What ``java.net.URI`` takes as a query."""

_Query = Mapping[str, str | None]


def webhook_events(hit: Hit) -> list[_Query]:
    """A self-describing event: its schema in the query string or in the body; raises RefusedError.

    With ``schema`` in the query string its data are the other parameters of a GET, the JSON of a POST, of
    which an array is several events, or its form. Without, a POST has a self-describing JSON. An array
    of more than 1,000, or of anything but objects, is refused whole, which the pipeline does not do.
    """
    query = dict(query_pairs(hit.query))
    uri = query.get("schema")
    if hit.body is not None and hit.content_type is None:
        raise _refused("contentType", f"is missing, it must be one of {sorted(JSON_TYPES | FORM_TYPES)}")
    if uri is not None:
        return _of_schema(hit, query, uri)
    if hit.body is None:
        raise _refused("schema", "is missing in the query string, and there is no body that would name it")
    if not is_of(hit.content_type, JSON_TYPES):
        raise _wrong_type(hit, JSON_TYPES)
    described = _json(hit.body)
    if not isinstance(described, dict) or not {"schema", "data"} <= described.keys():
        what = "is no self-describing JSON (an object of 'schema' and 'data'), and the query has no schema"
        raise _refused("body", what)
    return [_event(query, _checked(described["schema"], "body"), described["data"], "app")]


def _of_schema(hit: Hit, query: _Query, uri: str) -> list[_Query]:
    _checked(uri, "schema")
    if hit.body is None:
        data = {name: value or None for name, value in query.items() if name not in _NO_DATA}
        return [_event(query, uri, data, "app")]
    if is_of(hit.content_type, JSON_TYPES):
        return [_event(query, uri, data, "app") for data in _several(_json(hit.body))]
    if is_of(hit.content_type, FORM_TYPES):
        return [_event(query, uri, _form(hit.body), "srv")]
    raise _wrong_type(hit, JSON_TYPES | FORM_TYPES)


def _event(query: _Query, uri: str, data: Any, platform: str) -> _Query:
    return {
        "tv": _TRACKER,
        "e": "ue",
        "p": query.get("p", platform),
        "ue_pr": encoded(as_unstruct_event({"schema": uri, "data": data})),
        **{name: query[name] for name in _ABOUT_THE_EVENT if name in query},
    }


def _several(value: Any) -> list[Any]:
    if isinstance(value, list):
        if not value:
            raise _refused("body", "is an empty array of events")
        return _bounded(value)
    if not isinstance(value, dict) or not value:
        raise _refused("body", "has no keys and values: send an object, or an array of objects")
    return [value]


def _bounded(events: list[Any]) -> list[Any]:
    if len(events) > _MOST_EVENTS:
        what = f"is an array of {len(events):,} events: send at most {_MOST_EVENTS:,} in a request"
        raise _refused("body", what)
    for place, event in enumerate(events, 1):
        if not isinstance(event, dict):
            raise _refused("body", f"is an array whose element {place} is no object: send objects only")
    return events


def _json(body: str) -> Any:
    try:
        return read_json(body)
    except ValueError as error:
        raise _refused("body", f"is no JSON: {error}") from None


def _form(body: str) -> dict[str, str | None]:
    """The last value of each name; raises RefusedError where a character should have been escaped."""
    form = body.partition("#")[0]
    match = _FORM.match(form)
    end = match.end() if match else 0
    if end < len(form):
        raise _refused("body", f"character {end + 1} of the form, {form[end]!r}, must be escaped")
    return dict(query_pairs(form))


def _checked(uri: object, where: str) -> str:
    try:
        return read_uri(uri if isinstance(uri, str) else "").uri
    except ValueError as error:
        raise _refused(where, str(error)) from None


def _wrong_type(hit: Hit, types: frozenset[str]) -> RefusedError:
    return _refused("contentType", f"{quoted(hit.content_type)} is none of {sorted(types)}")


def _refused(where: str, what: str) -> RefusedError:
    return RefusedError(of_webhook(where, what))
