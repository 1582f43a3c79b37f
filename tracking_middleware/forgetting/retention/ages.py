"""How long something may be kept, as somebody writes it: ``25months``, ``400days``; pure."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

_AGE = re.compile(r"([0-9]{1,5}) ?(days?|weeks?|months?|years?)", re.ASCII)


def before_age(now: datetime, text: str) -> datetime:
    """The moment so long before ``now``, by the calendar; raises ValueError where the text is no age.

    A month before the 31st is the last day of a month that has none.
    """
    found = _AGE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is no age: write it such as 25months, 400days, 26weeks or 2years")
    number, unit = int(found[1]), found[2].rstrip("s")
    try:
        if unit in {"day", "week"}:
            return now - timedelta(days=number * (7 if unit == "week" else 1))
        months = now.year * 12 + now.month - 1 - number * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return now.replace(year=year, month=month + 1, day=min(now.day, last))
    except (OverflowError, ValueError):
        raise ValueError(f"{text!r} is longer ago than there are dates") from None
