"""Entities: self-describing JSON that is attached to an event, and the entities we ship.

A self-describing JSON is an object of ``schema``, an Iglu URI, and ``data`` (Snowplow, Iglu).
An entity is encoded to bytes at once, so that a value changed later cannot change the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar, dataclass_transform

import msgspec
from msgspec.structs import force_setattr

from ..errors import EntityError
from .declaring import Role, declare, declared_schema, described_schema
from .encoding import encode_data

T = TypeVar("T")

MAX_ENTITY_BYTES = 400_000
"""Of all entities of an event together: encoded once more, within the event, they may be twice as long."""


@dataclass_transform(frozen_default=True)
def entity(schema: str, *, cacheable: bool = False) -> Callable[[type[T]], type[T]]:
    """Declare what a class describes: ``@entity("iglu:com.acme/article/jsonschema/1-0-0")``.

    The class is a dataclass, msgspec Struct, attrs class or pydantic model; a bare annotated class
    becomes a frozen dataclass. Fields that are ``Annotated[…, Confidential]`` show as ``***``.

    ``cacheable=True`` says that all in it is the page's, whoever looks at it: where a framework's cache
    keeps a page, the entities that its view has attached are kept with it, and are on the views of those
    who get that page (``docs/cached-pages.md``). Others are on the view of whom the page was made for alone.

    Raises EntityError where ``schema`` is no Iglu URI
    (``iglu:<vendor>/<name>/<format>/<model>-<revision>-<addition>``), and where a cacheable class has
    confidential fields.
    """
    return declare(schema, "entity", cacheable=cacheable)


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
    encoded, problem = encode_data(data)
    if encoded is None:
        raise EntityError(f"the {role} {schema} cannot be encoded: {problem}")
    return schema, b'{"schema":"%s","data":%s}' % (schema.encode(), encoded)


@entity("iglu:org.tracking_middleware/article/jsonschema/1-0-0", cacheable=True)
class Article(msgspec.Struct, frozen=True):
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
            force_setattr(self, "written", self.written.date())


@entity("iglu:org.tracking_middleware/http_response/jsonschema/1-0-0")
class HttpResponse(msgspec.Struct, frozen=True):
    """The answer to a request: its HTTP ``status`` and how long it took, ``duration`` in milliseconds."""

    status: int
    duration: float
