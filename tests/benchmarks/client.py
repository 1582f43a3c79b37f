"""A client that takes little of the machine: requests over a fixed number of kept-alive connections."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .load import bytes_of
from .visitors import Visitors

_PARTS = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
_CAPACITY_SECONDS = 1.0
_PATIENCE = 30


class Connection(asyncio.Protocol):
    """One request at a time, and an answer whose length is given."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""
        self._answered: asyncio.Future[None] | None = None

    async def ask(self, request: bytes) -> None:
        """Send a request, and wait until its answer is there."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length and self._answered is not None and not self._answered.done():
            self._received = b""
            self._answered.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error or ConnectionError("the server ended the connection"))

    def close(self) -> None:
        self._transport.close()


async def open_connections(port: int, count: int) -> list[Connection]:
    """So many connections to a server."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(count)]


async def as_fast_as_possible(
    connections: Sequence[Connection], requests: Iterator[bytes], seconds: float
) -> tuple[float, int]:
    """Requests a second that are answered while each connection waits for one at a time, and how many."""
    begun, answered = time.monotonic(), 0

    async def client(connection: Connection) -> None:
        nonlocal answered
        while time.monotonic() - begun < seconds:
            await connection.ask(next(requests))
            answered += 1

    async with asyncio.timeout(seconds + _PATIENCE), asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(client(connection))
    return answered / (time.monotonic() - begun), answered


async def when_due(
    connections: Sequence[Connection], requests: Iterator[bytes], *, rate: float, seconds: float
) -> dict[str, float]:
    """Percentiles of the latencies in ms, each from when its request was due: ``rate`` a second in all."""
    begun, latencies = time.monotonic() + 0.01, []
    count = max(int(rate * seconds), len(connections))

    async def client(connection: Connection, first: int) -> None:
        for number in range(first, count, len(connections)):
            due = begun + number / rate
            if (rest := due - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            await connection.ask(next(requests))
            latencies.append(time.monotonic() - due)

    async with asyncio.timeout(seconds + _PATIENCE), asyncio.TaskGroup() as group:
        for first, connection in enumerate(connections):
            group.create_task(client(connection, first))
    ordered = sorted(latencies)
    return {name: ordered[int(len(ordered) * part)] * 1000 for name, part in _PARTS.items()}


def drive(*, port: int, connections: int, seconds: float, folder: Path) -> dict[str, Any]:
    """In a child: requests a second of one server, and how many there were."""
    del folder

    async def run() -> tuple[float, int]:
        opened = await open_connections(port, connections)
        found = await as_fast_as_possible(opened, requests, seconds)
        for each in opened:
            each.close()
        return found

    requests = _requests()
    rate, answered = asyncio.run(run())
    return {"rate": rate, "answered": answered}


def pairs(
    *, bare: int, tracked: int, connections: int, seconds: float, count: int, folder: Path
) -> dict[str, Any]:
    """In a child: two servers by turns at half of what the bare one can do; percentiles of each run."""
    del folder

    async def run() -> dict[str, Any]:
        found: dict[str, Any] = {"bare": [], "tracked": []}
        opened = {
            "bare": await open_connections(bare, connections),
            "tracked": await open_connections(tracked, connections),
        }
        for each in opened.values():  # which warms both up
            await as_fast_as_possible(each, requests, _CAPACITY_SECONDS / 2)
        capacity, _ = await as_fast_as_possible(opened["bare"], requests, _CAPACITY_SECONDS)
        for number in range(count):
            for name in ("bare", "tracked") if number % 2 else ("tracked", "bare"):
                run = await when_due(opened[name], requests, rate=capacity / 2, seconds=seconds)
                found[name].append(run)
        for each in itertools.chain(*opened.values()):
            each.close()
        return {"rate": capacity / 2, **found}

    requests = _requests()
    return asyncio.run(run())


def _requests() -> Iterator[bytes]:
    """Requests of different visitors, again and again."""
    visitors = Visitors(seed=4)
    made = [bytes_of(visitors.with_cookies()) for _ in range(5_000)]
    gc.freeze()
    return itertools.cycle(made)
