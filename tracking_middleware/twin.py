"""The twin: a signed, HttpOnly copy of ``_sp_id``, which a browser's cap on script cookies does not reach."""

from __future__ import annotations

import json
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeSerializer

from .identity import parse_id_cookie
from .issuing import Twin

_VERSION = 1
_MAX_LENGTH = 512


class TwinSigner:
    """Signs twins with the last of ``keys`` and takes those signed with any of them.

    A twin is bound to the suffix of its ``_sp_id``: one of another domain or path is foreign.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)

    def sign(self, twin: Twin, *, suffix: str) -> str:
        """The cookie's value."""
        fields = [
            _VERSION,
            twin.domain_userid,
            twin.created,
            twin.domain_sessionidx,
            twin.domain_sessionid,
            twin.last_seen,
        ]
        signed = self._serializer(suffix).dumps(fields)
        return signed if isinstance(signed, str) else signed.decode()

    def read(self, value: str, *, suffix: str) -> Twin | None:
        """The twin; ``None`` where the value is forged, foreign or not of this version."""
        if len(value) > _MAX_LENGTH:
            return None
        try:
            version, *fields = self._serializer(suffix).loads(value)
        except (BadData, ValueError, TypeError):
            return None
        return _twin(fields) if version == _VERSION else None

    def _serializer(self, suffix: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys, salt=f"tracking_middleware.twin.{suffix}", serializer=json)


def _twin(fields: Sequence[object]) -> Twin | None:
    """Signed by us, but a key may have signed for an earlier version of the code: it is read as any input."""
    match fields:
        case [str() as person, int() as created, int() as index, str() as session, int() as last_seen]:
            cookie = parse_id_cookie(f"{person}.{created}.{index}.{last_seen}..{session}....0")
        case _:
            return None
    is_whole = None not in {cookie.domain_userid, cookie.created, cookie.last_event, cookie.domain_sessionid}
    if cookie.is_malformed or not is_whole:
        return None
    return Twin(
        domain_userid=person,
        created=created,
        domain_sessionidx=index,
        domain_sessionid=session,
        last_seen=last_seen,
    )
