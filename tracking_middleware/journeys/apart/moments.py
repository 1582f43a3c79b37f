"""A date or a time as somebody writes it, as the moment that the tables are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def end_of(text: str) -> datetime:
    """The last moment of what is written, in UTC: of a date its whole day; raises ValueError."""
    return datetime.combine(date.fromisoformat(text), time.max) if _is_date(text) else begin_of(text)


def begin_of(text: str) -> datetime:
    """The first moment of what is written, in UTC and without a zone; raises ValueError."""
    if _is_date(text):
        return datetime.combine(date.fromisoformat(text), time())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no date such as 2026-03-14 and no time such as 2026-03-14T09:30:00Z"
        ) from None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise ValueError(f"{text!r} is in UTC no time of the years 1 to 9999") from None


def now() -> datetime:
    """The moment it is, in UTC and without a zone, as the tables have it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
