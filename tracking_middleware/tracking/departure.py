"""How a tracked event departs: past the transaction it is in, then to its request or to the delivery."""

from __future__ import annotations

from functools import partial

from ..request.page import HasPage, current_exchange
from ..tally import Tally
from .complete import CompleteEvent
from .destination import Delivery
from .preparation import Tracked, about, completed
from .transactions import Deferred, Gate, leave_at_commit, may_wait


def depart_at_commit(tracked: Tracked, *, delivery: Delivery, gate: Gate | None, tally: Tally) -> None:
    """Let an event leave when the transaction commits that it is tracked in; where there is none, now.

    Never raises. ``delivery`` counts it where the transaction does not commit.
    """
    if not may_wait(gate):
        depart_now(tracked, tally=tally)
        return
    exchange = current_exchange()
    deferred = Deferred(
        leave=partial(_leave, tracked, exchange, tally),
        drop=partial(delivery.drop, "rolled_back"),
        complete=partial(completed, tracked, exchange),
    )
    leave_at_commit(deferred, gate=gate, failure=tally.failure)


def depart_now(tracked: Tracked, *, tally: Tally) -> None:
    """Let an event leave. Never raises."""
    _leave(tracked, current_exchange(), tally)


def _leave(tracked: Tracked, exchange: HasPage, tally: Tally) -> None:
    """Pass an event on to its request, which knows the visitor and their consent, or to the delivery.

    The exchange may be over, or there may be none.
    """
    try:
        subject = tracked.subject
        if exchange.tracker is not None and (subject is None or subject.consent is None):
            exchange.expect(tracked)
        elif subject is not None and subject.consent == "none":
            tally.skip("consent_none")
        else:
            tracked.record(CompleteEvent(about(subject, tracked.event), tracked.before_send))
    except Exception:  # noqa: BLE001
        # a bug of ours must not reach the caller, nor whoever commits
        tally.failure("track")
