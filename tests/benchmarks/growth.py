"""Growth: what one more event costs when very many already wait, in the outbox and in the peer's store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .contestants import Contestant, Setup, contestant
from .drivers import serve
from .figures import Cell, Row, Table
from .processes import Sink, arrivals, measure_in_child, port_without_listener
from .sites import environ_of
from .visitors import Visitors

_SAMPLE = 2_000
_CHUNK = 500
_PATIENCE = 120


def compare(*, quick: bool) -> Iterator[Table]:
    """Cost per event of writing and of delivering, with more and more events pending."""
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000, 1_000_000]
    peer_sizes, limit = ([1_000, 10_000], 10) if quick else ([1_000, 10_000, 100_000], 30)
    rows = []
    with ExitStack() as stack:
        ports = {
            "port": stack.enter_context(Sink()).port,
            "dead": stack.enter_context(port_without_listener()),
        }
        found = measure_in_child("fill_outbox", {**ports, "sizes": sizes}, timeout=_PATIENCE * len(sizes))
        rows += _rows_of_outbox(sizes, found)
        for size in peer_sizes:
            costs = measure_in_child("fill_store", {**ports, "size": size}, timeout=limit)
            again = measure_in_child("queue_again", {**ports, "size": size}, timeout=limit)
            stopped = f"stopped after {limit} s"
            cells = [costs[name] if costs else stopped for name in _MEASURED]
            cells.append(again["cpu"] if again else stopped)
            rows.append(Row(contestant("snowplow-sync").name, (f"{size:,}", *cells)))
    yield Table(
        title="Cost of an event with many pending, µs",
        columns=("pending", "write: CPU", "write: wall", "deliver: CPU", "deliver: wall", "failed try: CPU"),
        rows=tuple(rows),
        contestants=(contestant("ours-outbox"), contestant("snowplow-sync")),
        notes=(
            f"write: {_SAMPLE:,} page views through the WSGI app, until they are in the outbox or the store",
            f"deliver: at least {_SAMPLE:,} of the oldest from the outbox; of the peer all, in one POST",
            "failed try: of the peer, for each pending event; its store searches all that are back for each",
        ),
    )


_MEASURED = ("write_cpu", "write_wall", "deliver_cpu", "deliver_wall")


def _rows_of_outbox(sizes: list[int], found: dict[str, Any] | None) -> Iterator[Row]:
    name = contestant("ours-outbox").name
    for number, size in enumerate(sizes):
        cells: tuple[Cell, ...] = (f"stopped after {_PATIENCE * len(sizes)} s", None, None, None)
        if found and "trouble" in found:
            cells = (found["trouble"], None, None, None)
        elif found:
            cells = tuple(found["costs"][number][measured] for measured in _MEASURED)
        yield Row(name, (f"{size:,}", *cells, None))


class Clock:
    """Measures CPU of all threads and wall time, in µs an event."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def costs(self, name: str, events: int) -> dict[str, float]:
        """The costs since it was made."""
        cpu, wall = time.process_time() - self._cpu, time.monotonic() - self._wall
        return {f"{name}_cpu": cpu / events * 1e6, f"{name}_wall": wall / events * 1e6}


def fill_outbox(*, port: int, dead: int, sizes: list[int], folder: Path) -> dict[str, Any]:
    """In the child: the costs at each size, the outbox growing from one to the next."""
    visitors, costs, pending = Visitors(seed=6), [], 0
    for size in sizes:
        writer = contestant("ours-outbox")(Setup(port=dead, folder=folder))
        _track(writer, visitors, size - pending)
        measured = _write(writer, visitors)
        writer.close()
        delivered, delivering = _deliver(contestant("ours-outbox")(Setup(port=port, folder=folder)), port)
        pending = size + _SAMPLE - delivered
        costs.append({**measured, **delivering})
    return {"costs": costs}


def _track(writer: Contestant, visitors: Visitors, events: int) -> None:
    """Track page views, and wait until they are stored."""
    app = writer.wsgi_app()
    for begun in range(0, events, _CHUNK):
        serve(app, (environ_of(visitors.with_cookies()) for _ in range(min(_CHUNK, events - begun))))
        writer.settle()


def _write(writer: Contestant, visitors: Visitors) -> dict[str, float]:
    app, environs = writer.wsgi_app(), [environ_of(visitors.with_cookies()) for _ in range(_SAMPLE)]
    clock = Clock()
    serve(app, environs)
    writer.settle()
    return clock.costs("write", _SAMPLE)


def _deliver(sender: Contestant, port: int) -> tuple[int, dict[str, float]]:
    """Let some of what waits be delivered; how many, and the costs."""
    before = arrivals(port, 0, within=0).events
    clock = Clock()
    sender.begin_to_send()
    arrivals(port, before + _SAMPLE, within=_PATIENCE)
    sender.close()
    delivered = arrivals(port, 0, within=0).events - before
    return delivered, clock.costs("deliver", delivered)


def fill_store(*, port: int, dead: int, size: int, folder: Path) -> dict[str, Any]:
    """In the child: the same of the peer's store in memory."""
    from .peers import snowplow

    del folder
    waiting = snowplow.SnowplowWaiting(Setup(port=dead, capacity=2 * size + _SAMPLE))
    visitors = Visitors(seed=6)
    _track(waiting, visitors, size)
    written = _write(waiting, visitors)
    sender = waiting.sender_to(port)
    expected = arrivals(port, 0, within=0).events + size + _SAMPLE
    clock = Clock()
    sender.flush()
    arrivals(port, expected, within=_PATIENCE)
    return {**written, **clock.costs("deliver", size + _SAMPLE)}


def queue_again(*, port: int, dead: int, size: int, folder: Path) -> dict[str, Any]:
    """In the child: one try of the peer to send to a collector that is down."""
    from .peers import snowplow

    del port, folder
    waiting = snowplow.SnowplowWaiting(Setup(port=dead, capacity=size))
    _track(waiting, Visitors(seed=6), size)
    clock = Clock()
    waiting.flush()
    return {"cpu": clock.costs("try", size)["try_cpu"]}
