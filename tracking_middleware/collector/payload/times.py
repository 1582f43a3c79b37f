"""Moments as the columns have them: ISO 8601 in UTC with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from .problems import quoted

_FIRST_MILLISECOND = -62_135_596_800_000  # the year 1
_YEAR_0 = _FIRST_MILLISECOND - 366 * 86_400_000
_LAST_MILLISECOND = 253_402_300_799_999  # the year 9999
_MILLISECONDS = re.compile(r"[+-]?[^\D\U00010000-\U0010ffff]{1,300}")  # digits of any script, as Java's
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000


def iso(moment: datetime) -> str:
    """An aware moment; raises ValueError where in UTC it is in no year from 1 to 9999."""
    try:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is in no year from 1 to 9999") from None


def iso_of_milliseconds(text: str) -> str:
    """Milliseconds since the epoch, as the protocol sends them; raises ValueError."""
    if len(text) < 20 and text.isascii() and text.isdigit() and (number := int(text)) <= _LAST_MILLISECOND:
        return _iso(number)
    if not _MILLISECONDS.fullmatch(text) or not _FIRST_MILLISECOND <= int(text) <= _LAST_MILLISECOND:
        within = "; the pipeline has a year 0, ours begins with 1" if _is_in_year_0(text) else ""
        raise ValueError(f"{quoted(text)} is no number of milliseconds since the epoch{within}")
    return _iso(int(text))


def _iso(milliseconds: int) -> str:
    """A moment of the years 1 to 9999, given since the epoch."""
    day, rest = divmod(milliseconds, _DAY)
    seconds, fraction = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date(day)}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"


@lru_cache(maxsize=256)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


@lru_cache(maxsize=16)
def _milliseconds_of(moment: str) -> int:
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(milliseconds=1)


def _is_in_year_0(text: str) -> bool:
    return _MILLISECONDS.fullmatch(text) is not None and _YEAR_0 <= int(text) < _FIRST_MILLISECOND


def earlier(moment: str, *, milliseconds: int) -> str:
    """A moment in ISO 8601, moved back, to the year 1 at the most."""
    return _iso(max(_milliseconds_of(moment) - milliseconds, _FIRST_MILLISECOND))
