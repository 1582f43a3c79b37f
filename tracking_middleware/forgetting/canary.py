"""Whether the bytes of a file and its logs still have an identifier, whatever they are bytes of."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

_SUFFIXES = ("", "-wal", "-shm", "-journal", ".wal")


def bytes_with(path: Path, texts: Iterable[str]) -> tuple[int, frozenset[str]]:
    """How many bytes were looked through, and which of the texts are in them.

    Not while this process has the file open by SQLite, whose locks on it would be lost.
    """
    wanted = {text: text.encode("utf-8", "surrogatepass") for text in texts}
    size, found = 0, set[str]()
    for part in _parts(path):
        size += len(part)
        found |= {text for text, form in wanted.items() if text not in found and part.find(form) >= 0}
    return size, frozenset(found)


def _parts(path: Path) -> Iterator[mmap.mmap]:
    for suffix in _SUFFIXES:
        each = Path(f"{path}{suffix}")
        if each.is_file() and each.stat().st_size:
            with each.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as part:
                yield part
