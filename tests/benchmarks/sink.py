"""The collector of the benchmarks: a process that counts the events in POSTs without parsing them.

``python -m tests.benchmarks.sink`` prints its port and obeys lines on its standard input: ``well``,
``hang`` (POSTs are read and never answered), ``slow`` (each is answered after two seconds) and
``refuse`` (each is answered 500). It ends with its input. Over HTTP, ``GET /await/<events>/<seconds>``
is answered when so many events have arrived in all, or the time is up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

MARKERS = {
    b"/com.snowplowanalytics.snowplow/tp2": b'"eid"',
    b"/batch/": b'"uuid"',
    b"/v1/batch": b'"messageId"',
}
"""What stands once in each event: of ours and snowplow-tracker's, of PostHog's, of Segment's."""

_MODES = frozenset({"well", "hang", "refuse", "slow"})
SLOW = 2.0
"""Seconds until an answer."""


class Counts:
    """How many events arrived, when the last one did, and who waits for them."""

    def __init__(self) -> None:
        self.mode = "well"
        self.events = 0
        self.posts = 0
        self.last_arrival = 0.0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def add(self, events: int) -> None:
        """Count a POST with so many events."""
        self.posts += 1
        self.events += events
        self.last_arrival = time.monotonic()
        for wanted, future in self._waiting:
            if self.events >= wanted and not future.done():
                future.set_result(None)

    async def reach(self, events: int, seconds: float) -> bytes:
        """Wait until ``events`` have arrived, for ``seconds`` at the most; the counts then, as JSON."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((events, future))
        if self.events < events:
            await asyncio.wait([future], timeout=seconds)
        self._waiting.remove((events, future))
        return json.dumps(
            {"events": self.events, "posts": self.posts, "last_arrival": self.last_arrival}
        ).encode()


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection with requests whose length is given."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._received = bytearray()
        self._body_at = 0
        self._needed = 0
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._received:
            if not self._needed and not self._read_head():
                return
            if len(self._received) < self._needed:
                return
            self._take_request()

    def _read_head(self) -> bool:
        """Whether the request's head is complete; then it is known how many bytes make the request."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._received[:end]).lower()
        _, found, length = head.partition(b"\r\ncontent-length:")
        self._body_at = end + 4
        self._needed = self._body_at + (int(length.split(b"\r\n", 1)[0]) if found else 0)
        return True

    def _take_request(self) -> None:
        method, path, _ = bytes(self._received[: self._body_at]).split(b" ", 2)
        if method == b"POST":
            marker = MARKERS.get(path)
            self._answer_post(self._received.count(marker, self._body_at, self._needed) if marker else 0)
        else:
            _, _, events, seconds = path.decode().split("/")
            self._answering = asyncio.ensure_future(self._answer_when(int(events), float(seconds)))
        del self._received[: self._needed]
        self._needed = 0

    def _answer_post(self, events: int) -> None:
        if self._counts.mode == "well":
            self._counts.add(events)
            self._answer(b"200 OK", b'{"status": 1}')
        elif self._counts.mode == "slow":
            asyncio.get_running_loop().call_later(SLOW, self._answer_late, events)
        elif self._counts.mode == "refuse":
            self._answer(b"500 Internal Server Error", b"{}")

    def _answer_late(self, events: int) -> None:
        if not self._transport.is_closing():
            self._counts.add(events)
            self._answer(b"200 OK", b'{"status": 1}')

    async def _answer_when(self, events: int, seconds: float) -> None:
        self._answer(b"200 OK", await self._counts.reach(events, seconds))

    def _answer(self, status: bytes, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


class Orders(asyncio.Protocol):
    """The lines on the standard input: each sets the mode, and is repeated on the standard output."""

    def __init__(self, counts: Counts, ended: asyncio.Event) -> None:
        self._counts = counts
        self._ended = ended

    def data_received(self, data: bytes) -> None:
        for order in data.decode().split():
            if order in _MODES:
                self._counts.mode = order
                print(order, flush=True)

    def connection_lost(self, _error: Exception | None) -> None:
        self._ended.set()


async def main() -> None:
    """Serve until the standard input ends."""
    loop, counts, ended = asyncio.get_running_loop(), Counts(), asyncio.Event()
    await loop.connect_read_pipe(lambda: Orders(counts, ended), sys.stdin)
    server = await loop.create_server(lambda: Connection(counts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
