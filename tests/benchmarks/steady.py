"""Memory in the long run: a million different requests, the second half of them beside the first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..held import caches, large_containers
from .contestants import Setup, contestant
from .drivers import driver_of
from .figures import Row, Table
from .memory import resident
from .processes import Sink, measure_in_child
from .visitors import Visit, Visitors

_CHUNK = 1_000
_PATIENCE = 60
_CONTESTANTS = ("ours", "ours-issuing", "ours-outbox")
_MOST = 5_000
"""More than any cache or container of the package's holds when nothing waits."""


def compare(*, quick: bool) -> Iterator[Table]:
    """Growth of the resident memory, and the largest of all that the package holds afterwards."""
    requests = 50_000 if quick else 1_000_000
    rows = []
    with Sink() as sink:
        for key in _CONTESTANTS if not quick else _CONTESTANTS[:2]:
            options = {"key": key, "port": sink.port, "requests": requests}
            found = measure_in_child("go_on", options, timeout=_PATIENCE + requests / 300)
            if found is None:
                rows.append(
                    Row(contestant(key).name, (f"stopped after {_PATIENCE + requests // 300} s", *[None] * 5))
                )
                continue
            halves = (found["half"] - found["start"], found["end"] - found["half"])
            cells = (
                f"{found['served']:,}",
                *(each / 1e6 for each in halves),
                found["largest"],
                found["large"],
            )
            rows.append(Row(contestant(key).name, (*cells, found["dropped"])))
    yield Table(
        title="Memory after very many different requests",
        columns=(
            *("requests", "first half, MB more", "second half, MB more", "fullest cache"),
            *(f"containers of {_MOST:,} items or more", "dropped"),
        ),
        rows=tuple(rows),
        contestants=tuple(map(contestant, _CONTESTANTS)),
        notes=(
            "every request has a visitor, cookies, a URL, a host, a browser and a referrer of its own (WSGI)",
            "resident memory of the process when all was delivered and garbage collected",
            "caches and containers are searched by following references from the package, not listed by hand",
        ),
    )


def go_on(*, key: str, port: int, requests: int, folder: Path) -> dict[str, Any]:
    """In the child: serve, and look at the memory at the start, in the middle and at the end."""
    made, driver = contestant(key)(Setup(port=port, folder=folder)), driver_of("WSGI")
    app, visitors = driver.app_of(made), Visitors(seed=8)
    seen, served = {}, 0
    for name, until in (("start", requests // 50), ("half", requests // 2), ("end", requests)):
        while served < until:
            visits = [_elsewhere(made.visit(visitors), served + number) for number in range(_CHUNK)]
            driver.serve(app, driver.prepared(visits))
            served += _CHUNK
        del visits
        made.flush()
        while made.held():  # an outbox is emptied by the next batch
            time.sleep(0.01)
        seen[name] = resident()
    large = large_containers(made, app, least=_MOST)
    fullest = max(caches().items(), key=lambda each: each[1].currsize)
    found = {"largest": f"{fullest[0].removeprefix('tracking_middleware.')}: {fullest[1].currsize:,}"}
    found |= {"large": "; ".join(f"{way}: {size:,}" for way, size in large.values()) or "none"}
    stats = made.tracker.stats()
    made.close()
    return {**seen, **found, "served": served, "dropped": str(stats["dropped"] or "none")}


def _elsewhere(visit: Visit, number: int) -> Visit:
    """The same at another host, by a browser that nobody else has."""
    own = {"host": f"h{number}.example.com", "user-agent": f"Mozilla/5.0 (X11; Linux x86_64) Own/{number}"}
    return replace(visit, headers=tuple((name, own.get(name, value)) for name, value in visit.headers))
