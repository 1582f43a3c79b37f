"""What ``journeys.toml`` may say of articles, conversions, returns and how these are credited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ...settings.checks import whole_number
from .schemas import Schema, field, fields, schemas

_OURS = "iglu:org.tracking_middleware/article/jsonschema"
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Described:
    """What describes something: events or entities, by their schemas; by what is asked, the fields' names."""

    kind: Literal["event", "entity"]
    schemas: tuple[Schema, ...]
    fields: Mapping[str, tuple[str, ...]]


ARTICLE = Described(
    "entity",
    (Schema(f"{_OURS}/1-*-*"), Schema(f"{_OURS}/2-*-*")),
    {
        "id": ("id",),
        "title": ("headline",),
        "author": ("authors", "author"),
        "section": ("sections", "section"),
        "subject": ("subject",),
        "tag": ("tags",),
    },
)
"""``Article`` and ``Article2`` of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is asked. A view is finished where ``finished_percent`` of the page was scrolled through;
    ``timezone`` says what a day is. A conversion's touches are those of ``lookback_days`` before it; with
    ``half_life_days`` a touch counts half of one that came so much later.
    """

    article: Described = ARTICLE
    conversion: Described | None = None
    returned: Described | None = None
    currency: str = ""
    """That of all conversions, where their events do not say."""
    timezone: str = "UTC"
    finished_percent: int = 90
    lookback_days: int = 30
    half_life_days: int = 7


def time_zone(value: Any) -> str:
    """The name of a time zone that this machine knows; raises ValueError."""
    try:
        if not isinstance(value, str):
            raise TypeError
        ZoneInfo(value)
    except (TypeError, ValueError, OSError, KeyError):  # one that is not found is a KeyError
        raise ValueError("must be the name of a time zone, such as 'Europe/Berlin'") from None
    return value


def currency(value: Any) -> str | tuple[str, ...]:
    """An ISO 4217 code, which is then that of all, or the name of a field; raises ValueError."""
    if isinstance(value, str) and _CURRENCY.fullmatch(value):
        return value
    return field(value)


_Check = Callable[[Any], Any]
_SCHEMAS: dict[str, _Check] = {"event": schemas, "entity": schemas}
TABLES: Mapping[str, Mapping[str, _Check]] = {
    "article": {
        "entity": schemas,
        "id": field,
        **dict.fromkeys(("title", "authors", "sections", "subject", "tags"), fields),
    },
    "content": {"timezone": time_zone, "finished_percent": whole_number(least=1, most=100)},
    "conversion": {**_SCHEMAS, "id": field, "value": field, "margin": field, "currency": currency},
    "return": {**_SCHEMAS, **dict.fromkeys(("conversion_id", "value", "margin", "currency"), field)},
    "attribution": {
        "lookback_days": whole_number(least=1, most=3650),
        "half_life_days": whole_number(least=1, most=3650),
    },
}
"""By table and name, its check."""
_KINDS = {"authors": "author", "sections": "section", "tags": "tag", "conversion_id": "id"}
_NEEDED = {"article": ("id",), "conversion": ("id",), "return": ("conversion_id",)}


def answers_of(
    checked: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any], problems: list[str]
) -> Answers:
    """What tables say whose settings are checked; what is missing in them as given goes to ``problems``."""
    values: dict[str, Any] = {**checked.get("content", {}), **checked.get("attribution", {})}
    for table, name in (("article", "article"), ("conversion", "conversion"), ("return", "returned")):
        if table in checked:
            problems += _missing(table, given[table])
            values[name] = _described(checked[table])
    code = checked.get("conversion", {}).get("currency")
    if isinstance(code, str):
        values["currency"] = code
    if "return" in given and "conversion" not in given:
        problems.append("[return] needs a [conversion], whose id it names")
    return Answers(**values)


def _missing(table: str, content: Mapping[str, Any]) -> Iterator[str]:
    if len({"event", "entity"} & set(content)) != 1:
        wanted = "its entity" if table == "article" else "either the event or the entity"
        yield f"[{table}] must name {wanted} that says it, as an Iglu URI"
    for name in _NEEDED[table]:
        if name not in content:
            yield f"[{table}] {name} is missing: the name of the field that has it"


def _described(content: Mapping[str, Any]) -> Described:
    kind: Literal["event", "entity"] = "entity" if "entity" in content else "event"
    fields = {_KINDS.get(name, name): names for name, names in content.items() if isinstance(names, tuple)}
    return Described(
        kind, content.get(kind, ()), {name: names for name, names in fields.items() if name not in _SCHEMAS}
    )
