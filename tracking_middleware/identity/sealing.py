"""Sealed subjects: short signed tokens that bring a person to where there is no browser.

A token is ``<payload>.<time>.<signature>``, URL-safe. The payload is a MessagePack array: the version
of the format, the consent, ``domain_userid``, the session it came from and ``user_id``; a UUID is
its 16 bytes. Anybody can read it and nobody without the key can make one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int

from ..errors import (
    TokenExpiredError,
    TokenFormatError,
    TokenSignatureError,
    TokenTooLongError,
    TrackingError,
)
from .subject import CONSENTS, Consent, HandOff, KnownSubject, Subject, is_person
from .texts import shape

_RIGHT_AGE = "give seconds above 0 or a timedelta, or None for any age"
_LONGEST_AGE = 1e12
"""Seconds; a token's own clock goes no further."""
LONGEST_TOKEN = 2200
"""Characters; a usual token has about 130."""
_OTHER_VERSION = "the token is of another version of tracking_middleware: seal the subject again"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_Uuid = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
_Text = Annotated[str, msgspec.Meta(max_length=255)]


class _Payload(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is signed. A key may have signed for another version of the code: it is read as any input."""

    version: Literal[1]
    consent: Annotated[int, msgspec.Meta(ge=0, le=2)]
    person: _Uuid | None = None
    session: _Uuid | None = None
    user_id: _Text = ""
    other_person: _Text = ""
    """A ``domain_userid`` that is no UUID."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Payload).decode


class Sealer:
    """Seals with the last of ``keys``, and unseals what any of them sealed; ``clock`` gives epoch seconds."""

    def __init__(self, keys: Sequence[str], *, clock: Callable[[], float]) -> None:
        self._signer = _Signer(keys, clock)

    def seal(self, subject: Subject, *, consent: Consent) -> str:
        """The token of a subject; without full consent it names nobody."""
        index = CONSENTS.index(consent)
        payload = _Payload(1, index) if index else _payload_of(subject)
        return self._signer.sign(base64_encode(_encode(payload))).decode()

    def unseal(self, token: str | bytes, *, max_age: float | timedelta | None = None) -> Subject:
        """The subject of a token; raises a child of TokenError. ``max_age`` is in seconds.

        Raises TrackingError where ``max_age`` is no length of time.
        """
        longest = None if max_age is None else _seconds_of(max_age)
        signed, sealed = self._signed(_text_of(token), longest)
        try:
            payload = _decode(base64_decode(signed))
        except (msgspec.MsgspecError, BadData, ValueError):
            raise TokenFormatError(_OTHER_VERSION) from None
        return _subject_of(payload, sealed)

    def _signed(self, text: str, max_age: float | None) -> tuple[bytes, int]:
        """What was signed and when, in epoch seconds."""
        content = self._signer.content_of(text.encode())
        if content is None:
            raise TokenSignatureError(
                "the token was changed, or sealed with a key that is not in secret_key: "
                "give what seal() gave, and keep old keys in the list"
            )
        signed, _, time = content.rpartition(b".")
        try:
            sealed = bytes_to_int(base64_decode(time))
        except BadData:
            raise TokenFormatError(_OTHER_VERSION) from None
        age = self._signer.get_timestamp() - sealed
        if max_age is not None and not 0 <= age <= max_age:
            raise TokenExpiredError(
                f"the token is {age} seconds old and may be {max_age:g}: seal the subject again",
                sealed=sealed,
            )
        return signed, sealed


class _Signer(TimestampSigner):
    """itsdangerous' signer by a clock of ours, which takes a signature only as it writes it itself."""

    def __init__(self, keys: Sequence[str], clock: Callable[[], float]) -> None:
        super().__init__(list(keys), salt="tracking_middleware.subject")
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())

    def content_of(self, token: bytes) -> bytes | None:
        """What was signed; ``None`` where the signature is not right."""
        content, _, signature = token.rpartition(b".")
        try:
            # base64 is read generously: several texts would be one signature
            is_own = base64_encode(base64_decode(signature)) == signature
        except BadData:
            return None
        return content if is_own and self.verify_signature(content, signature) else None


def said_by(token: str) -> Subject | None:
    """The subject that a token says, whoever made it and with whatever key; None where it is no token.

    For looking somebody up, never for believing it.
    """
    parts = token.split(".")
    try:
        signed, sealed, _signature = parts
        return _subject_of(_decode(base64_decode(signed)), bytes_to_int(base64_decode(sealed)))
    except (msgspec.MsgspecError, BadData, ValueError):
        return None


def _subject_of(payload: _Payload, sealed: int) -> Subject:
    other = payload.other_person if is_person(payload.other_person) else None
    return KnownSubject(
        domain_userid=_id_text(payload.person) or other,
        user_id=payload.user_id,
        consent=CONSENTS[payload.consent],
        handed_off=HandOff(domain_sessionid=_id_text(payload.session), sealed=sealed * 1000),
    )


def _seconds_of(max_age: Any) -> float:
    """A length of time in seconds; raises TrackingError."""
    seconds = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TrackingError(f"max_age is {shape(max_age)}: {_RIGHT_AGE}")
    if not 0 < seconds < math.inf:
        raise TrackingError(f"max_age is no length of time: {_RIGHT_AGE}")
    return min(seconds, _LONGEST_AGE)


def _payload_of(subject: Subject) -> _Payload:
    session, handed_off = subject.domain_sessionid, subject.handed_off
    if session is None and handed_off is not None:  # sealed again, it still comes from there
        session = handed_off.domain_sessionid
    person = _id_bytes(subject.domain_userid)
    other = "" if person else subject.domain_userid or ""
    return _Payload(1, 0, person, _id_bytes(session), subject.user_id, other)


def _id_bytes(text: str | None) -> bytes | None:
    return UUID(text).bytes if text and _UUID.fullmatch(text) else None


def _text_of(token: object) -> str:
    if isinstance(token, bytes):
        token = token.decode("latin-1")
    if not isinstance(token, str) or not token:
        what = "empty: it was sealed without a secret_key or outside a request" if token == "" else "no text"
        raise TokenFormatError(f"the token is {what}")
    if len(token) > LONGEST_TOKEN:
        raise TokenTooLongError(
            f"the token has {len(token)} characters: seal() gives {LONGEST_TOKEN} at the most"
        )
    if not token.isascii():
        raise TokenSignatureError("the token was changed: it has characters that seal() never gives")
    return token


def _id_text(value: bytes | None) -> str | None:
    return None if value is None else str(UUID(bytes=value))
