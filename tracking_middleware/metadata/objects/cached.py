"""What is kept with a page in a cache, to be said of it again: what is the page's, and nobody's."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

_VERSION = 1


class CachedPage(msgspec.Struct, frozen=True, array_like=True):
    """What the page views of a cached page say again. It is kept as bytes, which need no class to be read."""

    version: int
    address: bytes
    """A digest of the page's path."""
    title: str | None
    entities: tuple[tuple[str, bytes], ...]
    """Each with its schema."""
    left_out: tuple[str, ...]
    """What else its view said, and is not known to be the page's: ``title``, ``url``, schemas."""


NOTHING_KEPT = CachedPage(_VERSION, b"", None, (), ("anything",))


def packed(
    address: str, title: str | None, entities: tuple[tuple[str, bytes], ...], left_out: tuple[str, ...]
) -> bytes:
    """What a cache is to keep."""
    return msgspec.msgpack.encode(CachedPage(_VERSION, _digest(address), title, entities, left_out))


def unpacked(kept: object, address: str) -> CachedPage:
    """What a cache had kept with the page of that path; nothing where it is another's, or cannot be read."""
    if not isinstance(kept, bytes):
        return NOTHING_KEPT
    try:
        page = msgspec.msgpack.decode(kept, type=CachedPage)
    except msgspec.MsgspecError:
        return NOTHING_KEPT
    return page if page.version == _VERSION and page.address == _digest(address) else NOTHING_KEPT


def said_since(before: str | None, now: str | None) -> str | None:
    """The title that a render said; None where it is the one that was there before."""
    return None if now == before else now


def key_of(path: str, body: bytes, entry: str = "") -> str:
    """What is kept apart from a page is known by; ``entry`` is the key of the page itself, if it is known."""
    digest = blake2b(f"{path}\0{entry}\0".encode("utf-8", "surrogatepass"), digest_size=20)
    digest.update(body)
    return f"tracking_middleware.{digest.hexdigest()}"


def body_of(answer: Any) -> bytes | None:
    """The body of what a view may answer; None where it is none, or comes in pieces."""
    if type(answer) is tuple and answer:  # as Flask's views give a status or headers, too
        answer = answer[0]
    if isinstance(answer, str):
        return answer.encode("utf-8", "surrogatepass")
    if isinstance(answer, bytes):
        return answer
    if getattr(answer, "is_streamed", False):
        return None
    get = getattr(answer, "get_data", None)
    body = get() if callable(get) else getattr(answer, "body", None)
    return body if isinstance(body, bytes) else None


def _digest(address: str) -> bytes:
    return blake2b(address.encode("utf-8", "surrogatepass"), digest_size=16).digest()
