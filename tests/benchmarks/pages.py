"""The pages: what a whole answer takes, of the collector at each size of its store, and of the dashboard."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tracking_middleware.collector import Store

from .collector_growth import minimal_row
from .figures import Row as Line
from .figures import Table
from .pages_events import ARTICLE, CONFIG, EVENTS, events, rows, write_journeys
from .processes import measure_in_child

_REPEATS = 5
_PATIENCE = 60.0
_TASK_PATIENCE = 600
_CHUNK = 5_000
_LATER = "&from=2020-01-01"
_COLLECTOR = {
    "Live": "/",
    "Live, an app": "/?app=web",
    "Bad": "/bad",
    "Journeys": "/journeys",
    "Journeys, by a part of a title": "/journeys?q=article+7+says",
    "Gaps": "/gaps",
    "Gaps, an app": "/gaps?app=web",
    "Gaps, an author": "/gaps?author=Author+1",
}
_ANSWERS = {
    "Articles": "/articles",
    "Articles, an author": "/articles?author=Author+1",
    "Articles, by a field of an entity": "/articles?by=org.tracking_middleware%2Farticle%3Asubject",
    "One article": f"/article?id={ARTICLE}",
    "Agents": "/agents",
    "Campaigns": "/campaigns",
    "Campaigns, a subject": "/campaigns?subject=subject+1",
}
_DASHBOARD = {
    **_ANSWERS,
    "Journeys": "/journeys",
    "Journeys, an app and days": f"/journeys?app=web{_LATER}",
    "Journeys, an author": "/journeys?author=Author+1",
    "Journeys, by a part of an id": "/journeys?q=reader-7",
    "Journeys, by what nobody saw": "/journeys?q=nowhere",
    "Gaps": "/gaps",
    "Gaps, an app and days": f"/gaps?app=web{_LATER}",
    "Gaps, an author": "/gaps?author=Author+1",
}


def compare(*, quick: bool) -> Iterator[Table]:
    """The collector's pages at each size of its store, and the dashboard's over a file of the largest."""
    sizes = [1_000, 10_000] if quick else [10_000, 100_000, 1_000_000]
    found = measure_in_child("ask_pages", {"sizes": sizes}, timeout=_TASK_PATIENCE)
    if found is None:
        raise RuntimeError(f"the pages took longer than {_TASK_PATIENCE} s")
    notes = (
        "first: of a process just started, in the order of the rows; what pages share, one waits for",
        f"later: the median of {_REPEATS} more; Articles, Agents and Campaigns keep what they found",
        "CPU: what one of those more takes of all threads of that process",
    )
    yield _table("The collector's pages: a whole answer, ms", sizes, found["collector"], notes)
    yield _table("The dashboard's pages over a file of a run, ms", sizes[-1:], [found["dashboard"]], notes)


def _table(
    title: str, sizes: list[int], found: list[Mapping[str, tuple[float, ...]]], notes: tuple[str, ...]
) -> Table:
    columns = [f"{size:,} events: {which}" for size in sizes for which in ("first", "later", "CPU")]
    lines = [Line(name, tuple(took for times in found for took in times[name])) for name in found[0]]
    return Table(title, tuple(columns), tuple(lines), (), notes)


def ask_pages(*, sizes: list[int], folder: Path) -> dict[str, Any]:
    """In the child: the times by page, at each size of the store, which grows, and of the file."""
    (folder / "journeys.toml").write_text(CONFIG)
    store, collector = folder / "events.sqlite3", []
    stored = 0
    for size in sizes:
        _fill(store, begin=stored, size=size)
        stored = size
        line = ("collector", "--store", str(store), "--config", str(folder / "journeys.toml"))
        with _serving(*line) as served:
            collector.append(_times(*served, {**_COLLECTOR, **_ANSWERS}))
    store.unlink()
    path = folder / "journeys.duckdb"
    write_journeys(path, count=sizes[-1], config=folder / "journeys.toml")
    with _serving("dashboard", "--journeys", str(path), "--confidential") as served:
        return {"collector": collector, "dashboard": _times(*served, _DASHBOARD)}


def _fill(path: Path, *, begin: int, size: int) -> None:
    """Let the store have so many events, the newest of them the magazine's."""
    store = Store(path, most_events=size)
    made = list(rows(events(min(EVENTS, size - begin))))
    for start in range(begin, size - len(made), _CHUNK):
        end = min(start + _CHUNK, size - len(made))
        store.add([minimal_row(number) for number in range(start, end)])
    for start in range(0, len(made), _CHUNK):
        store.add(made[start : start + _CHUNK])
    store.close()


@contextmanager
def _serving(*arguments: str) -> Iterator[tuple[str, int]]:
    """The address of a command that serves pages, and its process."""
    line = [sys.executable, "-m", "tracking_middleware", *arguments, "--port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().split()[-1], process.pid
        finally:
            process.terminate()


def _times(url: str, process: int, pages: Mapping[str, str]) -> dict[str, tuple[float, ...]]:
    with httpx.Client(base_url=url, timeout=_PATIENCE) as client:
        return {name: _asked(client, process, path) for name, path in pages.items()}


def _asked(client: httpx.Client, process: int, path: str) -> tuple[float, ...]:
    """How long the first answer took, the median of some more, and what one of these took of the CPU."""
    first = _took(client, path)
    begun = _cpu(process)
    later = [_took(client, path) for _ in range(_REPEATS)]
    return first, statistics.median(later), (_cpu(process) - begun) / _REPEATS


def _cpu(process: int) -> float:
    """Milliseconds that a process had so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) * 1000 / os.sysconf("SC_CLK_TCK")


def _took(client: httpx.Client, path: str) -> float:
    """Until the page is there that was asked for, which now and then says that its tables are being made."""
    begun = time.perf_counter()
    while "<h2>Counting</h2>" in client.get(path).raise_for_status().text:
        time.sleep(0.05)
    return (time.perf_counter() - begun) * 1000
