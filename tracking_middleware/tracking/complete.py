"""An event with all that belongs on it, past the application's ``before_send``."""

from __future__ import annotations

import msgspec

from ..errors import EntityError, FilterFailedError
from ..events.declaring import described_schema
from ..events.events import Event
from ..identity.texts import shape
from ..ids import NewId, new_uuid
from ..settings.settings import BeforeSend


class CompleteEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that was tracked with all that belongs on it."""

    event: Event
    before_send: BeforeSend | None

    __repr__ = object.__repr__

    def to_event(self, _new_id: NewId = new_uuid) -> Event | None:
        """The event, or None where ``before_send`` took it out; raises FilterFailedError where that fails."""
        return self.event if self.before_send is None else filtered(self.event, self.before_send)


def filtered(event: Event, before_send: BeforeSend) -> Event | None:
    """What ``before_send`` makes of an event; raises FilterFailedError where that fails."""
    try:
        filtered = before_send(event)
    except (Exception, SystemExit) as error:
        # the application's filter may raise anything, also sys.exit() in a helper: then nothing may leave
        raise FilterFailedError(f"before_send raised {type(error).__name__}") from error
    if filtered is None or filtered is event:
        return filtered
    if isinstance(filtered, Event):
        _check_what_is_new(filtered, event)
        return filtered
    raise FilterFailedError(
        f"before_send gave {type(filtered).__name__}: return the event, another event, or None"
    )


def _check_what_is_new(filtered: Event, event: Event) -> None:
    """What ``before_send`` encoded itself; raises FilterFailedError where that is no self-describing JSON."""
    given, known = filtered.entities, event.entities
    if given is not known:
        if not isinstance(given, tuple | list):
            raise FilterFailedError(f"before_send gave entities that are {shape(given)}: {_RIGHT}")
        if not all(entity in known or _is_self_describing(entity) for entity in given):
            raise FilterFailedError(f"before_send gave an entity that is no self-describing JSON: {_RIGHT}")
    described = getattr(filtered, "self_describing_json", None)
    is_known = described is getattr(event, "self_describing_json", None)
    if not (is_known or described is None or _is_self_describing(described)):
        raise FilterFailedError(f"before_send gave an event that is no self-describing JSON: {_RIGHT}")


_RIGHT = "give bytes of UTF-8 that are a JSON object of 'schema', an Iglu URI, and 'data'"


def _is_self_describing(encoded: object) -> bool:
    if not isinstance(encoded, bytes):
        return False
    try:
        described_schema(msgspec.json.decode(encoded), "entity")
    except (EntityError, msgspec.MsgspecError, ValueError, RecursionError):  # older ones are no ValueErrors
        return False
    return True
