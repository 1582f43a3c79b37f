"""One event as it would have been sent, by its long names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ..events.declaring import Role, declared_schema
from ..events.entities import encode_entity
from ..events.events import Event, PageView, SelfDescribingEvent, StructuredEvent
from ..protocol import Encoder
from ..settings.settings import Settings
from .hidden import hidden


class TrackedData(dict[str, Any]):
    """The data of an entity or a self-describing event, as JSON has it.

    It equals a dict of the same, and an object whose class has ``@entity`` or ``@event`` and which says the
    same. Its ``repr`` shows ``***`` for what is confidential.
    """

    def __init__(self, schema: str, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.schema = schema

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        for role in _ROLES:
            schema = declared_schema(type(other), role)  # type: ignore[arg-type]  # a class has a hash
            if schema == self.schema and not isinstance(other, type):
                _, encoded = encode_entity(other, role)
                return bool(dict(self) == msgspec.json.decode(encoded)["data"])
        return dict.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __repr__(self) -> str:
        return repr(hidden(self.schema, dict(self)))


_ROLES: tuple[Role, ...] = ("entity", "event")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """An event as it would have been sent; ``""``, and for numbers None, where nothing would have been.

    ``name`` is ``page_view``, ``structured``, or the name in the schema of a self-describing event, whose
    ``data`` is there. ``entities`` are those that the application attached. Times are milliseconds since
    the epoch. ``parameters`` are the protocol's own.
    """

    name: str
    app_id: str
    event_id: str
    dvce_created_tstamp: int
    true_tstamp: int | None
    page_url: str
    page_title: str
    page_referrer: str
    web_page_id: str
    domain_userid: str
    domain_sessionid: str
    domain_sessionidx: int | None
    network_userid: str
    user_id: str
    user_ipaddress: str
    useragent: str
    is_anonymous: bool
    schema: str
    data: TrackedData | None
    category: str
    action: str
    label: str
    property: str
    value: Decimal | None
    entities: tuple[TrackedData, ...]
    parameters: Mapping[str, str]

    def entity(self, kind: type | str) -> TrackedData:
        """The data of the one entity of this class or schema; raises AssertionError where it is not one."""
        found = self.entities_of(kind)
        if len(found) != 1:
            attached = ", ".join(entity.schema for entity in self.entities) or "none"
            raise AssertionError(f"expected one {_said(kind)}, found {len(found)}; attached are: {attached}")
        return found[0]

    def entities_of(self, kind: type | str) -> list[TrackedData]:
        """All entities of this class or schema."""
        wanted = schema_of_kind(kind, "entity")
        return [entity for entity in self.entities if is_schema(entity.schema, wanted)]

    def described(self) -> list[TrackedData]:
        """All self-describing JSON in it: its own and its entities'."""
        return [*([] if self.data is None else [self.data]), *self.entities]

    def __repr__(self) -> str:
        shown = {
            "page_url": self.page_url,
            "page_title": self.page_title,
            "category": self.category,
            "action": self.action,
            "user_id": self.user_id,
            "domain_userid": self.domain_userid,
        }
        parts = [f"{name}={value!r}" for name, value in shown.items() if value]
        parts += [] if self.data is None else [f"data={self.data!r}"]
        parts += [f"{entity.schema.split('/')[1]}={entity!r}" for entity in self.entities]
        return f"<{self.name} {' '.join(parts)}>"


def tracked_event(settings: Settings, event: Event) -> TrackedEvent:
    """What the encoder makes of an event, read back."""
    encoder = Encoder(app_id=settings.app_id, namespace=settings.namespace, platform=settings.platform)
    sent: dict[str, str] = msgspec.json.decode(encoder.encode(event))
    schema, data = _self_describing(event)
    return TrackedEvent(
        name=_name(event, schema),
        app_id=settings.app_id,
        event_id=event.event_id,
        dvce_created_tstamp=event.dvce_created_tstamp,
        true_tstamp=event.true_tstamp,
        page_url=sent.get("url", ""),
        page_title=sent.get("page", ""),
        page_referrer=sent.get("refr", ""),
        web_page_id=event.web_page_id,
        domain_userid=sent.get("duid", ""),
        domain_sessionid=sent.get("sid", ""),
        domain_sessionidx=int(sent["vid"]) if "vid" in sent else None,
        network_userid=sent["tnuid"],
        user_id=sent.get("uid", ""),
        user_ipaddress=sent["ip"],
        useragent=sent["ua"],
        is_anonymous=event.is_anonymous,
        schema=schema,
        data=data,
        category=sent.get("se_ca", ""),
        action=sent.get("se_ac", ""),
        label=sent.get("se_la", ""),
        property=sent.get("se_pr", ""),
        value=Decimal(sent["se_va"]) if "se_va" in sent else None,
        entities=tuple(map(_described, event.entities)),
        parameters=sent,
    )


def schema_of_kind(kind: type | str, *roles: Role) -> str:
    """The Iglu URI of a class, or the text itself; raises TypeError where a class has none."""
    if isinstance(kind, str):
        return kind
    for role in roles:
        if (schema := declared_schema(kind, role)) is not None:
            return schema
    raise TypeError(f"{_said(kind)} has no schema: give a class with {' or '.join(map('@'.__add__, roles))}")


def is_schema(schema: str, wanted: str) -> bool:
    """Whether a schema is the one that is wanted, which may be given without its version."""
    return schema == wanted or schema.rpartition("/")[0] == wanted


def _said(kind: type | str) -> str:
    return kind if isinstance(kind, str) else kind.__name__


def _name(event: Event, schema: str) -> str:
    if isinstance(event, PageView):
        return "page_view"
    return "structured" if isinstance(event, StructuredEvent) else schema.split("/")[1]


def _self_describing(event: Event) -> tuple[str, TrackedData | None]:
    if not isinstance(event, SelfDescribingEvent):
        return "", None
    data = _described(event.self_describing_json)
    return data.schema, data


def _described(encoded: bytes) -> TrackedData:
    described = msgspec.json.decode(encoded)
    return TrackedData(described["schema"], described["data"])


def leaves(value: object) -> Iterator[object]:
    """Everything in a JSON value that is no object and no array."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value
