"""What changed in the limits of a value: narrower ones are a revision, wider ones an addition."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .steps import Schema, Step, kinds_of, shown

Found = tuple[Step, str]

_LENGTHS = (
    ("minLength", "maxLength", frozenset({"string"})),
    ("minItems", "maxItems", frozenset({"array"})),
    ("minProperties", "maxProperties", frozenset({"object"})),
)
_NUMBERS = frozenset({"number", "integer"})

Bound = tuple[float, bool]
"""A number, and whether it is itself beyond the bound."""


def changed_limits(old: Schema, new: Schema) -> Iterator[Found]:
    """What changed in a schema's own limits, of whatever type."""
    for least, most, kinds in _LENGTHS:
        yield from _changed_range(
            (least, most), _length(old, least, most), _length(new, least, most), is_all=kinds_of(old) <= kinds
        )
    ranges = _numbers(old), _numbers(new)
    yield from _changed_range(("minimum", "maximum"), *ranges, is_all=kinds_of(old) <= _NUMBERS)
    yield from _changed_multiple(old.get("multipleOf"), new.get("multipleOf"))
    if bool(old.get("uniqueItems")) != bool(new.get("uniqueItems")):
        yield (
            (Step.REVISION, "an item may not be there twice any more")
            if new.get("uniqueItems")
            else (Step.ADDITION, "an item may be there twice")
        )
    for key in ("pattern", "format"):
        yield from _changed_word(key, old.get(key), new.get(key))


def changed_values(old: Schema, new: Schema) -> Iterator[Found]:
    """What changed in the list of values, where there is one."""
    before, after = old.get("enum"), new.get("enum")
    if before == after:
        return
    if before is None:
        yield Step.REVISION, f"only {_listed(after)} may be there any more"
    elif after is None:
        yield Step.ADDITION, "any value of its type may be there, not only those of a list"
    else:
        keys = [{shown_exactly(value) for value in values} for values in (before, after)]
        if not keys[0] & keys[1]:
            yield Step.MODEL, f"none of its values may be there any more: it was one of {_listed(before)}"
        elif lost := [value for value in before if shown_exactly(value) not in keys[1]]:
            yield Step.REVISION, f"{_listed(lost)} may not be there any more"
        if gained := [value for value in after if shown_exactly(value) not in keys[0]]:
            yield Step.ADDITION, f"{_listed(gained)} may be there too"


def shown_exactly(value: Any) -> tuple[str, str]:
    """A value of a list by what tells it from others: 1 and True are equal in Python, not in JSON."""
    return ("number" if type(value) in {int, float} else type(value).__name__), repr(
        float(value) if type(value) is int else value
    )


def _length(schema: Schema, least: str, most: str) -> tuple[Bound, Bound]:
    return (schema.get(least, 0), False), (schema.get(most, math.inf), False)


def _numbers(schema: Schema) -> tuple[Bound, Bound]:
    return (
        (schema.get("minimum", -math.inf), schema.get("exclusiveMinimum") is True),
        (schema.get("maximum", math.inf), schema.get("exclusiveMaximum") is True),
    )


def _changed_range(
    names: tuple[str, str], old: tuple[Bound, Bound], new: tuple[Bound, Bound], *, is_all: bool
) -> Iterator[Found]:
    """``is_all``: whether all values are of the type that the range is about."""
    if old == new:
        return
    (low, high), (new_low, new_high) = old, new
    if is_all and (_is_apart(new_high, low) or _is_apart(high, new_low)):
        yield Step.MODEL, f"{_range(names, new)}, and was {_range(names, old)}: no value can be both"
        return
    if new_low > low or (new_high[0], not new_high[1]) < (high[0], not high[1]):
        yield Step.REVISION, f"{_range(names, new)}, and was {_range(names, old)}"
    else:
        yield Step.ADDITION, f"{_range(names, new)}, and was {_range(names, old)}, which is within"


def _is_apart(high: Bound, low: Bound) -> bool:
    return high[0] < low[0] or (high[0] == low[0] and (high[1] or low[1]))


def _range(names: tuple[str, str], bounds: tuple[Bound, Bound]) -> str:
    said = [
        f"{name} {value}{' exclusive' if is_open else ''}"
        for name, (value, is_open) in zip(names, bounds, strict=True)
        if math.isfinite(value) and not (value == 0 and name != "minimum" and name != "maximum")
    ]
    return " and ".join(said) or f"without {names[0]} and {names[1]}"


def _changed_multiple(old: Any, new: Any) -> Iterator[Found]:
    if old == new:
        return
    if new is None:
        yield Step.ADDITION, f"need not be a multiple of {old} any more"
    elif old is not None and isinstance(old, int) and isinstance(new, int) and old % new == 0:
        yield Step.ADDITION, f"must be a multiple of {new}, and was one of {old}"
    else:
        yield Step.REVISION, f"must be a multiple of {new}"


def _changed_word(key: str, old: Any, new: Any) -> Iterator[Found]:
    if old == new:
        return
    if new is None:
        yield Step.ADDITION, f"the {key} {shown(old)} is no more"
    else:
        yield Step.REVISION, f"must have the {key} {shown(new)}"


def _listed(values: Any) -> str:
    return ", ".join(shown(value) for value in values[:5]) + (" and more" if len(values) > 5 else "")
