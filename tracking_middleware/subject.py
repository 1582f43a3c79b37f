"""Subject: the person and device an event is about."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from .identity import UNKNOWN_IDENTITY, Identity


@dataclass(frozen=True, init=False, repr=False, eq=False, match_args=False)  # see Identity
class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The person (``identity``, ``user_id``) and the device an event is about; ``""`` where unknown.

    ``user_id`` is the application's own id of the person, ``user_ipaddress`` the address the
    request came from, ``language`` the browser's first language (a BCP 47 tag).
    """

    identity: Identity = UNKNOWN_IDENTITY
    user_id: str = ""
    user_ipaddress: str = ""
    useragent: str = ""
    language: str = ""


UNKNOWN_SUBJECT = Subject()
