"""From what an application hands to ``track()`` to an event that only lacks its request."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import EntityError, EventError
from ..events.entities import MAX_ENTITY_BYTES, encode_entity
from ..events.events import Event, Recorded, SelfDescribingEvent, StructuredEvent
from ..identity.subject import Subject
from ..identity.user_id import valid_user_id
from ..ids import new_uuid, uuid_of_key
from ..request.client_ip import anonymized
from ..request.page import HasPage
from ..settings.settings import BeforeSend, Settings
from .complete import CompleteEvent

Moment = datetime | float | Decimal
"""When something happened: a datetime (a naive one is local time), or seconds since the epoch."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999
"""The end of the year 9999, in milliseconds since the epoch: the last that enrich reads."""
_LONGEST_ID = 128
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Tracked(msgspec.Struct, frozen=True, gc=False):
    """An event that was tracked and does not know its request yet.

    ``subject`` is there where somebody named one; else it is the visitor of the request.
    ``record`` and ``before_send`` are those of the tracker that tracked it.
    """

    event: Event
    subject: Subject | None
    before_send: BeforeSend | None
    record: Callable[[Recorded], None]

    __repr__ = object.__repr__


def prepare(value: object, settings: Settings, *, now: float, at: Moment | None, key: object) -> Event:
    """An event by what is known of it anywhere; ``now`` is in seconds since the epoch.

    Raises EventError or EntityError where it is none, or not one with that time or key.
    """
    happened = None if at is None else milliseconds_of(at)
    return replace(
        describe(value),
        event_id=new_uuid() if key is None else uuid_of_key(settings.app_id, key),
        dvce_created_tstamp=int(now * 1000) if happened is None else happened,
        true_tstamp=happened,
    )


def about(subject: Subject | None, event: Event) -> Event:
    """An event about a subject whose own consent holds."""
    if subject is None:
        return event
    if subject.consent == "anonymous":
        return replace(event, subject=subject.anonymous(), is_anonymous=True)
    return replace(event, subject=subject)


def completed(tracked: Tracked, exchange: HasPage) -> Recorded | None:
    """What would be recorded of an event at this moment; None where that is not known yet, or nothing."""
    subject = tracked.subject
    if exchange.tracker is not None and (subject is None or subject.consent is None):
        return exchange.complete(tracked)
    if subject is not None and subject.consent == "none":
        return None
    return CompleteEvent(about(subject, tracked.event), tracked.before_send)


def describe(value: Any) -> Event:
    """The event that a value of the application is, encoded so that nothing changed later changes it.

    Raises EventError or EntityError where it is none.
    """
    if isinstance(value, StructuredEvent):
        return StructuredEvent(
            _required(value.category, "category"),
            _required(value.action, "action"),
            _text(value.label),
            _text(value.property),
            _finite(value.value),
        )
    if isinstance(value, Event):
        raise EventError(
            f"a {type(value).__name__} is not tracked: give a StructuredEvent or an @event class"
        )
    _, encoded = encode_entity(value, "event")
    return SelfDescribingEvent(self_describing_json=encoded)


def encode_entities(
    entities: Iterable[object], settings: Settings, count: Callable[..., None]
) -> tuple[bytes, ...]:
    """The entities as self-describing JSON; one that cannot be encoded is left out and counted."""
    encoded: list[bytes] = []
    for entity in entities:
        try:
            _, content = encode_entity(entity)
        except Exception as error:  # noqa: BLE001
            # a model's own serializer may raise anything, and must not into the view
            count("entity_invalid", str(error) if isinstance(error, EntityError) else type(error).__name__)
            continue
        if len(encoded) >= settings.max_entities:
            count("too_many_entities")
            break
        if len(content) + sum(map(len, encoded)) > MAX_ENTITY_BYTES:
            count("entity_too_large")
            continue
        encoded.append(content)
    return tuple(encoded)


def sound_subject(subject: Subject, settings: Settings, count: Callable[[str], None]) -> Subject:
    """A subject that somebody made, as enrich takes it: what it would refuse is left out and counted.

    Raises EventError where it is none.
    """
    if not isinstance(subject, Subject):
        raise EventError(
            f"subject is a {type(subject).__name__}: give a Subject, such as tracker.unseal() gives"
        )
    identity = subject.identity
    session = _text(identity.domain_sessionid)
    if session is not None and not _UUID.fullmatch(session):
        count("subject_invalid")
        session = None
    address = subject.user_ipaddress
    return replace(
        subject,
        user_ipaddress=anonymized(_text(address) or "") if address and settings.anonymize_ip else address,
        identity=replace(
            identity,
            domain_userid=_sound_id(identity.domain_userid, count),
            domain_sessionid=session,
            domain_sessionidx=None if session is None else identity.domain_sessionidx,
            network_userid=_sound_id(identity.network_userid, count),
        ),
        user_id=valid_user_id(_text(subject.user_id), count),
    )


def _sound_id(given: object, count: Callable[[str], None]) -> str | None:
    text = _text(given)
    if text is not None and len(text) > _LONGEST_ID:  # cut short it would be somebody else's
        count("subject_invalid")
        return None
    return text


def milliseconds_of(at: Moment) -> int:
    """Milliseconds since the epoch; ``at`` is an aware datetime, a naive one (local time), or epoch seconds.

    Raises EventError.
    """
    if isinstance(at, datetime):
        since = at.astimezone(UTC) - _EPOCH
        milliseconds = since // timedelta(milliseconds=1)
    elif isinstance(at, bool) or not isinstance(at, int | float | Decimal) or not math.isfinite(at):
        raise EventError(f"at is a {type(at).__name__}: give a datetime, or seconds since the epoch")
    else:
        milliseconds = round(at * 1000)
    if not 0 <= milliseconds <= _LATEST:
        raise EventError("at lies before 1970 or after 9999: give seconds since the epoch, not milliseconds")
    return milliseconds


def _required(value: object, name: str) -> str:
    text = _text(value)
    if not text:
        raise EventError(f"a structured event needs its {name}: give text that is not empty")
    return text


def _text(value: object) -> str | None:
    """Plain text at once: a lazy translation would be rendered later, in another language."""
    if value is None:
        return None
    text = str.__str__(str(value))
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finite(value: Any) -> Decimal | float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise EventError(f"a structured event's value is a {type(value).__name__}: give a number")
    try:
        is_finite = math.isfinite(value)
    except (OverflowError, ValueError):  # an int beyond floats; a signalling NaN
        is_finite = False
    if not is_finite:
        raise EventError("a structured event's value is not finite: give a number such as 12.30")
    return value
