"""Declaring what a class describes: the schema that ``@entity`` and ``@event`` give it."""

from __future__ import annotations

import dataclasses
import re
import weakref
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar

import msgspec

from ..errors import EntityError
from .confidential import confidential_fields, hide_confidential

T = TypeVar("T")

Role = Literal["entity", "event"]
"""What a class was declared as; one may be both."""

_SCHEMA = re.compile(r"iglu:[A-Za-z0-9._-]+/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+/[1-9][0-9]*-[0-9]+-[0-9]+")
_declared: dict[str, weakref.WeakSet[type]] = {}
_ATTRIBUTES: dict[Role, str] = {"entity": "__iglu_schema__", "event": "__iglu_event_schema__"}


class CacheableSchema(str):
    """The schema of a class whose entities are the page's: whoever is given that page from a cache has them.

    Also as ``__iglu_schema__``, so that an entity's schema tells it, and attaching one asks nothing more.
    """

    __slots__ = ("visitors",)

    visitors: tuple[str, ...]
    """Fields that are a visitor's: an entity that has one of them is not the page's."""

    def __new__(cls, schema: str, visitors: tuple[str, ...] = ()) -> CacheableSchema:
        made = super().__new__(cls, schema)
        made.visitors = visitors
        return made


def declare(
    schema: str | type[Any], role: Role, *, cacheable: bool = False, visitors: tuple[str, ...] = ()
) -> Callable[[type[T]], type[T]]:
    """A class decorator; raises EntityError where ``schema`` is no Iglu URI.

    A bare annotated class becomes a frozen dataclass, and so must have no ``__init__`` of its own, which
    is refused too. Confidential fields are hidden, and refused where the class is ``cacheable``.
    ``visitors`` names fields that only an entity which is not the page's has.
    """
    if isinstance(schema, type):
        raise EntityError(
            f"{schema.__qualname__} has @{role} without a schema above it: "
            f'write @{role}("iglu:<vendor>/<name>/jsonschema/1-0-0")'
        )
    uri = check_schema(schema)

    def decorate(declared: type[T]) -> type[T]:
        if not _describes_its_fields(declared):
            _refuse_own_init(declared, role)
            declared = dataclasses.dataclass(frozen=True)(declared)
        if cacheable:
            _refuse_confidential(declared)
        setattr(declared, _ATTRIBUTES[role], CacheableSchema(uri, visitors) if cacheable else uri)
        _declared.setdefault(uri, weakref.WeakSet()).add(declared)
        return hide_confidential(declared)

    return decorate


def classes_of(schema: str) -> list[type]:
    """The classes that were declared with a schema, in this process and so far."""
    return list(_declared.get(schema, ()))


def declared_schemas() -> list[str]:
    """The schemas that classes were declared with, in this process and so far."""
    return sorted(uri for uri, kinds in _declared.items() if len(kinds))


@lru_cache(maxsize=256)
def declared_schema(kind: type, role: Role) -> str | None:
    """The schema that a class was declared with; ``None`` where the value itself must be looked at."""
    schema = getattr(kind, _ATTRIBUTES[role], None)
    if schema is None or issubclass(kind, Mapping):
        return None
    # a subclass may have some
    if isinstance(schema, CacheableSchema) and not confidential_fields(kind):  # type: ignore[arg-type]
        return schema
    return str(schema)


def described_schema(value: Any, role: Role) -> str:
    """The Iglu URI of a declared value or class, or of a self-describing dict; else raises EntityError."""
    if isinstance(value, Mapping):
        schema = value.get("schema")
        if set(value) != {"schema", "data"} or not isinstance(schema, str):
            raise EntityError(f"a plain {role} is a dict of exactly 'schema' (an Iglu URI) and 'data'")
        return check_schema(schema)
    schema = getattr(value, _ATTRIBUTES[role], None)
    if schema is None:
        name = value.__name__ if isinstance(value, type) else type(value).__name__
        verb = "attach" if role == "entity" else "track"
        raise EntityError(
            f"{name} is no {role}: declare it with @{role}('iglu:…'), or {verb} a self-describing dict"
        )
    return str(schema)


def check_schema(schema: str) -> str:
    """The schema; raises EntityError where it is no Iglu URI."""
    if not isinstance(schema, str) or not _is_schema(schema):
        raise EntityError(f"{schema!r} is no Iglu URI: write 'iglu:<vendor>/<name>/jsonschema/1-0-0'")
    return schema


@lru_cache(maxsize=256)
def _is_schema(text: str) -> bool:
    return _SCHEMA.fullmatch(text) is not None


def _refuse_own_init(declared: type, role: Role) -> None:
    """An ``__init__`` that is written by hand sets attributes, which the frozen dataclass would refuse it."""
    if "__init__" in vars(declared):
        raise EntityError(
            f"{declared.__qualname__} has an __init__ of its own: leave it out and annotate the fields, "
            f"which @{role} makes a frozen dataclass of; or put @dataclass, attrs or pydantic below @{role}"
        )


def _refuse_confidential(declared: Any) -> None:
    """What a cache keeps is given to others, and read by whoever reads that cache."""
    if hidden := confidential_fields(declared):
        raise EntityError(
            f"{declared.__qualname__} is cacheable and has confidential fields ({', '.join(sorted(hidden))})"
            ": leave cacheable=True out, or put them into an entity of their own"
        )


def _describes_its_fields(declared: type) -> bool:
    return (
        # looked up on the class itself: a bare subclass of a dataclass has fields of its own to declare
        "__dataclass_fields__" in vars(declared)
        or issubclass(declared, msgspec.Struct)
        or hasattr(declared, "__attrs_attrs__")
        or hasattr(declared, "model_dump")
    )
