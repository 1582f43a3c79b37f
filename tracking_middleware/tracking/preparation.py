"""From what an application hands to ``track()`` to an event that only lacks its request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
from msgspec.structs import replace

from ..addresses import anonymized, parse_address
from ..errors import EntityError, EventError, TrackingError
from ..events.declaring import declared_schema
from ..events.entities import MAX_ENTITY_BYTES, encode_entity
from ..events.events import Event, Recorded, SelfDescribingEvent, StructuredEvent
from ..identity.subject import HandOff, Subject, checked_id, checked_index, is_consent
from ..identity.texts import NoTextError, is_lazy_text, shape, text_of, without_surrogates
from ..identity.user_id import valid_user_id
from ..ids import DEEPEST_KEY, new_uuid, uuid_of_key
from ..request.page import HasPage
from ..settings.settings import BeforeSend, Settings
from ..tally import Count
from .complete import CompleteEvent

Moment = datetime | float | Decimal
"""When something happened: a datetime (a naive one is local time), or seconds since the epoch."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999
"""The end of the year 9999, in milliseconds since the epoch: the last that enrich reads."""


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


def _uncounted(name: str, advice: str = "", /) -> None:
    """Nobody asks: what cannot be used is counted when the event is tracked."""


def prepare(
    value: object,
    settings: Settings,
    *,
    now: float,
    at: Moment | None,
    key: object,
    count: Count = _uncounted,
) -> Event:
    """An event by what is known of it anywhere; ``now`` is in seconds since the epoch.

    ``count`` is told what is left out. Raises EventError or EntityError where it is none, or not one
    with that time or key.
    """
    happened = None if at is None else milliseconds_of(at)
    return replace(
        describe(value, count),
        event_id=new_uuid() if key is None else uuid_of_key(settings.app_id, _rendered(key)),
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


def describe(value: Any, count: Count) -> Event:
    """The event that a value of the application is, encoded so that nothing changed later changes it.

    Raises EventError or EntityError where it is none.
    """
    if isinstance(value, StructuredEvent):
        return StructuredEvent(
            _required(value.category, "category"),
            _required(value.action, "action"),
            _optional(value.label, "label", count),
            _optional(value.property, "property", count),
            _finite(value.value),
        )
    if isinstance(value, Event):
        raise EventError(
            f"a {type(value).__name__} is not tracked: give a StructuredEvent or an @event class"
        )
    _, encoded = encode_entity(value, "event")
    return SelfDescribingEvent(self_describing_json=encoded)


def encode_entities(entities: Iterable[object], settings: Settings, count: Count) -> tuple[bytes, ...]:
    """The entities as self-describing JSON; one that cannot be encoded is left out and counted."""
    if type(entities) is tuple and not entities:  # as most events have none
        return ()
    encoded: list[bytes] = []
    for entity in _each(entities, count):
        try:
            schema, content = encode_entity(entity)
            if settings.validate_entities:
                from ..events.validating import refuse_invalid  # in development alone

                refuse_invalid(entity, schema, content)
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


def _each(entities: object, count: Count) -> Iterator[object]:
    """What a list of entities has, as far as it can be read; what is no list is counted."""
    kind: Any = type(entities)
    is_one = isinstance(entities, Mapping) or declared_schema(kind, "entity") is not None
    if is_one or isinstance(entities, str | bytes | bytearray) or not isinstance(entities, Iterable):
        count("entity_invalid", f"entities is {shape(entities)}: give a list of entities, such as [article]")
        return
    try:
        yield from entities
    except Exception as error:  # noqa: BLE001
        # a query or a generator of the application's may raise anything, at any moment
        advice = f"entities raised {type(error).__name__} when it was read: give a list of entities"
        count("entity_invalid", f"{advice}; those that it would have given next were left out")


def sound_subject(subject: Subject, settings: Settings, count: Count) -> Subject:
    """A subject that somebody made, as enrich takes it: what it would refuse is left out and counted.

    Its ids were checked when it was made, and those that ``replace`` put there were not.
    Raises EventError where it is none.
    """
    if not isinstance(subject, Subject):
        raise EventError(f"subject is {shape(subject)}: give a Subject, such as tracker.unseal() gives")
    consent = subject.consent
    if consent is not None and not is_consent(consent):  # nobody knows what was meant
        count("consent_invalid", f"consent is {shape(consent)}: give 'full', 'anonymous' or 'none'")
        consent = "none"
    address = _address(subject.user_ipaddress, count)
    session = _sound_id(subject, "domain_sessionid", count)
    return replace(
        subject,
        user_ipaddress=anonymized(address) if address and settings.anonymize_ip else address,
        useragent=_device_text(subject.useragent, "useragent", count),
        language=_device_text(subject.language, "language", count),
        domain_userid=_sound_id(subject, "domain_userid", count),
        domain_sessionid=session,
        domain_sessionidx=None
        if session is None
        else _sound_index(subject.domain_sessionidx, session, count),
        network_userid=_sound_id(subject, "network_userid", count),
        user_id=valid_user_id(subject.user_id, count),
        consent=consent,
        handed_off=_sound_hand_off(subject.handed_off, count),
    )


def _sound_hand_off(given: object, count: Count) -> HandOff | None:
    if given is None or isinstance(given, HandOff):
        return given
    count(
        "subject_invalid", f"handed_off is {shape(given)}: leave it out, it is there on what unseal() gives"
    )
    return None


def _sound_id(subject: Subject, name: str, count: Count) -> str | None:
    try:
        return checked_id(name, getattr(subject, name))
    except TrackingError as error:
        count("subject_invalid", str(error))
        return None


def _sound_index(given: object, session: str, count: Count) -> int | None:
    try:
        return None if given is None else checked_index(given, session)
    except TrackingError as error:
        count("subject_invalid", str(error))
        return None


def _address(given: object, count: Count) -> str:
    """An IP address; ``""`` where it is none, which is counted."""
    address = _device_text(given, "user_ipaddress", count)
    if address and parse_address(address) is None:
        count("subject_invalid", f"user_ipaddress is {shape(address)}: give an IP address, or leave it out")
        return ""
    return address


def _device_text(given: object, name: str, count: Count) -> str:
    """Text of a subject's device; ``""`` where it is none."""
    return _optional(given, name, count) or ""


def milliseconds_of(at: Moment) -> int:
    """Milliseconds since the epoch; ``at`` is an aware datetime, a naive one (local time), or epoch seconds.

    Raises EventError.
    """
    try:
        milliseconds = _milliseconds(at)
    except OverflowError:  # beyond floats, or at the ends of what a datetime can be
        milliseconds = -1
    except EventError:
        raise
    except Exception as error:  # noqa: BLE001
        # a time zone of the application's may raise anything
        raise EventError(f"at is {shape(at)} that raised {type(error).__name__} when it was read") from None
    if not 0 <= milliseconds <= _LATEST:
        raise EventError("at lies before 1970 or after 9999: give seconds since the epoch, not milliseconds")
    return milliseconds


def _milliseconds(at: Any) -> int:
    if isinstance(at, datetime):
        return (at.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    is_number = isinstance(at, int | float | Decimal) and not isinstance(at, bool)
    # a NaN that signals may only be asked what it is
    if not is_number or (isinstance(at, Decimal) and not at.is_finite()) or not math.isfinite(at):
        raise EventError(f"at is {shape(at)} and no time: give a datetime, or seconds since the epoch")
    milliseconds: int = round(at * 1000)
    return milliseconds


def _required(value: object, name: str) -> str:
    try:
        text = "" if value is None else text_of(value)
    except NoTextError as error:
        raise EventError(f"a structured event's {name} {error}") from None
    if not text:
        raise EventError(f"a structured event needs its {name}: give text that is not empty")
    return text if text.isascii() else without_surrogates(text)


def _optional(value: object, name: str, count: Count) -> str | None:
    """Plain text; ``None`` where there is none, or what is none, which is counted."""
    if value is None or (type(value) is str and value.isascii()):
        return value
    try:
        text = text_of(value)
    except NoTextError as error:
        count("text_invalid", f"{name} {error}")
        return None
    return text if text.isascii() else without_surrogates(text)


def _rendered(key: object, depth: int = 0) -> object:
    """A key with the lazy text in it made text, as deep as a key may be."""
    if isinstance(key, tuple | list) and depth <= DEEPEST_KEY:
        return tuple(_rendered(part, depth + 1) for part in key)
    return text_of(key) if type(key) is not str and is_lazy_text(key) and not isinstance(key, Enum) else key


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
