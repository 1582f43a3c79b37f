"""One event as it would have been sent, by its long names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ...events.declaring import Role, declared_schema
from ...events.events import Event, PageView, SelfDescribingEvent, StructuredEvent
from ...protocol import Encoder
from ...settings.settings import Settings
from .data import TrackedData

__unittest = True  # unittest leaves the frames of such a module out of a failure


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

    def entity(self, kind: type | str) -> Any:
        """The one entity of this class or schema; raises AssertionError where it is not one.

        It is a TrackedData: with the attributes of the class, equal to an object that says the same.
        """
        __tracebackhide__ = True
        found = self.entities_of(kind)
        if len(found) != 1:
            raise AssertionError(self._attached_instead(f"expected one {said(kind)}, found {len(found)}"))
        return found[0]

    def entities_of(self, kind: type | str) -> list[TrackedData]:
        """All entities of this class or schema."""
        wanted = schema_of_kind(kind, "entity")
        found = [entity for entity in self.entities if is_schema(entity.schema, wanted)]
        return found if isinstance(kind, str) else [entity.read_as(kind) for entity in found]

    def described(self) -> list[TrackedData]:
        """All self-describing JSON in it: its own and its entities'."""
        return [*([] if self.data is None else [self.data]), *self.entities]

    def _attached_instead(self, expected: str) -> str:
        lines = [f"  {entity.schema} {entity!r}" for entity in self.entities]
        page = f"{self.name} {self.page_url}".strip()
        return "\n".join([f"{expected}; attached to {page} {'are:' if lines else 'is nothing'}", *lines])

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
    raise TypeError(f"{said(kind)} has no schema: give a class with {' or '.join(map('@'.__add__, roles))}")


def is_schema(schema: str, wanted: str) -> bool:
    """Whether a schema is the one that is wanted, which may be given without its version."""
    return schema == wanted or schema.rpartition("/")[0] == wanted


def said(kind: type | str) -> str:
    """What a class or schema is called in a sentence."""
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
