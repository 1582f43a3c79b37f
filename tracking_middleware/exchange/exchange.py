"""An exchange: a request and its answer, as an adapter sees it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..headers import Header, RawHeader


class Exchange(msgspec.Struct, eq=False):
    """A request and its answer, from ``begin`` to ``finish``; nothing here raises.

    This one does nothing: it stands for a request that an outer adapter already tracks. The
    tracker's own do the work. (A Struct, since one is made for every request.)
    """

    is_candidate: bool
    """False as soon as it is known that the exchange is no page view of its own."""
    is_waiting: bool
    """Whether events wait in it for the visitor's consent; then ``settle`` is called before ``finish``."""

    @property
    def is_open(self) -> bool:
        """Whether it is begun and not finished, and an inner adapter would join it."""
        return False

    def start(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """The response starts; headers to add to it. Called again (PEP 3333, exc_info), the last holds."""
        return ()

    async def start_async(self, status: int, headers: Iterable[RawHeader]) -> tuple[Header, ...]:
        """``start`` where the application's ``consent`` may be awaited."""
        return self.start(status, headers)

    async def settle(self) -> None:
        """Ask for the consent that events wait for, where the application's ``consent`` may be awaited."""

    def finish(self, how: str) -> None:
        """The response ended: ``complete``, ``closed``, ``raised`` or ``returned``. Counts once.

        ``lingering``: so did it, as far as it matters, and something of the application may go on and
        track events: a body that is still made, a task.
        """


NO_EXCHANGE = Exchange(is_candidate=False, is_waiting=False)
