"""Events: what happened, to whom, and when; frozen values, not yet in the protocol's words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol, TypeVar, dataclass_transform

import msgspec

from ..identity.identity import SessionStart, Value
from ..identity.subject import UNKNOWN_SUBJECT, Subject
from ..ids import NewId
from .declaring import declare

T = TypeVar("T")


class Event(Value, frozen=True, kw_only=True):
    """What all events have; ``""`` and ``None`` where unknown.

    ``event_id`` is a UUID and never changes once given, whatever is retried. Times are milliseconds
    since the epoch: ``dvce_created_tstamp`` when it was noted, ``true_tstamp`` when it happened by a
    source that knows. ``web_page_id`` is the UUID of the ``web_page`` entity, which all events of
    one page view share. ``entities`` are self-describing JSON, encoded. An anonymous event names
    nobody, and is sent in POSTs that ask the collector to add nobody.
    """

    event_id: str = ""
    dvce_created_tstamp: int = 0
    true_tstamp: int | None = None
    page_url: str = ""
    page_referrer: str = ""
    web_page_id: str = ""
    subject: Subject = UNKNOWN_SUBJECT
    entities: tuple[bytes, ...] = ()
    is_anonymous: bool = False

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The fields as they may be shown: of a self-describing JSON the schema alone."""
        shown = []
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name == "entities":
                value = tuple(map(_SchemaOnly, value))
            elif name == "self_describing_json":
                value = _SchemaOnly(value)
            shown.append((name, value))
        return shown


class PageView(Event, frozen=True, kw_only=True):
    """A page was served.

    ``dvce_created_tstamp`` is the begin of the request. ``session_start`` is there where the server
    began the session with this page.
    """

    event_id: str
    web_page_id: str
    dvce_created_tstamp: int
    page_url: str
    page_title: str = ""
    session_start: SessionStart | None = None


class StructuredEvent(Event, frozen=True):
    """An event of five fields: ``StructuredEvent("checkout", "pay", value=Decimal("12.30"))``.

    ``category`` and ``action`` are required; ``value`` is a finite number. Texts longer than the
    protocol allows are cut. What all events have is filled in when it is tracked.
    """

    category: str
    action: str
    label: str | None = None
    property: str | None = None
    value: Decimal | float | None = None


class SelfDescribingEvent(Event, frozen=True, kw_only=True):
    """An event that a class of the application describes, see ``event``; encoded when it is tracked."""

    self_describing_json: bytes


class Recorded(Protocol):
    """Something that was recorded on the request path and becomes an event on the background thread."""

    def to_event(self, new_id: NewId, /) -> Event | None:
        """The event, with ids from ``new_id``; ``None`` where the application's filter took it out."""


@dataclass_transform(frozen_default=True)
def event(schema: str) -> Callable[[type[T]], type[T]]:
    """Declare a self-describing event: ``@event("iglu:com.acme/order_returned/jsonschema/1-0-0")``.

    The class is a dataclass, msgspec Struct, attrs class or pydantic model; a bare annotated class
    becomes a frozen dataclass. ``track()`` takes its instances. Fields that are
    ``Annotated[…, Confidential]`` show as ``***``. Raises EntityError where ``schema`` is no Iglu URI.
    """
    return declare(schema, "event")


def event_name(event: Event) -> str:
    """What an event is called in a log: its kind, or the schema of what it describes, not its content."""
    if isinstance(event, SelfDescribingEvent):
        return repr(_SchemaOnly(event.self_describing_json))
    return "a page view" if isinstance(event, PageView) else "a structured event"


class _SchemaOnly:
    """An encoded self-describing JSON as it may be shown, since values in it may be confidential."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded

    def __repr__(self) -> str:
        try:
            schema = msgspec.json.decode(self._encoded, type=_Described).schema
        except msgspec.MsgspecError:
            return "***"
        return f"<{schema}>"


class _Described(msgspec.Struct):
    schema: str
