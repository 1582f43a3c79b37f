"""Batches that wait in memory: each grows until it is full, and may be packed when there are many."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable, Sequence

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


class Backlog:
    """The batches that wait, the oldest first; the buffer's lock guards them. Times are monotonic seconds."""

    def __init__(self, *, batch_size: int, batch_bytes: int, linger: float) -> None:
        self._batch_size = batch_size
        self._batch_bytes = batch_bytes
        self._linger = linger
        self._batches: deque[WaitingBatch] = deque()
        self._open: dict[bool, WaitingBatch] = {}
        """By anonymity, the batch that still grows."""

    def __bool__(self) -> bool:
        return bool(self._batches)

    def __len__(self) -> int:
        return sum(batch.count for batch in self._batches)

    def add(self, payloads: Sequence[tuple[bytes, bool]], *, now: float) -> tuple[list[WaitingBatch], bool]:
        """Take events; the batches that are full now, and whether the sender has to know of one."""
        filled: list[WaitingBatch] = []
        is_news, had_due = False, any(self._is_due(batch, now) for batch in self._batches)
        for payload, is_anonymous in payloads:
            size, batch = len(payload), self._open.get(is_anonymous)
            if batch is None or batch.count >= self._batch_size or batch.size + size > self._batch_bytes:
                if batch is not None:
                    filled.append(batch)
                batch = self._open[is_anonymous] = WaitingBatch(is_anonymous=is_anonymous, since=now)
                self._batches.append(batch)
                is_news = True
            batch.payloads.append(payload)
            batch.count += 1
            batch.size += size
            is_news = is_news or batch.count == self._batch_size
        return filled, is_news and not had_due

    def claim(self, *, now: float, is_hurried: bool) -> WaitingBatch | None:
        """Take out the next batch to send: full, or old enough, or in a hurry any."""
        batch = next((b for b in self._batches if is_hurried or self._is_due(b, now)), None)
        if batch is not None:
            self._batches.remove(batch)
            self._forget(batch)
        return batch

    def next_due(self, *, is_hurried: bool) -> float | None:
        """When the next batch may be sent; ``None`` while there is none."""
        if is_hurried and self._batches:
            return 0.0
        return min((max(self._ripe_at(batch), batch.not_before) for batch in self._batches), default=None)

    def put_back(self, batch: WaitingBatch) -> None:
        """A batch that could not be sent: before all others, and it grows no more."""
        self._batches.appendleft(batch)

    def drop_oldest(self) -> int:
        """Lose the oldest event, or all of a batch that is packed; how many that were."""
        oldest = self._batches[0]
        dropped = oldest.drop_oldest()
        if not oldest.count:
            self._forget(self._batches.popleft())
        return dropped

    def clear(self) -> None:
        """Lose all."""
        self._batches.clear()
        self._open.clear()

    def _is_due(self, batch: WaitingBatch, now: float) -> bool:
        return now >= batch.not_before and now >= self._ripe_at(batch)

    def _ripe_at(self, batch: WaitingBatch) -> float:
        is_full = self._open.get(batch.is_anonymous) is not batch or batch.count >= self._batch_size
        return 0.0 if is_full else batch.since + self._linger

    def _forget(self, batch: WaitingBatch) -> None:
        """A batch that left grows no more."""
        batch.is_gone = True
        if self._open.get(batch.is_anonymous) is batch:
            del self._open[batch.is_anonymous]
