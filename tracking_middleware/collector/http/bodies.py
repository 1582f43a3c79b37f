"""Reading a request's body within bounds: of bytes, also once unpacked, and of time."""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

_AS_GZIP = 16 + zlib.MAX_WBITS


class BodyRefusedError(Exception):
    """A body that is not read to its end; ``status`` answers it, the message is for who sent it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status = status
        super().__init__(message)


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """The whole body, unpacked where it is gzip; raises BodyRefusedError.

    ``most`` bytes are taken, as sent and as unpacked: more is answered 413. ``seconds`` are given to
    whoever sends it: slower is answered 408. Cancelled, as by a server that ends, it is answered 503.
    """
    is_packed = _is_packed(request)
    try:
        async with asyncio.timeout(seconds):
            sent = await _bounded(request, most)
    except TimeoutError:
        raise BodyRefusedError(
            HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {seconds:g} seconds"
        ) from None
    except ClientDisconnect:  # nobody waits for an answer, and nothing whole was sent
        raise BodyRefusedError(HTTPStatus.BAD_REQUEST, "the body ended early") from None
    except asyncio.CancelledError:
        raise BodyRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "the collector ends: send it again") from None
    return _unpacked(sent, most) if is_packed else sent


async def _bounded(request: Request, most: int) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise _too_large(most)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(most: int) -> BodyRefusedError:
    return BodyRefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"body too large: at most {most} bytes are taken"
    )


def _is_packed(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise BodyRefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not known here: send gzip, or none"
        )
    return "gzip" in encoding


def _unpacked(packed: bytes, most: int) -> bytes:
    """Never holds more than ``most`` bytes, whatever the body claims to be. One gzip member is taken."""
    member = zlib.decompressobj(_AS_GZIP)
    try:
        unpacked = member.decompress(packed, most + 1)
    except zlib.error:
        raise BodyRefusedError(HTTPStatus.BAD_REQUEST, "the body is not the gzip it says") from None
    if len(unpacked) > most:
        raise _too_large(most)
    if not member.eof or member.unused_data:
        raise BodyRefusedError(HTTPStatus.BAD_REQUEST, "the body is not one whole gzip member")
    return unpacked
