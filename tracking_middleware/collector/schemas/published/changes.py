"""From one schema of something to the next: what changed, and which step of SchemaVer that demands; pure.

SchemaVer (Snowplow's "Introducing SchemaVer"): a *model* is a change after which no data of before is right
any more, a *revision* one after which some of it may not be, an *addition* one after which all of it is. A
property of another type is a revision at least, since the warehouse's column is of the old one. What is there
for people (``description``, ``title``, ``default``, ``examples``) demands nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..masking import referred
from .bounds import changed_limits, changed_values
from .steps import Change, Schema, Step, kinds_of, takes

_FOR_PEOPLE = frozenset({"description", "title", "default", "examples", "$schema", "self", "id", "$comment"})
_COMPARED = frozenset(
    {
        *("type", "enum", "properties", "required", "additionalProperties", "items", "anyOf", "confidential"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
        *("$ref", "definitions", "additionalItems"),
    }
)


def changes(old: Schema, new: Schema) -> list[Change]:
    """What changed from a schema to another, the gravest first; nothing where they say the same."""
    found = set(_Comparison(old, new).compare(old, new, "$", is_sure=True))
    return sorted(found, key=lambda change: (-change.step, change.path, change.what))


def step_of(found: Iterable[Change]) -> Step:
    """The step that changes demand together."""
    return max((change.step for change in found), default=Step.NONE)


class _Comparison:
    """Of two whole schemas, whose references are followed."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._within: set[tuple[str, str]] = set()

    def compare(self, old: Any, new: Any, path: str, *, is_sure: bool) -> Iterator[Change]:
        """``is_sure``: whether all data has something at ``path``, so that all is wrong where that is."""
        pair = str(old), str(new)
        if pair in self._within:  # they hold themselves
            return
        self._within.add(pair)
        old, new = _followed(old, self._old), _followed(new, self._new)
        for change in self._compare(old, new, path, is_sure=is_sure):
            yield change if is_sure or change.step is not Step.MODEL else replace(change, step=Step.REVISION)
        self._within.discard(pair)

    def _compare(self, old: Schema, new: Schema, path: str, *, is_sure: bool) -> Iterator[Change]:
        if "anyOf" in old or "anyOf" in new:
            yield from self._compare_unions(old, new, path)
            return
        types = list(_changed_types(old, new, path))
        yield from types
        if step_of(types) is Step.MODEL:
            return
        for step, what in [*changed_values(old, new), *changed_limits(old, new)]:
            yield Change(path, step, what)
        if {"object"} <= kinds_of(old) & kinds_of(new):
            yield from self._compare_objects(old, new, path, is_sure=is_sure and kinds_of(old) == {"object"})
        if {"array"} <= kinds_of(old) & kinds_of(new):
            yield from self._compare_items(old, new, path)
        yield from self._compare_rest(old, new, path)

    def _compare_unions(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        """Each alternative by the one that is nearest to it."""
        before, after = _alternatives(old, self._old), _alternatives(new, self._new)
        if before == after:
            return
        nearest = [
            min(
                (list(self.compare(part, other, path, is_sure=True)) for other in after),
                key=lambda found: (step_of(found), len(found)),
            )
            for part in before
        ]
        yield from _changed_types(_with_kinds(before), _with_kinds(after), path)
        is_all_gone = all(step_of(found) is Step.MODEL for found in nearest)
        for change in [change for found in nearest for change in found]:
            is_milder = change.step is Step.MODEL and not is_all_gone
            yield replace(change, step=Step.REVISION) if is_milder else change
        if len(after) > len(before):
            yield Change(path, Step.ADDITION, "there is an alternative more")

    def _compare_objects(self, old: Schema, new: Schema, path: str, *, is_sure: bool) -> Iterator[Change]:
        before, after = _properties(old), _properties(new)
        for name in sorted({*before, *after, *_required(old), *_required(new)}):
            place = f"{path}.{name}"
            was_required, is_required = name in _required(old), name in _required(new)
            was, now = before.get(name, _others(old)), after.get(name, _others(new))
            if was is None:
                yield (
                    Change(place, Step.MODEL, "is required, and data of before has none")
                    if is_required
                    else Change(place, Step.ADDITION, "is new")
                )
            elif now is None:
                step = Step.MODEL if was_required else Step.REVISION
                yield Change(place, step, "may not be there any more")
            else:
                if was_required and not is_required:
                    yield Change(place, Step.ADDITION, "is not required any more")
                if is_required and not was_required:
                    yield Change(place, Step.REVISION, "is required now")
                yield from self.compare(was, now, place, is_sure=is_sure and was_required)
                if (name in before) != (name in after):
                    what = "has a schema of its own" if name in after else "has no schema of its own any more"
                    yield Change(place, Step.ADDITION, what)
        yield from self._compare_others(_others(old), _others(new), path)

    def _compare_others(self, old: Schema | None, new: Schema | None, path: str) -> Iterator[Change]:
        if old is None and new is not None:
            yield Change(path, Step.ADDITION, "other properties may be there")
        elif new is None and old is not None:
            yield Change(path, Step.REVISION, "other properties may not be there any more")
        elif old is not None and new is not None:
            yield from self.compare(old, new, f"{path}.*", is_sure=False)

    def _compare_items(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        before, after = old.get("items", {}), new.get("items", {})
        place = f"{path}[]"
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self.compare(before, after, place, is_sure=False)
        elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            for number, (was, now) in enumerate(zip(before, after, strict=True)):
                yield from self.compare(was, now, f"{path}[{number}]", is_sure=False)
            if old.get("additionalItems") != new.get("additionalItems"):
                yield Change(place, Step.REVISION, "'additionalItems' is another")
        elif before != after:
            yield Change(place, Step.REVISION, "has other places for items")

    def _compare_rest(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        """Keywords of which nothing is known but whether they are the same."""
        is_hidden = new.get("confidential") is True
        if is_hidden is not (old.get("confidential") is True):
            yield Change(path, Step.ADDITION, "is confidential" + (" now" if is_hidden else " no more"))
        has_same_names = self._old.get("definitions") == self._new.get("definitions")
        for key in sorted({*old, *new} - _COMPARED - _FOR_PEOPLE):
            is_same = old.get(key) == new.get(key)
            if not is_same or not (has_same_names or "$ref" not in str(old.get(key))):
                yield Change(path, Step.REVISION, f"{key!r} is another, and what that means is not looked at")


def _changed_types(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = kinds_of(old), kinds_of(new)
    if before == after:
        return
    said = f"is {_listed(after)}, and was {_listed(before)}"
    if not any(takes(after, kind) or (kind == "number" and "integer" in after) for kind in before):
        yield Change(path, Step.MODEL, said)
        return
    gained = {kind for kind in after if not takes(before, kind)} - {"null"}
    if any(not takes(after, kind) for kind in before) or (gained and before != {"null"}):
        yield Change(path, Step.REVISION, said)
    else:
        yield Change(path, Step.ADDITION, said)


def _followed(schema: Any, root: Schema) -> Schema:
    """What a schema's ``$ref`` leads to, with what stands beside it."""
    seen = 0
    while isinstance(schema, dict) and "$ref" in schema and seen < 20:
        seen += 1
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        try:
            schema = {**referred(root, schema["$ref"]), **beside}
        except (LookupError, TypeError):
            return beside
    return schema if isinstance(schema, dict) else {}


def _alternatives(schema: Schema, root: Schema) -> list[Schema]:
    if "anyOf" not in schema:
        return [schema]
    beside = {key: value for key, value in schema.items() if key not in {"anyOf", *_FOR_PEOPLE}}
    return [{**beside, **_followed(part, root)} for part in schema["anyOf"]]


def _with_kinds(alternatives: list[Schema]) -> Schema:
    return {"type": sorted(frozenset[str]().union(*map(kinds_of, alternatives)))}


def _properties(schema: Schema) -> dict[str, Any]:
    found = schema.get("properties", {})
    return found if isinstance(found, dict) else {}


def _required(schema: Schema) -> list[str]:
    found = schema.get("required", [])
    return found if isinstance(found, list) else []


def _others(schema: Schema) -> Schema | None:
    """The schema of properties that are not named; None where there may be none."""
    others = schema.get("additionalProperties", True)
    if others is False and not schema.get("patternProperties"):
        return None
    return others if isinstance(others, dict) and not schema.get("patternProperties") else {}


def _listed(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds, key=lambda kind: (kind == "null", kind)))
