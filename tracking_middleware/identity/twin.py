"""The twin: a signed, HttpOnly copy of ``_sp_id``, which a browser's cap on script cookies does not reach."""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Annotated, Literal

import msgspec
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, want_bytes
from itsdangerous.signer import SigningAlgorithm

from .sessions import Twin

_MAX_LENGTH = 512
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
        if len(value) > _MAX_LENGTH:
            return None
        try:
            payload = _decode(_json_of(self._signer(suffix).unsign(value)))
        except (BadData, ValueError, zlib.error, msgspec.DecodeError):
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


def _json_of(signed: bytes) -> bytes:
    """What was signed; a dot in front says that it is compressed."""
    return zlib.decompress(base64_decode(signed[1:])) if signed[:1] == b"." else base64_decode(signed)


class _Hmac(SigningAlgorithm):
    """The HMAC of itsdangerous, SHA-1, begun once for each key."""

    def __init__(self) -> None:
        self._begun = cache(lambda key: hmac.new(key, digestmod="sha1"))

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        mac = self._begun(key).copy()
        mac.update(value)
        return mac.digest()


class _Signer(Signer):
    """A signer that derives each key once."""

    def __init__(self, keys: list[str], *, salt: str) -> None:
        super().__init__(keys, salt=salt, algorithm=_Hmac())
        self._derived = {key: super(_Signer, self).derive_key(key) for key in self.secret_keys}
        self._newest = self._derived[self.secret_keys[-1]]

    def signed(self, payload: bytes) -> str:
        """What ``sign`` makes of the payload in base64, without the questions that it asks on its way."""
        value = urlsafe_b64encode(payload).rstrip(b"=")
        signature = urlsafe_b64encode(self.algorithm.get_signature(self._newest, value)).rstrip(b"=")
        return f"{value.decode()}.{signature.decode()}"

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived[self.secret_keys[-1] if secret_key is None else want_bytes(secret_key)]
