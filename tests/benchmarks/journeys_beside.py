"""How long the collector's answers take while the journeys read its store, against reading a copy of it.

The copy costs the machine as much, and nothing of it is the collector's: the difference is the wait.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tracking_middleware.journeys.sources.place import recognised
from tracking_middleware.journeys.sources.rows import Reading

from .collector import collecting, request_of
from .figures import Row, Table
from .processes import read_line, start_module, stop

_PAUSE = 0.01
_ROUNDS = 3


def while_it_is_read(store: Path, folder: Path, *, posts: int) -> Table:
    """A page view a POST, answered when it is committed, ``posts`` of each kind in each of some rounds."""
    copy = folder / "copy.sqlite3"
    shutil.copy(store, copy)
    kinds: dict[str, Path | None] = {"nobody reads": None, "a copy is read": copy, "the store is read": store}
    found: dict[str, list[float]] = {name: [] for name in kinds}
    with collecting(store, None) as (_, port):
        for _ in range(_ROUNDS):
            for name, path in kinds.items():
                with _reading(path):
                    found[name] += _answers(port, posts)
    rows = [Row(name, tuple(_parts(times))) for name, times in found.items()]
    note = (
        f"{_ROUNDS} rounds of {posts} POSTs of a page view of each kind, each 10 ms after the answer before, "
        "which comes when the event is committed; who reads begins again as soon as it is done"
    )
    columns = ("p50, ms", "p99, ms", "longest, ms")
    return Table(
        "Journeys: the collector's answers while its store is read", columns, tuple(rows), (), (note,)
    )


@contextmanager
def _reading(path: Path | None) -> Iterator[None]:
    """A process that reads a store from its beginning to its end, again and again."""
    if path is None:
        yield
        return
    reader: subprocess.Popen[str] = start_module("journeys_beside", str(path))
    try:
        read_line(reader)
        yield
    finally:
        reader.kill()
        stop(reader)


def _answers(port: int, posts: int) -> list[float]:
    times = []
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        stream = connection.makefile("rb")
        for _ in range(posts):
            request = request_of(1)
            time.sleep(_PAUSE)
            begun = time.monotonic()
            connection.sendall(request)
            head = stream.readline()
            times.append((time.monotonic() - begun) * 1000)
            if b" 200 " not in head:
                raise RuntimeError(head.decode("latin-1"))
            while stream.readline().strip():
                pass
            stream.read(2)
    return times


def _parts(times: list[float]) -> Iterator[float]:
    ordered = sorted(times)
    yield from (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    yield ordered[-1]


def main(path: str) -> None:
    """In a child: say when the first row is read, and go on until it is ended."""
    is_told = False
    while True:
        for _ in Reading(recognised(Path(path))):
            if not is_told:
                print("reading", flush=True)
                is_told = True


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
