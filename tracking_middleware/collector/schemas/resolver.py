"""Which registry has a schema: asked in the order of an Iglu resolver, and remembered."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from ..payload.schema_key import SchemaKey
from ..payload.times import iso
from .folders import UnusableError
from .http import UnreachableError
from .masking import hides
from .registries import Registry, Schema

State = Literal["found", "not_found", "unreachable", "unusable"]

_FRESH_SECONDS = 1.0
"""How long an answer holds before the folders are looked at again."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What became of looking for a schema; ``history`` says what each registry that was asked answered."""

    state: State
    schema: Schema | None = None
    history: tuple[Mapping[str, Any], ...] = ()

    @property
    def summary(self) -> str:
        """The history in words."""
        return "; ".join(f"{entry['repository']}: {entry['errors'][0]['message']}" for entry in self.history)


class Resolver:
    """Looks schemas up. Every method may be called from any thread.

    What a registry over HTTP answered is kept for ``cache_ttl`` seconds (None: until it makes room in a
    cache of ``cache_size``), a schema also for longer where the registry cannot be reached then.
    """

    def __init__(
        self,
        registries: Sequence[Registry],
        *,
        cache_size: int = 500,
        cache_ttl: float | None = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registries = tuple(registries)
        self.hiding: dict[str, Schema] = {}
        """The schemas that were found and call something confidential, by their URI."""
        self._cache_size = cache_size
        self._cache_ttl = cache_ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: dict[SchemaKey, tuple[float, Lookup]] = {}
        self._answers: OrderedDict[tuple[int, SchemaKey], tuple[float, Schema | None]] = OrderedDict()

    @property
    def may_wait(self) -> bool:
        """Whether a lookup may wait for another machine."""
        return any(not registry.is_embedded for registry in self.registries)

    def lookup(self, key: SchemaKey, seconds: float) -> Lookup:
        """Never raises; takes little more than ``seconds`` at the most."""
        now = self._clock()
        recent = self._recent.get(key)
        if recent is not None and now < recent[0]:
            return recent[1]
        found = self._look_up(key, time.monotonic() + seconds)
        with self._lock:
            if len(self._recent) >= self._cache_size:
                self._recent.clear()
            if found.state != "unreachable":  # which may be for want of time only
                self._recent[key] = now + _FRESH_SECONDS, found
            self.hiding.pop(key.uri, None)
            if found.schema is not None and hides(found.schema):
                self.hiding[key.uri] = found.schema
        return found

    def _look_up(self, key: SchemaKey, end: float) -> Lookup:
        history: list[Mapping[str, Any]] = []
        state: State = "not_found"
        for registry in self._order(key.vendor) if key.is_path() else ():
            try:
                schema = self._ask(registry, key, end)
            except UnreachableError as error:
                history.append(_entry(registry, "RepoFailure", str(error)))
                state = "unreachable" if state == "not_found" else state
            except UnusableError as error:
                history.append(_entry(registry, "ClientFailure", str(error)))
                state = "unusable"
            else:
                if schema is not None:
                    return Lookup("found", schema)
                history.append(_entry(registry, "NotFound", "has none"))
        return Lookup(state, history=tuple(history))

    def _order(self, vendor: str) -> list[Registry]:
        return sorted(
            self.registries,
            key=lambda registry: (
                not registry.place.is_for(vendor),
                not registry.is_embedded,
                registry.place.priority,
            ),
        )

    def _ask(self, registry: Registry, key: SchemaKey, end: float) -> Schema | None:
        if registry.is_embedded:
            return registry.find(key, 0)
        place = (self.registries.index(registry), key)
        with self._lock:
            known = self._answers.get(place)
            if known is not None:
                self._answers.move_to_end(place)
        if known is not None and self._clock() < known[0]:
            return known[1]
        try:
            schema = registry.find(key, end - time.monotonic())
        except UnreachableError:
            if known is not None and known[1] is not None:
                return known[1]
            raise
        self._remember(place, schema)
        return schema

    def _remember(self, place: tuple[int, SchemaKey], schema: Schema | None) -> None:
        until = float("inf") if self._cache_ttl is None else self._clock() + self._cache_ttl
        with self._lock:
            self._answers[place] = until, schema
            while len(self._answers) > self._cache_size:
                self._answers.popitem(last=False)


def _entry(registry: Registry, error: str, message: str) -> Mapping[str, Any]:
    """As Iglu's lookup history has it."""
    return {
        "repository": registry.place.name,
        "errors": [{"error": error, "message": message}],
        "attempts": 1,
        "lastAttempt": iso(datetime.now(UTC)),
    }
