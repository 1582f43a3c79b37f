"""The twin: a signed, HttpOnly copy of ``_sp_id``, which a browser's cap on script cookies does not reach."""

from __future__ import annotations

import hmac
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha1
from typing import Annotated, Literal

import msgspec
from itsdangerous import Signer

from .id_cookie import match_ordinary_id
from .identity import Identity
from .sessions import TWIN_RENEWAL, Decision, Sent, Twin

_MAX_LENGTH = 512
_BLOCK = 64
"""Bytes that SHA-1 takes at a time."""
_FOR_URLS = bytes.maketrans(b"+/", b"-_")
_FROM_URLS = bytes.maketrans(b"-_", b"+/")
_NIL_UUID = "00000000-0000-0000-0000-000000000000"
_UUID = f"(?!{_NIL_UUID})[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}"
_Person = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_UUID}|[0-9a-f]{{16}})\Z")]
_Session = Annotated[str, msgspec.Meta(pattern=rf"\A{_UUID}\Z")]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]


class _Payload(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What is signed. A key may have signed for an earlier version of the code: it is read as any input."""

    version: Literal[1]
    domain_userid: _Person
    created: _Number
    domain_sessionidx: _Number
    domain_sessionid: _Session
    last_seen: _Number


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Payload).decode


class TwinSigner:
    """Signs twins with the last of ``keys`` and takes those signed with any of them.

    A twin is bound to the suffix of its ``_sp_id``: one of another domain or path is foreign. The
    format is that of itsdangerous' URLSafeSerializer.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        # a suffix may come of a host that the visitor chose: only so many are kept
        self._signer = lru_cache(maxsize=256)(self._make_signer)

    def sign(self, twin: Twin, *, suffix: str) -> str:
        """The cookie's value."""
        payload = _Payload(
            1,
            twin.domain_userid,
            twin.created,
            twin.domain_sessionidx,
            twin.domain_sessionid,
            twin.last_seen,
        )
        # compressed, as it may be, it would be 33 bytes shorter, and take twice the time
        return self._signer(suffix).signed(_encode(payload))

    def read(self, value: str, *, suffix: str) -> Twin | None:
        """The twin; ``None`` where the value is forged, foreign or not of this version."""
        content, _, signature = value.rpartition(".")
        if len(value) > _MAX_LENGTH or not value.isascii():
            return None
        signed = content.encode()
        if not self._signer(suffix).has_signed(signed, signature):
            return None
        try:
            payload = _decode(_json_of(signed))
        except (ValueError, zlib.error, msgspec.DecodeError):
            return None
        return Twin(
            domain_userid=payload.domain_userid,
            created=payload.created,
            domain_sessionidx=payload.domain_sessionidx,
            domain_sessionid=payload.domain_sessionid,
            last_seen=payload.last_seen,
        )

    def _make_signer(self, suffix: str) -> _Signer:
        return _Signer(self._keys, salt=f"tracking_middleware.twin.{suffix}")


def continued(sent: Sent, *, now: int) -> Decision | None:
    """What ``decide`` says of nearly every page of a session; ``None`` where it must be asked.

    That is where the session lives, by one ``_sp_id`` that can be believed as it stands, and the twin is a
    copy of that and needs no renewal; ``now`` is in seconds since the epoch. Who signed such a twin is not
    asked: it is neither used nor written again before it is a day old, and then it is read with the keys.
    """
    ids, value = sent.jar.id_values, sent.twin
    if not sent.jar.is_living or len(ids) != 1 or len(value) > _MAX_LENGTH or not value.isascii():
        return None
    ordinary = match_ordinary_id(ids[0])
    if ordinary is None:
        return None
    person, created, index, session = ordinary.group(1, 2, 3, 5)
    beginning = f'[1,"{person}",{created},{index},"{session}",'  # as _encode() writes it
    try:
        copied = a2b_base64(f"{value.partition('.')[0]}==").decode()
        last_seen = int(copied[len(beginning) : -1])
    except ValueError:
        return None
    if not copied.startswith(beginning) or copied[-1] != "]" or not 0 <= now - last_seen < TWIN_RENEWAL:
        return None
    identity = Identity(domain_userid=person, domain_sessionid=session, domain_sessionidx=int(index))
    return Decision(identity=identity, writes_session=True)


def _json_of(signed: bytes) -> bytes:
    """What was signed; a dot in front says that it is compressed."""
    return zlib.decompress(_decoded(signed[1:])) if signed[:1] == b"." else _decoded(signed)


def _encoded(content: bytes) -> str:
    """Base64 for URLs (RFC 4648, 5), without padding."""
    text = b2a_base64(content, newline=False).rstrip(b"=")
    return (text.translate(_FOR_URLS) if b"+" in text or b"/" in text else text).decode()


def _decoded(text: bytes) -> bytes:
    if b"-" in text or b"_" in text:
        text = text.translate(_FROM_URLS)
    return a2b_base64(text + b"=" * (-len(text) % 4))


class _Signer:
    """What itsdangerous' Signer gives, HMAC with SHA-1, by keys that are derived and begun once."""

    def __init__(self, keys: list[str], *, salt: str) -> None:
        signer = Signer(keys, salt=salt)
        self._macs = [_Mac(signer.derive_key(key)) for key in reversed(signer.secret_keys)]
        """The newest first, which signs."""

    def signed(self, payload: bytes) -> str:
        """The payload with its signature, as URLSafeSerializer writes them."""
        value = _encoded(payload)
        return f"{value}.{_encoded(self._macs[0].of(value.encode()))}"

    def has_signed(self, content: bytes, signature: str) -> bool:
        """Whether a signature, in ASCII, is one of the keys', written as it is written here."""
        return any(hmac.compare_digest(signature, _encoded(mac.of(content))) for mac in self._macs)


class _Mac:
    """HMAC (RFC 2104) with SHA-1, its two hashes begun once a key; ``hmac`` itself takes half more."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_BLOCK, b"\0")  # the derived ones are shorter
        self._inner = sha1(bytes(byte ^ 0x36 for byte in padded))  # noqa: S324  # in an HMAC it holds
        self._outer = sha1(bytes(byte ^ 0x5C for byte in padded))  # noqa: S324  # in an HMAC it holds

    def of(self, content: bytes) -> bytes:
        """The code of a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(content)
        outer.update(inner.digest())
        return outer.digest()
