"""The formats ``date`` and ``date-time``, as the pipeline's validator takes them.

A date is what Java's ``LocalDate`` parses; a date-time what the library ITU 1.7.0 (RFC 3339) does: ``T``,
``t`` or a space between date and time, seconds always, a zone always, and never ``-00:00``, the "unknown"
zone.
"""

from __future__ import annotations

import calendar
import re

_DATE = re.compile(r"(-?\d{4}|[+-]\d{5,10})-(\d\d)-(\d\d)", re.ASCII)
_LAST_YEAR = 999_999_999
_DATE_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[Tt ]"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d*))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d\d).(?P<minutes>\d\d))",
    re.ASCII | re.DOTALL,
)
_MOST_ZONE_MINUTES = 18 * 60
_LEAP_SECONDS = frozenset(
    """
    1971-12 1972-06 1972-12 1973-12 1974-12 1975-12 1976-12 1977-12 1978-12 1981-06 1982-06 1983-06 1985-06
    1988-12 1989-12 1990-12 1992-06 1993-06 1994-06 1995-12 1997-06 1998-12 2005-12 2008-12 2012-06 2015-06
    2016-12
    """.split()  # noqa: SIM905
)
"""The months whose last minute had 61 seconds, by the list that the pipeline's validator has."""


def is_date(text: str) -> bool:
    """``2026-03-14``; a year of more than four digits has its sign."""
    match = _DATE.fullmatch(text)
    if match is None or match[1].strip("0") == "-" or abs(int(match[1])) > _LAST_YEAR:
        return False
    return _is_day(int(match[1]), int(match[2]), int(match[3]))


def is_date_time(text: str) -> bool:
    """``2026-03-14T09:30:00Z``, also with a space for the ``T``, and with a zone for the ``Z``."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    zone = _zone_minutes(match["sign"], match["hours"], match["minutes"])
    if zone is None or not _is_day(year, month, day) or hour > 23 or minute > 59:
        return False
    if not 0 <= _int32(match["fraction"] or "0") <= 999_999_999:
        return False
    if second == 60:
        is_last_minute = (hour * 60 + minute - zone) == 23 * 60 + 59
        return is_last_minute and (month, day) in {(6, 30), (12, 31)} and text[:7] in _LEAP_SECONDS
    return second <= 59


def _int32(digits: str) -> int:
    """As Java's arithmetic has it: a fraction of more than nine digits is taken where this is one of nine."""
    # 10**32 is a multiple of 2**32: what stands further to the left makes no difference
    return (int(digits[-32:]) + 2**31) % 2**32 - 2**31


def _zone_minutes(sign: str | None, hours: str, minutes: str) -> int | None:
    """East of Greenwich; None where it is no zone."""
    if sign is None:
        return 0
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > _MOST_ZONE_MINUTES or (sign == "-" and total == 0):
        return None
    return total if sign == "+" else -total


def _is_day(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12:
        return False
    # the Gregorian calendar repeats itself, and Python's begins with the year 1
    return 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]
