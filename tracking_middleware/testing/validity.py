"""Whether what was tracked is as its schemas say: the local collector, which this loads, says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..collector import load_iglu
from .tracked.data import TrackedData


def problems(described: Iterable[TrackedData], folders: Sequence[str]) -> list[str]:
    """A sentence for each thing that is wrong, which quotes nothing confidential.

    Raises SchemasError where a folder has files that cannot be used.
    """
    check = load_iglu(folders=folders).validation.for_request()
    return [
        problem.sentence
        for each in described
        for problem in check({"schema": each.schema, "data": dict(each)}, each.schema.split("/")[1], [])
    ]
