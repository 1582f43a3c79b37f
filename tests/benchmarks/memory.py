"""Memory: what undelivered page views take while the collector is down, and whether that grows with time."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .contestants import Setup, contestant
from .drivers import serve
from .figures import Cell, Row, Table
from .processes import measure_in_child, port_without_listener
from .sites import environ_of
from .visitors import Visitors

_STATM = Path("/proc/self/statm")
_PAGE = 4096
_WARM_UP = 200
_IDLE = 0.2
_QUICK_CASES = (("ours", 100_000), ("ours-outbox", 100_000), ("snowplow", 10_000))
_CASES = (*_QUICK_CASES, ("snowplow", 100_000))


def compare(*, quick: bool) -> Iterator[Table]:
    """Growth of the resident memory of a fresh process, after so many page views and a while later."""
    wait, limit, rest, cases = (2, 15, 6, _QUICK_CASES) if quick else (30, 60, 10, _CASES)
    rows = []
    with port_without_listener() as port:
        for key, events in cases:
            options = {"key": key, "port": port, "events": events, "wait": wait, "limit": limit, "rest": rest}
            found = measure_in_child("hold", options, timeout=limit + 3 * wait + 30)
            stopped = {"trouble": f"stopped after {limit + 3 * wait + 30} s"}
            rows.append(Row(contestant(key).name, _cells(events, found or stopped)))
    yield Table(
        title="Resident memory with the collector down",
        columns=(
            *("page views", "tracked", "still held", "growth MB", "bytes per page view"),
            *(f"MB more {wait} s later", f"% of a core in these {wait} s"),
        ),
        rows=tuple(rows),
        contestants=tuple(contestant(key) for key, _ in cases),
        notes=(
            f"a fresh process each; the start is after {_WARM_UP} page views and a first try to send them",
            f"connections are refused; tracking ends after {limit} s in any case",
            f"growth: when the threads have come to rest, or {rest} s after the last page view",
        ),
    )


def _cells(events: int, found: dict[str, Any]) -> tuple[Cell, ...]:
    if trouble := found.get("trouble"):
        return (f"{events:,}", trouble, *[None] * 5)
    growth = found["full"] - found["start"]
    return (
        f"{events:,}",
        f"{found['tracked']:,} in {found['seconds']:.1f} s",
        f"{found['held']:,}",
        growth / 1e6,
        growth / found["tracked"],
        (found["later"] - found["full"]) / 1e6,
        found["busy"] * 100,
    )


def hold(
    *, key: str, port: int, events: int, wait: float, limit: float, rest: float, folder: Path
) -> dict[str, Any]:
    """In the child: track page views that nobody takes; resident bytes before, after and later."""
    if not _STATM.exists():
        return {"trouble": "not available: there is no /proc here"}
    made = contestant(key)(Setup(port=port, folder=folder))
    app, visitors = made.wsgi_app(), Visitors(seed=5)
    serve(app, (environ_of(visitors.with_cookies()) for _ in range(_WARM_UP)))
    time.sleep(1.5)  # for the first try, and what it imports
    start, begun, tracked = resident(), time.monotonic(), 0
    while tracked < events and time.monotonic() - begun < limit:
        serve(app, [environ_of(visitors.with_cookies())])
        tracked += 1
    seconds = time.monotonic() - begun
    _rest(rest)
    full = resident()
    cpu = time.process_time()
    time.sleep(wait)
    busy = (time.process_time() - cpu) / wait
    found = {"start": start, "full": full, "later": resident(), "seconds": seconds, "busy": busy}
    found |= {"tracked": tracked, "held": made.held()}
    made.close()
    return found


def _rest(most: float) -> None:
    """Wait until the threads have little to do, for ``most`` seconds."""
    deadline, busy = time.monotonic() + most, 1.0
    while busy > _IDLE and time.monotonic() < deadline:
        cpu = time.process_time()
        time.sleep(0.5)
        busy = (time.process_time() - cpu) / 0.5


def resident() -> int:
    """Bytes, without garbage that waits to be collected."""
    gc.collect()
    return int(_STATM.read_text().split()[1]) * _PAGE
