"""The configuration of the answers as rows that the models ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from .settings import Answers, Described

Given: TypeAlias = tuple[Mapping[str, str], Sequence[tuple[Any, ...]]]

CARRIERS = {"topic": "VARCHAR", "carrier": "VARCHAR", "prefix": "VARCHAR", "name": "VARCHAR"}
"""The columns of ``answer_carriers``, and their types in DuckDB."""
FIELDS = {"topic": "VARCHAR", "kind": "VARCHAR", "place": "BIGINT", "field": "VARCHAR"}
ZONES = {"begins": "VARCHAR", "ends": "VARCHAR", "behind_milliseconds": "BIGINT"}
SPEND = dict.fromkeys(("campaign", "day", "cost", "currency"), "VARCHAR")
SPEND_BEFORE = (
    "SELECT campaign, CAST(day AS VARCHAR) AS day, CAST(cost AS VARCHAR) AS cost, currency FROM {table}"
)
"""What a run without a file of costs goes on with."""
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


def given_rows(answers: Answers, spend: Sequence[tuple[str, ...]]) -> Mapping[str, Given]:
    """By its name, the columns and the rows of each table that the models ask for; ``spend`` is of texts."""
    settings = settings_row(answers)
    kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in settings.items()}
    return {
        "answer_settings": (kinds, [tuple(settings.values())]),
        "answer_carriers": (CARRIERS, carrier_rows(answers)),
        "answer_fields": (FIELDS, field_rows(answers)),
        "attribution_models": ({"model": "VARCHAR"}, [(model,) for model in ATTRIBUTION_MODELS]),
        "zone_given": (ZONES, zone_rows(answers.timezone)),
        "spend_given": (SPEND, list(spend)),
    }


@cache
def zone_rows(name: str) -> tuple[tuple[str, str, int], ...]:
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
        (str(begin), str(end), -round(_offset(zone, max(begin, _FIRST)).total_seconds() * 1000))
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
