"""One line of the tables: a request to the collector, and what the pipeline makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...conftest import POST_PATH, SCHEMA
from ..conftest import page_view


@dataclass(frozen=True, kw_only=True)
class Case:
    """Either ``columns``, of the only good event, or ``failure``: what the only bad row says, in part.

    ``different`` says why ours is deliberately not what the pipeline's is; the case then pins ours.
    """

    name: str
    method: str = "POST"
    target: str = POST_PATH
    """The request target as it stands on the request's first line."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    columns: Mapping[str, Any] | None = None
    failure: str | None = None
    different: str | None = None


def posted(name: str, *, headers: Mapping[str, str] | None = None, expected: Any, **parameters: Any) -> Case:
    """A page view with these parameters, by POST; ``expected`` are columns, or a failure's words."""
    body = json.dumps({"schema": SCHEMA, "data": [page_view(**parameters)]}).encode()
    is_failure = isinstance(expected, str)
    return Case(
        name=name,
        headers={"Content-Type": "application/json", **(headers or {})},
        body=body,
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
    )
