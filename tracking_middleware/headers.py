"""HTTP headers as the two protocols have them: pairs of text (WSGI) or of bytes (ASGI)."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Header = tuple[str, str]
RawHeader = tuple[str, str] | tuple[bytes, bytes]


def header_text(value: str | bytes) -> str:
    """A header's name or value as text: ASGI has bytes, WSGI text (PEP 3333: latin-1)."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def reread(given: Any) -> tuple[Sequence[Any], Any]:
    """Headers to be read here, and what goes on in their place, so that they can be read again there.

    ASGI allows any iterable of iterables. What can be read any number of times goes on as the very
    object it is; an iterator is read into a list, and a pair that is one into a tuple.
    """
    if type(given) is list or type(given) is tuple:
        for pair in given:
            if type(pair) is not tuple and type(pair) is not list:
                break
        else:  # each can be read any number of times
            return given, given
    if not isinstance(given, Iterable):  # whoever gets it will complain
        return (), given
    pairs = list(given)
    kept = [tuple(pair) if isinstance(pair, Iterator) else pair for pair in pairs]
    is_same = not isinstance(given, Iterator) and all(map(operator.is_, kept, pairs))
    return kept, given if is_same else kept


_LENGTH_OF_NAME = len("Content-Length")


def content_length(headers: Iterable[RawHeader]) -> int | None:
    """The length that a response says its body has; None where it does not, or it is none."""
    try:
        for name, value in headers:
            if len(name) == _LENGTH_OF_NAME and header_text(name).lower() == "content-length":
                said = header_text(value).strip()
                return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None
    except (AttributeError, TypeError, ValueError):  # no headers at all: the server is the one to complain
        pass
    return None
