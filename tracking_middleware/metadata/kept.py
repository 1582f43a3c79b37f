"""Bodies of pages, kept by reference until the background thread has read them.

On the request path a body costs a few attributes; nothing is copied or looked at. What all bodies of a
tracker hold is counted without a lock, which a fork could leave locked for ever: each gives back what it
took when it goes, whatever way its event takes.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..headers import RawHeader, header_text
from .unpacking import unpacked


def is_there(chunk: object) -> bool:
    """Whether there is anything in what an application sends, be it what it may."""
    try:
        return bool(chunk)
    except Exception:  # noqa: BLE001
        # such as a memoryview that was released, or an array: the server is the one to complain
        return True


class BodyMemory:
    """How many bytes the kept bodies of a tracker hold, ``most`` together and ``of_each`` to be read."""

    __slots__ = ("held", "most", "of_each")

    def __init__(self, *, most: int, of_each: int) -> None:
        self.held = 0
        self.most = most
        self.of_each = of_each


class KeptBody(msgspec.Struct, eq=False, gc=False):
    """The begin of a body, as references to its chunks, with the headers that it was sent with."""

    _memory: BodyMemory
    _headers: tuple[RawHeader, ...]
    _left: int
    """How many bytes may still be kept."""
    _held: int = 0
    _first: bytes = b""
    _rest: list[bytes] | None = None
    """What follows the first chunk; most bodies are one."""
    is_given_up: bool = False
    """Whether there was no memory for it, or it is in pieces that may change."""

    __repr__ = object.__repr__  # what a page says is nobody's to log

    def add(self, chunk: bytes) -> None:
        """Keep a chunk that is sent, unless enough is there."""
        if self._left <= 0:
            return
        if type(chunk) is not bytes:  # a buffer that its owner may write to
            if is_there(chunk):
                self._give_up()
            return
        size, memory = len(chunk), self._memory
        held = memory.held + size
        if held > memory.most:
            self._give_up()
            return
        memory.held = held
        if not self._held:
            self._first, self._held = chunk, size
        else:
            self._held += size
            if self._rest is None:
                self._rest = []
            self._rest.append(chunk)
        self._left -= size

    def add_all(self, chunks: Iterable[bytes]) -> None:
        """Keep the chunks of a body that is there as a whole."""
        for chunk in chunks:
            if self._left <= 0:
                return
            self.add(chunk)

    def _give_up(self) -> None:
        self.is_given_up, self._left, self._first, self._rest = True, 0, b"", None
        self._memory.held -= self._held
        self._held = 0

    def __del__(self) -> None:
        self._memory.held -= self._held

    def content(self) -> tuple[bytes, str]:
        """What was kept, unpacked, and the header ``Content-Type``; raises UnknownCodingError."""
        kind = coding = None
        for name, value in self._headers:
            length = len(name)  # of all headers few are as long as these two
            if length == 12:
                if kind is None and header_text(name).lower() == "content-type":
                    kind = header_text(value)
            elif length == 16 and coding is None and header_text(name).lower() == "content-encoding":
                coding = header_text(value)
        content = self._first if self._rest is None else b"".join([self._first, *self._rest])
        most = self._memory.of_each
        if coding or len(content) > most:
            content = unpacked(content, coding or "", most)
        return content, kind or ""
