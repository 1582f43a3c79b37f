"""How often a request's body is kept: a bad row shows it, and a request can have thousands of them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .rows import Row

MOST_KEPT = 4_194_304
"""Characters of bodies in the rows of one request, beyond the first: without it 2 MB could become 20 GB."""


def with_few_bodies(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of a request; where its body has been kept often enough, without it.

    Nothing is lost: the first bad row has the body, and each has the parameters of its own event.
    """
    kept = 0
    is_first = True
    for row in rows:
        payload = row.shape.get("collectorPayload") or {}
        body = payload.get("body")
        if not body:
            yield row
            continue
        kept += len(body)
        if is_first or kept <= MOST_KEPT:
            yield row
        else:
            without = {**row.shape, "collectorPayload": {**payload, "body": None}}
            yield replace(row, shape=without)
        is_first = False
