"""Encoded events that share a POST, and how a part of them is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Encoded events on their way to the collector; anonymous ones and others never share one.

    ``numbers`` are the events' in the outbox, ascending, and ``lease`` is its claim on them;
    both are empty for events that wait in memory. ``attempt`` counts the tries that failed so far.
    """

    payloads: tuple[bytes, ...] = field(repr=False)
    is_anonymous: bool
    attempt: int = 0
    numbers: tuple[int, ...] = ()
    lease: int = 0

    def __len__(self) -> int:
        return len(self.payloads)

    def halves(self) -> Iterator[Batch]:
        """Two batches of half the events, the earlier first."""
        middle = len(self) // 2
        for part in (slice(0, middle), slice(middle, None)):
            yield Batch(
                payloads=self.payloads[part],
                is_anonymous=self.is_anonymous,
                attempt=self.attempt,
                numbers=self.numbers[part],
                lease=self.lease,
            )
