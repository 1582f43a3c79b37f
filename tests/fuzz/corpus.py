"""The corpus: a file for each attack, a request in a form that people can read.

Lines that begin with ``#`` say what it is; then come the request line (method and target), the headers,
an empty line, and the body. ``\\xNN`` is a byte, ``\\r``, ``\\n`` and ``\\\\`` mean what they do in Python,
and ``<<1000*text>>`` is the text a thousand times; where that is a whole header line, a thousand headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[rn\\])")
_REPEATED = re.compile(rb"<<([0-9]+)\*(.*?)>>", re.DOTALL)
_NAMED = {b"r": b"\r", b"n": b"\n", b"\\": b"\\"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as bytes; ``headers`` in the order sent, names in any case."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def values(self, name):
        """The values of a header, by its lower-case name."""
        return [value for other, value in self.headers if other.lower() == name]


@cache
def corpus():
    """All requests by their file's name, without the ending."""
    return {path.stem: read(path.read_bytes()) for path in sorted(FOLDER.glob("*.txt"))}


def read(content):
    """A request from the content of a file."""
    head, _, body = content.partition(b"\n\n")
    line, *headers = [line for line in head.split(b"\n") if not line.startswith(b"#")]
    method, _, target = line.partition(b" ")
    return Request(
        _written_out(method).decode("latin-1"),
        _written_out(target),
        tuple(pair for header in headers for pair in _pairs(header)),
        _written_out(body.removesuffix(b"\n")),
    )


def _pairs(line):
    whole = _REPEATED.fullmatch(line)
    times, text = (int(whole[1]), whole[2]) if whole else (1, line)
    name, _, value = text.partition(b": ")
    return [(_written_out(name), _written_out(value))] * times


def _written_out(text):
    repeated = _REPEATED.sub(lambda match: match[2] * int(match[1]), text)
    return _ESCAPE.sub(lambda match: _byte(match[1]), repeated)


def _byte(name):
    return bytes([int(name[1:], 16)]) if name.startswith(b"x") else _NAMED[name]
