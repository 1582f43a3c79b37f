"""Days: those of when something happened, in one time zone, as all pages count them; pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ...journeys.reading.asked import Filter
from ..payload.times import iso


def bounds_of(given: Filter, zone: str) -> tuple[datetime | None, datetime | None]:
    """The moments in UTC from which (included) and to which (excluded) a filter's days last; None is open."""
    since = None if given.since is None else begin_of(given.since, zone)
    if given.until is None or given.until == date.max:
        return since, None
    return since, begin_of(given.until + timedelta(days=1), zone)


def written_bounds(given: Filter, zone: str) -> tuple[str | None, str | None]:
    """The same as the store has moments: ISO 8601 in UTC with milliseconds."""
    since, until = bounds_of(given, zone)
    return None if since is None else iso(since), None if until is None else iso(until)


def begin_of(day: date, zone: str) -> datetime | None:
    """The moment in UTC at which a day begins; None where it is before the year 1 there."""
    try:
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return None


def day_of(moment: datetime, zone: str) -> date:
    """The day of an aware moment."""
    return moment.astimezone(ZoneInfo(zone)).date()
