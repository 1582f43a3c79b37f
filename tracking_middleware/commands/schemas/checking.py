"""``schema check``: does each declared schema have the version that its change demands?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import missing_extra
from ..terminal import FOUND_WRONG, WELL, CommandError
from .declared import declared

if TYPE_CHECKING:
    from ...collector.schemas.published.steps import Change
    from ...collector.schemas.registries import Registry

API_KEY = "IGLU_API_KEY"
"""The variable of the environment that has the registry's key."""


_NAMES = {"ADDITION": "an addition", "REVISION": "a revision", "MODEL": "a model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    sentence: str = field(kw_only=False)
    changes: tuple[Change, ...] = ()
    is_right: bool = True

    def lines(self) -> Iterator[str]:
        yield f"{'ok   ' if self.is_right else 'WRONG'} {self.sentence}"
        yield from (
            f"        {change.step.name.lower():<9}{change.path} {change.what}" for change in self.changes
        )


def check(arguments: argparse.Namespace) -> int:
    """Say of each schema what its change demands; raises CommandError."""
    registry = opened(arguments.against)
    schemas = declared(arguments.modules)
    verdicts = [_judged(registry, uri, schema) for uri, schema in schemas.items()]
    for verdict in verdicts:
        print(*verdict.lines(), sep="\n")
    return WELL if all(verdict.is_right for verdict in verdicts) else FOUND_WRONG


def opened(place: str) -> Registry:
    """The registry at a place; raises CommandError."""
    try:
        from ...collector.schemas.folders import SchemasError
        from ...collector.schemas.published.asking import registry_at
    except ImportError:
        raise CommandError(missing_extra("asking for schemas needs the collector", "collector")) from None
    try:
        return registry_at(place, api_key=os.environ.get(API_KEY) or None)
    except SchemasError as error:
        raise CommandError(str(error)) from None


def _judged(registry: Registry, uri: str, schema: dict[str, Any]) -> _Verdict:
    from ...collector.payload.schema_key import read_uri
    from ...collector.schemas.published.versions import NoAnswerError, published, version_before, version_of

    key = read_uri(uri)
    try:
        version_of(key)
        there = published(registry, key)
        if there is not None:
            return _of_changes(registry, uri, uri, there, schema)
        before = version_before(registry, key)
    except NoAnswerError as error:
        return _Verdict(f"{uri}: {error}", is_right=False)
    if before is None:
        return _Verdict(f"{uri} is new: {registry.place.name} has no earlier one of its model")
    return _of_changes(registry, uri, before[0].uri, before[1], schema)


def _of_changes(registry: Registry, uri: str, old_uri: str, old: Any, schema: Any) -> _Verdict:
    from ...collector.payload.schema_key import read_uri
    from ...collector.schemas.published.changes import changes, step_of
    from ...collector.schemas.published.versions import NoAnswerError, next_free, step_between, version_of

    try:
        found = tuple(changes(old, schema))
    except Exception as error:  # noqa: BLE001
        # anything may stand anywhere in what a registry answers
        what = f"{old_uri} is there as no schema of draft 4: {type(error).__name__}: {error}"
        return _Verdict(f"{uri}: {what}", is_right=False)
    demanded = step_of(found)
    taken = step_between(version_of(read_uri(old_uri)), version_of(read_uri(uri)))
    if not found:
        what = "is as it is there" if uri == old_uri else f"says the same as {old_uri}"
        return _Verdict(f"{uri} {what}")
    demand = f"what changed since {old_uri} demands {_NAMES[demanded.name]}"
    if taken >= demanded:
        return _Verdict(f"{uri}: {demand}, which it has", changes=found)
    try:
        right = next_free(registry, read_uri(old_uri), demanded).uri
    except NoAnswerError as error:
        right = f"the next one ({error})"
    return _Verdict(f"{uri}: {demand}: give it {right}", changes=found, is_right=False)
