"""Where schemas come from: folders, and registries over HTTP. The layout in both is Iglu's."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..payload.schema_key import SchemaKey
from .folders import check_schema, read_schema
from .http import RefusedError, UnreachableError, fetch

logger = logging.getLogger("tracking_middleware.collector.registries")

Schema = dict[str, Any]

DOWN_SECONDS = 30.0
"""How long a registry that failed is not asked again."""
_FAIR_SECONDS = 0.3
_MOST_REFUSED = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order of an Iglu resolver a registry stands."""

    name: str
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()

    def is_for(self, vendor: str) -> bool:
        """Whether it is asked before the others for schemas of ``vendor``."""
        return vendor.startswith(self.vendor_prefixes)


class Registry(Protocol):
    """A place for schemas; embedded ones come before those over HTTP."""

    @property
    def place(self) -> Place: ...

    @property
    def is_embedded(self) -> bool: ...

    def find(self, key: SchemaKey, seconds: float) -> Schema | None:
        """A schema, or None where it is not there.

        Raises UnreachableError where that cannot be known, after ``seconds`` at the most, and
        UnusableError where something is there and is no such schema.
        """
        ...


@dataclass(frozen=True, slots=True)
class FolderRegistry:
    """``<root>/<vendor>/<name>/<format>/<version>``; a file that is written or changed counts at once."""

    place: Place
    root: Path
    _known: dict[SchemaKey, tuple[tuple[int, int], Schema]] = field(default_factory=dict, repr=False)
    is_embedded = True

    def find(self, key: SchemaKey, seconds: float) -> Schema | None:
        path = self.root.joinpath(*key)
        try:
            status = path.stat()
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(key)
        if known is None or known[0] != stamp:
            known = self._known[key] = stamp, read_schema(path, key.uri)
        return known[1]


class HttpRegistry:
    """A registry at a URL, asked for one schema at a time; after a failure not for ``DOWN_SECONDS``.

    It is asked on a thread of its own, since nothing else bounds the time in which a name is resolved.
    """

    is_embedded = False

    def __init__(
        self,
        place: Place,
        uri: str,
        *,
        api_key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = place
        self._uri = uri.rstrip("/")
        self._api_key = api_key
        self._clock = clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._trouble = ""
        self._is_down_until = 0.0
        self._refused: dict[SchemaKey, tuple[float, RefusedError]] = {}

    def find(self, key: SchemaKey, seconds: float) -> Schema | None:
        end = time.monotonic() + seconds
        if not self._lock.acquire(timeout=max(seconds, 0)):
            raise UnreachableError("is busy with another schema")
        try:
            self._refuse_while_down()
            self._refuse_again(key)
            schema = self._ask(key, end - time.monotonic())
        finally:
            self._lock.release()
        if schema is not None:
            check_schema(schema, key.uri)
        return schema

    def _refuse_while_down(self) -> None:
        rest = self._is_down_until - self._clock()
        if rest > 0:
            raise UnreachableError(f"{self._trouble}; it is asked again in {rest:.0f} s")
        if self._thread is not None and self._thread.is_alive():
            raise UnreachableError("has not answered the last question yet")

    def _refuse_again(self, key: SchemaKey) -> None:
        """A schema that is refused is not asked for again for a while; others may be."""
        until, error = self._refused.get(key, (0.0, None))
        if error is not None and self._clock() < until:
            raise error

    def _remember_refusal(self, key: SchemaKey, error: RefusedError) -> None:
        if len(self._refused) >= _MOST_REFUSED:
            self._refused.clear()
        self._refused[key] = self._clock() + DOWN_SECONDS, error

    def _ask(self, key: SchemaKey, seconds: float) -> Schema | None:
        if seconds <= 0:
            raise UnreachableError("is not asked: there is no time left")
        answer: list[Schema | UnreachableError | None] = []

        def ask() -> None:
            try:
                answer.append(fetch(f"{self._uri}/schemas/{key.path}", api_key=self._api_key))
            except UnreachableError as error:
                answer.append(error)
            except Exception as error:
                logger.exception("a registry could not be asked")
                answer.append(UnreachableError(f"cannot be asked: {type(error).__name__}"))

        self._thread = threading.Thread(target=ask, name="schema registry", daemon=True)
        self._thread.start()
        self._thread.join(seconds)
        found = answer[0] if answer else UnreachableError("did not answer in time")
        if isinstance(found, RefusedError):
            # of this schema alone: a bucket that lists nothing answers so for whatever it has not
            self._remember_refusal(key, found)
            raise found
        if isinstance(found, UnreachableError):
            # a question that had little time says nothing of the registry
            if answer or seconds >= _FAIR_SECONDS:
                self._trouble, self._is_down_until = str(found), self._clock() + DOWN_SECONDS
            raise found
        return found
