"""One ``_sp_id`` cookie's value, field by field (the JavaScript tracker, versions 2 to 4)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import msgspec

_UUID_TEXT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UUID = re.compile(_UUID_TEXT)
LEGACY_ID = re.compile(r"[0-9a-f]{16}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
NIL_UUID = "00000000-0000-0000-0000-000000000000"
_MAX_VALUE_LENGTH = 1024
MAX_INDEX = 2_147_483_647
"""The largest ``domain_sessionidx``: the protocol's is a 32-bit integer."""
NOBODY = frozenset({"", "undefined", NIL_UUID})
"""What stands where there is nobody: nothing, the word of older trackers, the anonymous id."""

_UUID_BUT_NIL = rf"(?!00000000-){_UUID_TEXT}"
# possessive, since nothing in an _sp_id may match in two ways
_EPOCH = "(?>1[0-9]{9}|[0-9]{1,9}+)"
SOMEBODYS_UUID = re.compile(_UUID_BUT_NIL)
_ORDINARY_ID = re.compile(
    rf"({_UUID_BUT_NIL})\.({_EPOCH})\.([0-9]{{1,9}}+)\.({_EPOCH})\.[0-9]*+\.({_UUID_BUT_NIL})(?:\.[^%]*+)?+"
)
"""An ``_sp_id`` in which every field that is read can be believed as it stands: nearly all of them.

Its groups are the person, created, the index, the last event and the session."""


class IdCookie(msgspec.Struct, frozen=True, kw_only=True):
    """What one ``_sp_id`` value says; ``None`` for a field that is empty or cannot be believed.

    ``created`` and ``last_event`` are in seconds since the epoch. ``is_anonymous`` tells a person
    left out on purpose (the tracker's anonymous mode) from one that is not there at all.
    """

    domain_userid: str | None
    created: int | None = None
    domain_sessionidx: int | None = None
    last_event: int | None = None
    domain_sessionid: str | None = None
    is_anonymous: bool = False
    is_malformed: bool = False


def parse_id_cookie(value: str) -> IdCookie:
    """One ``_sp_id`` value: 1 the person, 2 created, 3 the session's count, 4 last event, 6 its id."""
    if (ordinary := match_ordinary_id(value)) is None:
        return _parse_unusual_id_cookie(value)
    person, created, index, last_event, session = ordinary.groups()
    return IdCookie(
        domain_userid=person,
        created=int(created),
        domain_sessionidx=int(index),
        last_event=int(last_event),
        domain_sessionid=session,
    )


def match_ordinary_id(value: str) -> re.Match[str] | None:
    """The fields of an ``_sp_id`` that can be believed as it stands; ``None`` where it must be looked at."""
    return _ORDINARY_ID.fullmatch(value) if len(value) <= _MAX_VALUE_LENGTH and value.isascii() else None


def _parse_unusual_id_cookie(value: str) -> IdCookie:
    """Any ``_sp_id`` value, field by field."""
    fields = _fields(value)
    if fields is None or not _may_be_person(fields[0]):
        return IdCookie(domain_userid=None, is_malformed=True)
    # five fields and fewer were written before sessions had ids
    _, created, index, last_event, _, session, *_ = [*fields, "", "", "", "", ""]
    session = session.lower() if len(fields) > 5 else ""
    has_session = bool(UUID.fullmatch(session)) and session != NIL_UUID
    number = whole_number(index)
    return IdCookie(
        domain_userid=None if fields[0] in NOBODY else fields[0],
        created=_or_none(whole_number(created)),
        domain_sessionidx=_or_none(number),
        last_event=_or_none(whole_number(last_event)),
        domain_sessionid=session if has_session else None,
        is_anonymous=fields[0] in {"", NIL_UUID},
        is_malformed=(session not in NOBODY and not has_session) or (has_session and number < 0),
    )


def _fields(value: str) -> list[str] | None:
    """The dot-separated fields, percent-decoded; ``None`` where the value cannot be one of the tracker's."""
    if len(value) > _MAX_VALUE_LENGTH or _BROKEN_ESCAPE.search(value):
        return None
    try:
        decoded = unquote_to_bytes(value).decode("ascii")
    except UnicodeError:
        return None
    if len(decoded) > 1 and decoded[0] == decoded[-1] == '"':  # RFC 6265 lets a server quote the value
        decoded = decoded[1:-1]
    first, *others = decoded.split(".")
    return [first.lower(), *others]


def _may_be_person(value: str) -> bool:
    return value in NOBODY or bool(UUID.fullmatch(value) or LEGACY_ID.fullmatch(value))


def _or_none(number: int) -> int | None:
    return None if number < 0 else number


def whole_number(text: str) -> int:
    """A number of 0 to 2,147,483,647, as the protocol's 32-bit columns take it; -1 for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return -1
    number = int(text)
    return number if number <= MAX_INDEX else -1
