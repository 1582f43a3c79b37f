"""An open-loop load: requests leave when they are due, however slowly earlier ones are answered."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from typing import Any

from .visitors import Visit, Visitors

_MOST_CONNECTIONS = 1_000
_WARM_UP = 100


class Load:
    """Requests to one server over as many kept-alive connections as it takes."""

    def __init__(self, port: int, *, patience: float) -> None:
        """``patience``: seconds until a request counts as unanswered."""
        self._port = port
        self._patience = patience
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(_MOST_CONNECTIONS)
        self.latencies: list[float] = []
        self.unanswered = 0
        self.broken = 0

    async def run(self, requests: list[bytes], *, rate: float) -> None:
        """Send ``rate`` requests a second; each one's latency counts from when it was due."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(requests):
                due = begun + number / rate
                await asyncio.sleep(due - time.monotonic())
                group.create_task(self._request(request, due))
        for _, writer in self._idle:
            writer.close()

    async def _request(self, request: bytes, due: float) -> None:
        async with self._room:
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._patience):
                    await self._exchange(request)
            except TimeoutError:
                self.unanswered += 1
                self.latencies.append(max(self._patience, time.monotonic() - due))
            except (OSError, asyncio.IncompleteReadError):
                self.broken += 1
            else:
                self.latencies.append(time.monotonic() - due)

    async def _exchange(self, request: bytes) -> None:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        is_whole = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            is_whole = True
        finally:
            if is_whole:
                self._idle.append((reader, writer))
            else:
                writer.close()


def put(*, port: int, rate: float, seconds: float, patience: float, folder: Path) -> dict[str, Any]:
    """In a child: the percentiles of the latencies, in milliseconds, and how many had no answer.

    ``broken``: whose connection was lost; they are in no percentile.
    """
    del folder
    visitors = Visitors(seed=4)
    requests = [bytes_of(visitors.with_cookies()) for _ in range(_WARM_UP + int(rate * seconds))]
    gc.freeze()
    return asyncio.run(_put(requests, port=port, rate=rate, patience=patience))


async def _put(requests: list[bytes], *, port: int, rate: float, patience: float) -> dict[str, Any]:
    warm_up = Load(port, patience=patience)
    await warm_up.run(requests[:_WARM_UP], rate=rate)
    load = Load(port, patience=patience)
    await load.run(requests[_WARM_UP:], rate=rate)
    ordered = sorted(load.latencies)
    return {
        "requests": len(ordered),
        "unanswered": load.unanswered,
        "broken": load.broken,
        **{f"p{part}": ordered[int(len(ordered) * part / 100)] * 1000 for part in (50, 99)},
        "most": ordered[-1] * 1000,
    }


def bytes_of(visit: Visit) -> bytes:
    head = [
        f"GET {visit.path}?{visit.query} HTTP/1.1",
        *(f"{name}: {value}" for name, value in visit.headers),
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
