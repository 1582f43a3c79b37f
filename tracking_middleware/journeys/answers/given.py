"""The configuration of the answers as rows that the models ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from .settings import Answers, Described

CARRIERS = {"topic": "VARCHAR", "carrier": "VARCHAR", "prefix": "VARCHAR", "name": "VARCHAR"}
"""The columns of ``answer_carriers``, and their types in DuckDB."""
FIELDS = {"topic": "VARCHAR", "kind": "VARCHAR", "place": "BIGINT", "field": "VARCHAR"}
ZONES = {"valid_from": "TIMESTAMP", "valid_to": "TIMESTAMP", "behind_milliseconds": "BIGINT"}
SPEND = {"campaign": "VARCHAR", "day": "DATE", "cost": "DECIMAL(18,6)", "currency": "VARCHAR"}
ATTRIBUTION_MODELS = ("first", "last", "position", "time_decay", "markov")
_FIRST, _LAST = datetime(1970, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  both in UTC, as all times are
_EVER = datetime(1900, 1, 1), datetime(2299, 12, 31)  # noqa: DTZ001
_STEP = timedelta(days=7)


def settings_row(answers: Answers) -> Mapping[str, str | int]:
    """The one row of ``answer_settings``."""
    returned = answers.returned.fields if answers.returned else {}
    return {
        "timezone": answers.timezone,
        "finished_percent": answers.finished_percent,
        "lookback_seconds": answers.lookback_days * 86_400,
        "half_life_seconds": answers.half_life_days * 86_400,
        "currency": answers.currency,
        "returns_have_value": int("value" in returned),
        "returns_have_margin": int("margin" in returned),
    }


def carrier_rows(answers: Answers) -> list[tuple[str, str, str, str]]:
    """The rows of ``answer_carriers``."""
    return [
        (topic, described.kind, schema.prefix, schema.name)
        for topic, described in _described(answers)
        for schema in described.schemas
    ]


def field_rows(answers: Answers) -> list[tuple[str, str, int, str]]:
    """The rows of ``answer_fields``: of several names the first that says something counts first."""
    return [
        (topic, kind, place, name)
        for topic, described in _described(answers)
        for kind, names in described.fields.items()
        for place, name in enumerate(names)
    ]


def _described(answers: Answers) -> Iterator[tuple[str, Described]]:
    yield "article", answers.article
    if answers.conversion is not None:
        yield "conversion", answers.conversion
    if answers.returned is not None:
        yield "return", answers.returned


@cache
def zone_rows(name: str) -> tuple[tuple[datetime, datetime, int], ...]:
    """By how many milliseconds the time of a zone is behind UTC, from when to when in UTC.

    A table of the offsets instead of each engine's own time zones, so that a day is the same on all of them.
    """
    zone = ZoneInfo(name)
    changes = [_EVER[0]]
    at = _FIRST
    while at < _LAST:
        if _offset(zone, at) != _offset(zone, at + _STEP):
            changes.append(_change(zone, at, at + _STEP))
        at += _STEP
    return tuple(
        (begin, end, -round(_offset(zone, max(begin, _FIRST)).total_seconds() * 1000))
        for begin, end in zip(changes, [*changes[1:], _EVER[1]], strict=True)
    )


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second at which the offset is that of ``high``."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, low):
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
