"""The local collector: events a second on one core, how long answers take, and whether they grow slow."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .figures import Cell, Ratio, Row, Spread, Table
from .processes import measure_in_child, read_line, stop

_CONNECTIONS = 8
_BATCHES = (1, 10, 100, 500)
_PATH = "/com.snowplowanalytics.snowplow/tp2"
_PAYLOAD = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
_WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
_ARTICLE = "iglu:org.tracking_middleware/article/jsonschema/1-0-0"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
_PATIENCE = 120
_TICKS = os.sysconf("SC_CLK_TCK")


def throughput(*, quick: bool, before: Path) -> Iterator[Table]:
    """Page views in batches over several connections, each of which waits for its answer."""
    rounds, events = (3, 2_000) if quick else (3, 8_000)
    rows = []
    for batch in _BATCHES:
        runs: dict[Path | None, list[dict[str, float]]] = {None: [], before: []}
        for _ in range(rounds):
            for tree, found in runs.items():
                found.append(_run(batch=batch, events=events if batch > 1 else events // 4, tree=tree))
        figures = {tree: _spreads(found) for tree, found in runs.items()}
        size = "an event a POST" if batch == 1 else f"{batch} events a POST"
        rows += [_row(size, figures[None]), _row(f"{size}, version before", figures[before], figures[None])]
    yield Table(
        title="The local collector: page views with two entities, answered when they are committed",
        columns=(
            *("events a second", "now ÷ before", "events a second of one core", "now ÷ before, core"),
            *("CPU µs per event", "answer p50, ms", "answer p99, ms", "file, bytes per event"),
        ),
        rows=tuple(rows),
        contestants=(),
        notes=(
            (
                f"{rounds} runs of {events:,} events ({events // 4:,} one by one) over {_CONNECTIONS} "
                "connections from another process, the versions in turn; the collector is the command, with "
                "a file of its own"
            ),
        ),
    )


def _spreads(runs: list[dict[str, float]]) -> dict[str, Spread]:
    return {name: Spread.of(run[name] for run in runs) for name in runs[0]}


def _row(name: str, found: dict[str, Spread], now: dict[str, Spread] | None = None) -> Row:
    def compared(figure: str) -> tuple[Cell | Ratio, ...]:
        return found[figure], None if now is None else Ratio(now[figure].median, found[figure].median)

    rest = tuple(found[figure] for figure in ("cpu", "p50", "p99", "bytes"))
    return Row(name, (*compared("wall"), *compared("core"), *rest))


def _run(*, batch: int, events: int, tree: Path | None) -> dict[str, float]:
    events -= events % batch
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-benchmark-") as folder:
        path = Path(folder) / "events.sqlite3"
        with collecting(path, tree) as (process, port):
            options = {"port": port, "batch": batch, "events": events}
            measure_in_child("collect", {**options, "events": 10 * batch}, timeout=_PATIENCE)
            begun = cpu_of(process.pid)
            found = measure_in_child("collect", options, timeout=_PATIENCE)
            if found is None:
                raise RuntimeError(f"the collector took longer than {_PATIENCE} s")
            cpu = cpu_of(process.pid) - begun
        size = path.stat().st_size / (events + 10 * batch)
    return {
        "wall": events / found["seconds"],
        "core": events / cpu,
        "cpu": cpu / events * 1e6,
        "p50": found["p50"],
        "p99": found["p99"],
        "bytes": size,
    }


@contextmanager
def collecting(path: Path, tree: Path | None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", "--store", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tree,  # where its package is looked for first
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    try:
        yield process, int(read_line(process).rpartition(":")[2])
    finally:
        stop(process)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def collect(*, port: int, batch: int, events: int, folder: Path) -> dict[str, Any]:
    """In the child: send, and how long it took."""
    del folder
    requests = [request_of(batch) for _ in range(events // batch)]
    gc.freeze()
    return asyncio.run(_send(port, requests))


async def _send(port: int, requests: list[bytes]) -> dict[str, Any]:
    waiting, latencies = iter(requests), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            begun = time.monotonic()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(head.decode("latin-1"))
            await reader.readexactly(2)
            latencies.append(time.monotonic() - begun)
        writer.close()

    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(client())
    seconds = time.monotonic() - begun
    ordered = sorted(latencies)
    parts = {f"p{part}": ordered[int(len(ordered) * part / 100)] * 1000 for part in (50, 99)}
    return {"seconds": seconds, **parts}


def request_of(batch: int) -> bytes:
    body = json.dumps({"schema": _PAYLOAD, "data": [_event() for _ in range(batch)]}).encode()
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {_AGENT}\r\n"
        f"Content-Type: application/json; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event() -> dict[str, str]:
    """A page view as the JavaScript tracker sends it."""
    number = uuid.uuid4().int
    entities = [
        {"schema": _WEB_PAGE, "data": {"id": str(uuid.uuid4())}},
        {
            "schema": _ARTICLE,
            "data": {
                "id": str(number % 5000),
                "subject": "politics",
                "tags": ["a", "b"],
                "author": "A. Writer",
            },
        },
    ]
    return {
        "e": "pv",
        "p": "web",
        "tv": "js-4.6.9",
        "tna": "sp",
        "aid": f"app{number % 3}",
        "eid": str(uuid.uuid4()),
        "dtm": "1700000000000",
        "stm": "1700000000100",
        "url": f"https://www.example.com/article/{number % 5000}?utm_source=x",
        "page": "An article",
        "refr": "https://www.example.org/",
        "duid": str(uuid.UUID(int=number % 20_000)),
        "vid": "3",
        "sid": str(uuid.UUID(int=number % 50_000)),
        "ua": _AGENT,
        "res": "1920x1080",
        "vp": "1200x800",
        "ds": "1200x3000",
        "lang": "en-US",
        "cs": "UTF-8",
        "cookie": "1",
        "cd": "24",
        "tz": "Europe/Berlin",
        "cx": base64.urlsafe_b64encode(json.dumps({"schema": _CONTEXTS, "data": entities}).encode()).decode(),
    }
