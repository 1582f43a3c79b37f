"""Entities: self-describing JSON that is attached to an event, and the entities we ship.

A self-describing JSON is an object of ``schema``, an Iglu URI, and ``data`` (Snowplow, Iglu).
An entity is encoded to bytes at once, so that a value changed later cannot change the event.
"""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, dataclass_transform

import msgspec

from ..errors import EntityError
from ..identity.texts import is_lazy_text, shape, text_of, without_surrogates
from .confidential import confidential_fields, field_names
from .declaring import Role, declare, declared_schema, described_schema

T = TypeVar("T")

MAX_ENTITY_BYTES = 400_000
"""Of all entities of an event together: encoded once more, within the event, they may be twice as long."""

_json = msgspec.json.Encoder(decimal_format="number")
_LARGEST = int(sys.float_info.max)
"""A number beyond is none to readers of JSON that take numbers for doubles (RFC 8259, 6)."""
_NOT_FINITE = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]")
"""The begin of an infinity or a NaN in MessagePack; in UTF-8 no such bytes follow each other."""
_NOT_A_NUMBER = "is not a finite number: leave it out, or give None"
_TOO_LARGE = "is a number beyond those that readers of JSON know: give it as text"
_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""A key that names a field of a plain dict, and is no id of anybody and no token."""
_DEEPEST_PATH = 20
_LOCAL_TIME = re.compile(rb'T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"')
"""The end of a datetime without an offset, or of text that looks like one."""


@dataclass_transform(frozen_default=True)
def entity(schema: str) -> Callable[[type[T]], type[T]]:
    """Declare what a class describes: ``@entity("iglu:com.acme/article/jsonschema/1-0-0")``.

    The class is a dataclass, msgspec Struct, attrs class or pydantic model; a bare annotated class
    becomes a frozen dataclass. Fields that are ``Annotated[…, Confidential]`` show as ``***``. Raises
    EntityError where ``schema`` is no Iglu URI
    (``iglu:<vendor>/<name>/<format>/<model>-<revision>-<addition>``).
    """
    return declare(schema, "entity")


def schema_of(value: object) -> str:
    """The Iglu URI of an entity, or of a class declared with ``@entity``.

    Raises EntityError where there is none.
    """
    return described_schema(value, "entity")


def encode_entity(value: Any, role: Role = "entity") -> tuple[str, bytes]:
    """The schema of an entity (or of an event) and its self-describing JSON, as UTF-8.

    Decimals become numbers, dates and times RFC 3339 text (a naive datetime is local time, as in
    Python), enums their value, UUIDs and lazy strings text, bytes base64, sets sorted arrays.
    Raises EntityError where the value is none or holds what JSON cannot say, and says where; a number that
    is not finite, or beyond those of JSON's readers, is never written as another.
    """
    schema, data = declared_schema(type(value), role), value  # type: ignore[arg-type]  # a class has a hash
    if schema is None:
        schema = described_schema(value, role)
        if isinstance(value, type):
            raise EntityError(f"{value.__name__} is a class: give an instance of it")
        data = value["data"] if isinstance(value, Mapping) else value
    encoded = _encode_at_once(data)
    if encoded is None:
        encoded, problem = _encode_or_say_why(data)
        if encoded is None:
            raise EntityError(f"the {role} {schema} cannot be encoded: {_located(data, problem)}")
    return schema, b'{"schema":"%s","data":%s}' % (schema.encode(), encoded)


class _NoFormError(TypeError):
    """Something has no JSON form; the message has its type and no value."""


def _encode_at_once(data: object) -> bytes | None:
    """Data in one step; ``None`` where something in it must be mended first, or may have to be.

    The encoder itself refuses lone surrogates and keys that are no text. A number that JSON cannot say
    it writes as ``null``, ``NaN``, or digits beyond those of a double: it is found in the same data as
    MessagePack, where it stands as it is. Walking through the data would take ten times as long.
    """
    try:
        encoded = _at_once.encode(data)
        if _NOT_FINITE.search(_numbers.encode(data)):
            return None
    except Exception:  # noqa: BLE001
        # whatever it is, the longer way meets it again, and says it in its own words
        return None
    return None if _LOCAL_TIME.search(encoded) else encoded


def _encode_or_say_why(data: object) -> tuple[bytes | None, str]:
    """Data with everything mended that can be; else ``None`` and why, without the value."""
    try:
        return _encode_mended(data), ""
    except _NoFormError as error:
        return None, str(error)
    except RecursionError:
        return None, "is nested too deep, or holds itself"
    except Exception as error:  # noqa: BLE001
        # a model's own serializer may raise anything, and quote what is confidential
        return None, f"raised {type(error).__name__} when it was read"


def _located(data: object, problem: str) -> str:
    """The innermost part of some data that cannot be encoded, as a path, and why."""
    path = "data"
    with suppress(Exception):  # an application's own class may raise anything: then the path ends before it
        for _ in range(_DEEPEST_PATH):
            for step, part in _parts(data):
                encoded, why = _encode_or_say_why(part)
                if encoded is None:
                    hidden, path = _is_hidden(data, step), path + step
                    data, problem = (None if hidden else part), why
                    break
            else:
                break
    return f"{path} {problem}"


def _parts(value: Any) -> Iterator[tuple[str, object]]:
    """What a value holds, each with its step in a path; a key that may be somebody's is not shown."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f".{key}" if isinstance(key, str) and _NAME.fullmatch(key) else "[…]", item
    elif isinstance(value, Set):
        yield from (("[…]", item) for item in value)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        yield from ((f"[{number}]", item) for number, item in enumerate(value))
    else:
        for name in field_names(type(value)):
            yield f".{name}", getattr(value, name)


def _is_hidden(holder: object, step: str) -> bool:
    """Whether what a field of some value holds is confidential, keys and all."""
    return step[1:] in confidential_fields(type(holder))  # type: ignore[arg-type]  # a class has a hash


def _encode_mended(data: object) -> bytes:
    """Data with everything mended that JSON or RFC 3339 does not know."""
    plain = _plain(data)
    try:
        return _json.encode(plain)
    except UnicodeEncodeError:
        return _json.encode(_without_surrogates(plain))


def _plain(data: object) -> object:
    builtins = msgspec.to_builtins(
        data, builtin_types=(datetime, Decimal), str_keys=True, enc_hook=_encode_other, order="deterministic"
    )
    return _tidy(builtins)


def _encode_other(value: Any) -> object:
    """What msgspec does not know by itself."""
    if issubclass(type(value), str):
        return str.__str__(value)  # markupsafe and Django mark safe text by a subclass of str
    if hasattr(type(value), "model_dump"):
        # a warning would quote the value
        return value.model_dump(by_alias=True, warnings=False)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Set | Sequence):
        return list(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    if is_lazy_text(value):
        return text_of(value)
    raise _NoFormError(f"is {shape(value)}, which has no JSON form")


def _tidy(value: Any) -> object:
    """Mend what msgspec would write as it is although JSON or RFC 3339 does not know it."""
    match value:
        case int() if not -_LARGEST <= value <= _LARGEST:
            raise _NoFormError(_TOO_LARGE)
        case str() | bool() | int() | None:
            return value
        case dict():
            return {key: _tidy(item) for key, item in value.items()}
        case list() | tuple():
            return [_tidy(item) for item in value]
        case float() if not math.isfinite(value):
            raise _NoFormError(_NOT_A_NUMBER)
        case Decimal() if not value.is_finite():
            raise _NoFormError(_NOT_A_NUMBER)
        case Decimal() if math.isinf(float(value)):
            raise _NoFormError(_TOO_LARGE)
        case datetime() if value.tzinfo is None:
            return value.astimezone()
        case _:
            return value


def _without_surrogates(value: Any) -> object:
    match value:
        case str():
            return without_surrogates(value)
        case dict():
            return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
        case list():
            return [_without_surrogates(item) for item in value]
        case _:
            return value


_at_once = msgspec.json.Encoder(decimal_format="number", enc_hook=_encode_other, order="deterministic")
_numbers = msgspec.msgpack.Encoder(decimal_format="number", enc_hook=_encode_other)


@entity("iglu:org.tracking_middleware/article/jsonschema/1-0-0")
@dataclasses.dataclass(frozen=True)
class Article:
    """What a publisher knows of an article page; only ``id`` is required.

    ``length`` is in words, ``language`` a BCP 47 tag, ``written`` the day the text was written and
    ``published`` the moment it went online.
    """

    id: str
    subject: str | None = None
    tags: Sequence[str] = ()
    author: str | None = None
    length: int | None = None
    written: date | None = None
    published: datetime | None = None
    section: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.written, datetime):  # the schema asks for a day
            object.__setattr__(self, "written", self.written.date())


@entity("iglu:org.tracking_middleware/http_response/jsonschema/1-0-0")
@dataclasses.dataclass(frozen=True)
class HttpResponse:
    """The answer to a request: its HTTP ``status`` and how long it took, ``duration`` in milliseconds."""

    status: int
    duration: float
