"""Self-describing JSONs against their schemas: JSON Schema draft 4, compiled once for each schema.

What the pipeline's validator makes of draft 4 stands in ``dialect``. A schema comes from a registry and is
trusted with little: it is checked against draft 4 itself, a ``$ref`` is followed nowhere but into the schema
itself, and a pattern has a bounded number of steps. Data with a schema that is superseded (``$supersededBy``)
is validated by the newer one, gets its version, and says so in a derived entity ``validation_info``.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

import jsonschema_rs

from ..payload.problems import Problem, of_data, of_missing, of_schema, of_unreachable
from ..payload.schema_key import VERSION, SchemaKey, read_uri
from ..payload.self_describing import Described
from .cost import is_too_costly
from .dialect.formats import FORMATS
from .dialect.patterns import PATTERNS
from .dialect.references import as_read, refusal_of
from .expectations import expectation, json_path, targets
from .masking import HIDDEN, Schemas, masked
from .registries import Schema
from .resolver import Lookup, Resolver

UnknownSchemas = Literal["bad", "good"]
"""What an event is whose schema is not found, or cannot be looked for."""

_MOST_PROBLEMS = 20
_MOST_COMPILED = 500
_MOST_SUPERSEDED = 10
_INFO = "iglu:com.snowplowanalytics.iglu/validation_info/jsonschema/1-0-0"

Compiled = jsonschema_rs.Draft4Validator | str
"""What validates, or why the schema cannot be used."""


class Check(Protocol):
    """Says what is wrong with a self-describing JSON, and adds what is derived to ``derived``."""

    def __call__(self, described: Described, where: str, derived: list[Described]) -> Iterable[Problem]: ...


class Validation:
    """Validates with the schemas that a resolver finds. Every method may be called from any thread."""

    def __init__(self, resolver: Resolver, hiding: Schemas, *, unknown_schemas: UnknownSchemas) -> None:
        """``hiding`` are the schemas that say what a sentence must not tell."""
        self._resolver = resolver
        self._hiding = hiding
        self._unknown_schemas = unknown_schemas
        self._lock = threading.Lock()
        self._compiled: OrderedDict[SchemaKey, tuple[Schema, Compiled]] = OrderedDict()

    @property
    def may_wait(self) -> bool:
        """Whether a check may wait for a registry on another machine."""
        return self._resolver.may_wait

    def for_request(self, *, seconds: float = 6.0) -> Check:
        """The check for all events of a request, which together wait so long for registries at the most."""
        end = time.monotonic() + seconds
        known: dict[str, jsonschema_rs.Draft4Validator] = {}

        def check(described: Described, where: str, derived: list[Described]) -> Iterable[Problem]:
            validator = known.get(described["schema"])
            if validator is not None and validator.is_valid(described["data"]):
                return ()
            return judged(described, where, derived)

        def judged(described: Described, where: str, derived: list[Described]) -> Iterator[Problem]:
            key = read_uri(described["schema"])
            key, lookup = self._look_up(key, end)
            if lookup.schema is None:
                if self._unknown_schemas == "bad":
                    yield _missing(where, key, lookup)
                return
            if key.uri != described["schema"]:
                data = {"originalSchema": described["schema"], "validatedWith": key.version}
                derived.append({"schema": _INFO, "data": data})
                described["schema"] = key.uri
            elif not isinstance(validator := self._compile(key, lookup.schema), str):
                known[key.uri] = validator
            yield from self._validate(described, key, lookup.schema, where)

        return check

    def _look_up(self, key: SchemaKey, end: float) -> tuple[SchemaKey, Lookup]:
        """A schema, or what supersedes it."""
        for _ in range(_MOST_SUPERSEDED):
            lookup = self._resolver.lookup(key, end - time.monotonic())
            newer = (lookup.schema or {}).get("$supersededBy")
            if not isinstance(newer, str) or not VERSION.fullmatch(newer) or newer == key.version:
                break
            key = key._replace(version=newer)
        return key, lookup

    def _validate(
        self, described: Described, key: SchemaKey, schema: Schema, where: str
    ) -> Iterator[Problem]:
        compiled = self._compile(key, schema)
        if isinstance(compiled, str):
            yield of_schema(where, key.uri, compiled)
            return
        data = described["data"]
        if compiled.is_valid(data):
            return
        shown = masked(described, self._hiding)["data"]
        for error in itertools.islice(compiled.iter_errors(data), _MOST_PROBLEMS):
            yield _invalid(where, key.uri, error, shown)

    def _compile(self, key: SchemaKey, schema: Schema) -> Compiled:
        known = self._compiled.get(key)
        if known is not None and known[0] is schema:
            return known[1]
        compiled = _compiled(schema)
        with self._lock:
            self._compiled[key] = schema, compiled
            while len(self._compiled) > _MOST_COMPILED:
                self._compiled.popitem(last=False)
        return compiled


def _compiled(schema: Schema) -> Compiled:
    # an id would be the base of references, and names in Iglu's schemas nothing that is there
    plain = {name: value for name, value in schema.items() if name not in {"$schema", "self", "id"}}
    refusal = refusal_of(schema)
    if refusal is not None:
        return refusal
    if is_too_costly(plain):
        return "its references multiply to more than can be validated"
    try:
        return jsonschema_rs.Draft4Validator(
            as_read(plain),
            formats=dict(FORMATS),
            validate_formats=True,
            pattern_options=PATTERNS,
            retriever=_refuse,
        )
    except jsonschema_rs.ValidationError as error:
        return f"{json_path(error.instance_path)}: {error.message[:300]}"
    except (ValueError, RecursionError, jsonschema_rs.ReferencingError) as error:
        return str(error)[:300]


def _refuse(uri: str) -> Any:
    raise ValueError(f"$ref {uri!r} leads out of the schema, and is not followed")


def _invalid(where: str, uri: str, error: jsonschema_rs.ValidationError, shown: Any) -> Problem:
    """By a path that ends where something confidential begins."""
    visible = _visible(error.instance_path, shown)
    if visible is not None:
        what = "must be as its schema says; what it must be is confidential"
        return of_data(where, uri, path=json_path(visible), keyword=error.kind.name, what=what, targets=())
    return of_data(
        where,
        uri,
        path=json_path(error.instance_path),
        keyword=error.kind.name,
        what=expectation(error),
        targets=targets(error),
    )


def _visible(steps: Iterable[str | int], shown: Any) -> list[str | int] | None:
    """The way to the first thing that is hidden; None where nothing on it is."""
    way: list[str | int] = []
    if shown == HIDDEN:
        return way
    for step in steps:
        way.append(step)
        shown = shown[step]
        if shown == HIDDEN:
            return way
    return None


def _missing(where: str, key: SchemaKey, lookup: Lookup) -> Problem:
    if lookup.state == "unusable":
        return of_schema(where, key.uri, lookup.summary)
    if lookup.state == "unreachable":
        what = f"could not be looked for ({lookup.summary})"
        return of_unreachable(where, key.uri, what, lookup.history)
    places = ", ".join(entry["repository"] for entry in lookup.history)
    what = (
        f"is not found in: {places}. Save it as FOLDER/{key.path}"
        " and start the collector with --schemas FOLDER"
    )
    return of_missing(where, key.uri, what, lookup.history)
