"""Whether the bytes of a file and its logs still have an identifier, whatever they are bytes of."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

from .mentions import Mentions

_SUFFIXES = ("", "-wal", "-shm", "-journal", ".wal")


def bytes_with(path: Path, texts: Iterable[str], mentions: Mentions) -> tuple[int, frozenset[str]]:
    """How many bytes were looked through, and which of the texts are in them, not as parts of others' ids.

    Not while this process has the file open by SQLite, whose locks on it would be lost.
    """
    wanted = [_Wanted(text, mentions) for text in texts]
    size, found = 0, set[str]()
    for part in _parts(path):
        size += len(part)
        found |= {each.text for each in wanted if each.text not in found and each.is_in(part)}
    return size, frozenset(found)


class _Wanted:
    def __init__(self, text: str, mentions: Mentions) -> None:
        self.text = text
        self._form = _bytes(text)
        self._others: dict[tuple[int, int], set[bytes]] = {}
        for (before, _), others in mentions.within.get(text, {}).items():
            for other in others:
                place = len(_bytes(other[:before])), len(_bytes(other))
                self._others.setdefault(place, set()).add(_bytes(other))

    def is_in(self, part: mmap.mmap) -> bool:
        place = part.find(self._form)
        while place >= 0 and self._is_anothers(part, place):
            place = part.find(self._form, place + 1)
        return place >= 0

    def _is_anothers(self, part: mmap.mmap, place: int) -> bool:
        return any(
            place >= before and part[place - before : place - before + length] in others
            for (before, length), others in self._others.items()
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _parts(path: Path) -> Iterator[mmap.mmap]:
    for suffix in _SUFFIXES:
        each = Path(f"{path.resolve()}{suffix}")  # beside the file, and not beside a link to it
        if each.is_file() and each.stat().st_size:
            with each.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as part:
                yield part
