"""An event with all that belongs on it, past the application's ``before_send``."""

from __future__ import annotations

import msgspec

from ..errors import FilterFailedError
from ..events.events import Event
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
    if filtered is None or isinstance(filtered, Event):
        return filtered
    raise FilterFailedError(
        f"before_send gave {type(filtered).__name__}: return the event, another event, or None"
    )
