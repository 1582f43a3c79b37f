"""A batch that waits in memory: it grows until it is full, and may be packed when there are many."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable

_SEPARATOR = b"\n"
"""Stands in no payload: JSON escapes it within text, and the encoder puts none between."""


class WaitingBatch:
    """Encoded events that wait together; the buffer's lock guards it. Times are monotonic seconds.

    ``since`` is when its first event came, ``not_before`` when it may be tried after ``attempt``
    failures.
    """

    __slots__ = (
        "_packed",
        "attempt",
        "count",
        "is_anonymous",
        "is_gone",
        "not_before",
        "payloads",
        "since",
        "size",
    )

    def __init__(self, *, is_anonymous: bool, since: float) -> None:
        self.is_anonymous = is_anonymous
        self.since = since
        self.payloads: deque[bytes] = deque()
        self.count = 0
        self.size = 0
        self.attempt = 0
        self.not_before = 0.0
        self.is_gone = False
        """It was claimed or dropped, and is not to be packed any more."""
        self._packed = b""

    @property
    def is_packed(self) -> bool:
        """Whether it is kept compressed."""
        return bool(self._packed)

    def add(self, payloads: Iterable[bytes]) -> None:
        """Take events."""
        for payload in payloads:
            self.payloads.append(payload)
            self.count += 1
            self.size += len(payload)

    def drop_oldest(self) -> int:
        """Lose the oldest event, or all of them where they are packed; how many that were."""
        if self.is_packed:
            dropped, self.count = self.count, 0
            return dropped
        self.size -= len(self.payloads.popleft())
        self.count -= 1
        return 1

    def compressed(self) -> bytes:
        """What ``pack`` takes: made without the lock, since a full batch does not change."""
        return zlib.compress(_SEPARATOR.join(self.payloads), level=1)

    def pack(self, compressed: bytes) -> None:
        """Keep the events compressed from now on."""
        self._packed = compressed
        self.payloads.clear()

    def unpacked(self) -> tuple[bytes, ...]:
        """The payloads, in their order."""
        if self.is_packed:
            return tuple(zlib.decompress(self._packed).split(_SEPARATOR))
        return tuple(self.payloads)
