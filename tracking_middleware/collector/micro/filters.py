"""Micro's filters of ``/micro/good`` and ``/micro/bad``: as JSON, and of a GET also as its query string."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from ..payload.json_text import loaded
from ..payload.values import without_surrogates

MAX_FILTER = 65_536
"""Bytes of a filter at the most."""

_TEXTS = ("event_type", "schema", "vendor", "version")


class FilterError(ValueError):
    """The body or the query string is no filter; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is wanted; ``None`` and no ``contexts`` want everything. Conditions hold together.

    ``event_type`` is the long name (``page_view``), ``contexts`` are the schemas that an event must all
    have among its entities, ``limit`` takes the newest.
    """

    event_type: str | None = None
    schema: str | None = None
    contexts: frozenset[str] = frozenset()
    vendor: str | None = None
    version: str | None = None
    limit: int | None = None

    @property
    def event_name(self) -> str | None:
        """What the store calls the wanted type of event; None where it has no one name."""
        if self.event_type is None or self.event_type == "unstruct":
            return None
        return without_surrogates(self.event_type)  # no database takes them

    def is_wanted_good(self, shape: Mapping[str, Any]) -> bool:
        """Equality on type and schema; every wanted entity's schema must be there."""
        return (
            self.event_type in {None, shape["eventType"]}
            and self.schema in {None, shape["schema"]}
            and self.contexts <= set(shape["contexts"])
        )

    def is_wanted_bad(self, shape: Mapping[str, Any]) -> bool:
        """Equality on the request's vendor and version."""
        api = shape["collectorPayload"]["api"]
        return self.vendor in {None, api["vendor"]} and self.version in {None, api["version"]}


def read_filter(query: QueryParams, body: bytes) -> Filter:
    """The filter of a request: what the body says wins over the query string; raises FilterError.

    In a query string ``contexts`` is repeated, or one list with commas. Keys that Micro does not
    know are passed over, as it does.
    """
    return _filter({**_in_query(query), **_in_body(body)})


def _in_query(query: QueryParams) -> dict[str, Any]:
    criteria: dict[str, Any] = {name: query[name] for name in _TEXTS if name in query}
    if "contexts" in query:
        criteria["contexts"] = [part for value in query.getlist("contexts") for part in value.split(",")]
    if "limit" in query:
        limit = query["limit"]
        criteria["limit"] = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 19 else limit
    return criteria


def _in_body(body: bytes) -> dict[str, Any]:
    try:
        criteria = loaded(body or b"{}")
    except ValueError as error:
        raise FilterError(f"the filter is no JSON: {error}") from None
    if not isinstance(criteria, dict):
        raise FilterError("the filter must be a JSON object")
    return criteria


def _filter(criteria: Mapping[str, Any]) -> Filter:
    texts = {name: criteria.get(name) for name in _TEXTS}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise FilterError(f"the filter's {name} must be a string")
    contexts = criteria.get("contexts")
    if contexts is None:
        contexts = []
    if not isinstance(contexts, list) or not all(isinstance(schema, str) for schema in contexts):
        raise FilterError("the filter's contexts must be an array of strings")
    limit = criteria.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 0):
        raise FilterError("the filter's limit must be a whole number, 0 or more")
    most = None if limit is None else min(limit, sys.maxsize)  # no slice goes further
    return Filter(**texts, contexts=frozenset(contexts), limit=most)
