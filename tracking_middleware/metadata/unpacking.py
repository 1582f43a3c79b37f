"""Bodies as they were before a content coding (RFC 9110, 8.4.1), as far as they are asked for: bounded."""

from __future__ import annotations

import zlib
from collections.abc import Callable

_GZIP, _ZLIB, _RAW = 31, 15, -15
_OTHER = "a page is not packed as its Content-Encoding says: let what packs it say so"


_MOST_MEMBERS = 64


class UnknownCodingError(Exception):
    """A coding that nothing here undoes, or another than is said; the message says what would be right."""


def unpacked(content: bytes, coding: str, most: int) -> bytes:
    """The first ``most`` bytes; what is cut or broken gives what comes before.

    Raises UnknownCodingError.
    """
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return content[:most]
    undo = _UNDO.get(coding)
    if undo is None:
        raise UnknownCodingError("a page is not gzip, deflate or br: put the middleware inside what packs it")
    return undo(content, most)[:most]


def _inflated(content: bytes, window: int, most: int) -> bytes:
    unpacker, parts, place, members = zlib.decompressobj(window), [], 0, 1
    try:
        while place < len(content) and most > 0:
            part = content[place : place + 4096]  # what comes before something broken is kept
            parts.append(unpacker.decompress(part, most))
            most -= len(parts[-1])
            place += len(part) - len(unpacker.unused_data)
            if unpacker.eof:  # gzip's may be followed by others (RFC 1952, 2.2)
                if window != _GZIP or members >= _MOST_MEMBERS:
                    break
                unpacker, members = zlib.decompressobj(window), members + 1
    except zlib.error:
        if not any(parts) and members == 1:
            raise UnknownCodingError(_OTHER) from None
    return b"".join(parts)


def _gzip(content: bytes, most: int) -> bytes:
    return _inflated(content, _GZIP, most)


def _deflate(content: bytes, most: int) -> bytes:
    try:
        return _inflated(content, _ZLIB, most)
    except UnknownCodingError:
        return _inflated(content, _RAW, most)  # many send it bare


def _brotli(content: bytes, most: int) -> bytes:
    try:
        import brotli  # type: ignore[import-untyped]  # it has none
    except ImportError:
        raise UnknownCodingError(
            'a page is packed with brotli: pip install "tracking_middleware[metadata]"'
        ) from None
    unpacker, parts = brotli.Decompressor(), []
    try:
        parts.append(unpacker.process(content, output_buffer_limit=most))
        while parts[-1] and sum(map(len, parts)) < most and not unpacker.is_finished():
            parts.append(unpacker.process(b"", output_buffer_limit=most))
    except brotli.error:
        if not any(parts):
            raise UnknownCodingError(_OTHER) from None
    return b"".join(parts)


_UNDO: dict[str, Callable[[bytes, int], bytes]] = {
    **dict.fromkeys(("gzip", "x-gzip"), _gzip),
    "deflate": _deflate,
    "br": _brotli,
}
