"""Bodies of responses that are sent piece by piece: while one is made, its exchange is the current one.

Only then: the thread is the server's between two pieces, or that of a view which has called another one and
has not read its answer yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from ..exchange.exchange import Exchange
from ..metadata.kept import is_there
from ..request.page import current_exchange, enter_exchange
from ..tracking.unfinished import Pending
from .start import Answer


def page_body(inner: Iterable[bytes], answer: Answer, leave: Callable[[Any], None]) -> Iterable[bytes]:
    """The body of what may be a page view; ``leave`` is called from a finaliser where nobody ends it."""
    watched = (SizedBody if isinstance(inner, Sized) else Body)(inner, answer, leave)
    watched.end_with_thread()
    return watched


def trailing_body(inner: Iterable[bytes], exchange: Exchange) -> Iterable[bytes]:
    """The body of what is no page view, and whose exchange is over: it may still track events."""
    return (SizedTrailer if isinstance(inner, Sized) else Trailer)(inner, exchange)


class Trailer:
    """See ``trailing_body``."""

    __slots__ = ("_exchange", "_inner", "_iterator")

    def __init__(self, inner: Iterable[bytes], exchange: Exchange) -> None:
        self._inner: Any = inner
        self._exchange = exchange
        self._iterator: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        self._iterator = None
        return self

    def __next__(self) -> bytes:
        before = current_exchange()
        enter_exchange(self._exchange)
        try:
            if self._iterator is None:
                self._iterator = iter(self._inner)
            return next(self._iterator)
        finally:
            enter_exchange(before)

    def close(self) -> None:
        """Close the app's own iterable (PEP 3333)."""
        before = current_exchange()
        enter_exchange(self._exchange)
        try:
            if (close := getattr(self._inner, "close", None)) is not None:
                close()
        finally:
            enter_exchange(before)


class SizedTrailer(Trailer):
    """One whose length is known: servers take the Content-Length of a single chunk from it."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._inner)


class Body(Pending):
    """A response's body that tells its exchange when it ends.

    It ends where it is exhausted, closed or raises, and where as many bytes were given as the response
    said: some servers then read no further, and close nothing.
    """

    __slots__ = ("_answer", "_inner", "_is_exhausted", "_iterator", "_left")

    _exchange: Exchange

    def __init__(self, inner: Iterable[bytes], answer: Answer, leave: Callable[[Any], None]) -> None:
        self._exchange = answer.exchange
        self._leave = leave
        self._is_running = self._is_exhausted = False
        self._inner: Any = inner
        self._iterator: Iterator[bytes] | None = None
        self._answer: Answer | None = answer
        """How the response starts, until it has: with the first chunk that is not empty (PEP 3333)."""
        self._left: int | None = None
        """How many bytes of its Content-Length are still to come; None where it has none."""

    def __iter__(self) -> Iterator[bytes]:
        if self._is_exhausted:  # a tuple may be read twice
            self._iterator, self._is_exhausted = None, False
        return self

    def __next__(self) -> bytes:
        self._is_running = True
        before = current_exchange()
        enter_exchange(self._exchange)
        try:
            if self._iterator is None:
                self._iterator = iter(self._inner)
            chunk = next(self._iterator)
        except StopIteration:
            self._is_exhausted = True
            self._exchange.finish("complete")
            raise
        except BaseException:
            self._exchange.finish("raised" if self._answer is None else "unsent")
            raise
        finally:
            self._is_running = False
            enter_exchange(before)
        if chunk if type(chunk) is bytes else is_there(chunk):
            self._exchange.keep(chunk)
            self._count(chunk)
        return chunk

    def _count(self, chunk: bytes) -> None:
        if self._answer is not None:
            self._left, self._answer = self._answer.length(), None
        if self._left is not None and type(chunk) is bytes:
            self._left -= len(chunk)
            if self._left <= 0:
                self._left = None
                self._exchange.finish("lingering")  # the app's own may still be at it

    def close(self) -> None:
        """Close the app's own iterable, always (PEP 3333); the response ends here at the latest."""
        self._is_running = True
        before = current_exchange()
        enter_exchange(self._exchange)
        try:
            if (close := getattr(self._inner, "close", None)) is not None:
                close()
        finally:
            self._is_running = False
            self._exchange.finish("closed")
            enter_exchange(before)


class SizedBody(Body):
    """A body whose length is known: servers take the Content-Length of a single chunk from it."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._inner)
