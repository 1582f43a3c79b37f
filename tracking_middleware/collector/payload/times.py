"""Moments as the columns have them: ISO 8601 in UTC with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .problems import quoted

_FIRST_MILLISECOND = -62_135_596_800_000  # the year 1
_YEAR_0 = _FIRST_MILLISECOND - 366 * 86_400_000
_LAST_MILLISECOND = 253_402_300_799_999  # the year 9999
_MILLISECONDS = re.compile(r"[+-]?[^\D\U00010000-\U0010ffff]{1,300}")  # digits of any script, as Java's
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(moment: datetime) -> str:
    """An aware moment; raises ValueError where in UTC it is in no year from 1 to 9999."""
    try:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is in no year from 1 to 9999") from None


def iso_of_milliseconds(text: str) -> str:
    """Milliseconds since the epoch, as the protocol sends them; raises ValueError."""
    if not _MILLISECONDS.fullmatch(text) or not _FIRST_MILLISECOND <= int(text) <= _LAST_MILLISECOND:
        within = "; the pipeline has a year 0, ours begins with 1" if _is_in_year_0(text) else ""
        raise ValueError(f"{quoted(text)} is no number of milliseconds since the epoch{within}")
    return iso(_EPOCH + timedelta(milliseconds=int(text)))


def _is_in_year_0(text: str) -> bool:
    return _MILLISECONDS.fullmatch(text) is not None and _YEAR_0 <= int(text) < _FIRST_MILLISECOND


def earlier(moment: str, *, milliseconds: int) -> str:
    """A moment in ISO 8601, moved back, to the year 1 at the most."""
    try:
        return iso(datetime.fromisoformat(moment) - timedelta(milliseconds=milliseconds))
    except OverflowError:
        return iso_of_milliseconds(str(_FIRST_MILLISECOND))
