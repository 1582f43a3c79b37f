"""The forms in which good events are handed on, a line each: enriched TSV and flat JSON; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..payload.json_text import encoded
from ..store.rows import StoredRow
from .flat import flat_good
from .tsv import tsv_line


@dataclass(frozen=True, slots=True)
class LineForm:
    """How an event becomes a line, and what a body of such lines is called."""

    media_type: str
    line: Callable[[StoredRow], str]

    def lines(self, rows: Iterable[StoredRow]) -> bytes:
        """A line for each good event, with its line break."""
        return "".join(f"{self.line(row)}\n" for row in rows if row.is_good).encode()


FORMS = {
    "tsv": LineForm("text/tab-separated-values; charset=utf-8", lambda row: tsv_line(row.shape["event"])),
    "jsonl": LineForm("application/x-ndjson", lambda row: encoded(flat_good(row.shape["event"]))),
}
"""By the ending of a file's name."""
