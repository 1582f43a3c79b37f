"""Subject: the person and device an event is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from .identity import UNKNOWN_IDENTITY, Identity

Consent = Literal["full", "anonymous", "none"]
"""What the person agreed to: everything, what names nobody, or nothing."""


@dataclass(frozen=True, init=False, repr=False, eq=False, match_args=False)  # see Identity
class HandOff(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subject came from that was sealed there: its session then, and when that was.

    ``sealed`` is in milliseconds since the epoch.
    """

    domain_sessionid: str | None
    sealed: int


@dataclass(frozen=True, init=False, repr=False, eq=False, match_args=False)  # see Identity
class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The person (``identity``, ``user_id``) and the device an event is about; ``""`` where unknown.

    ``user_id`` is the application's own id of the person, ``user_ipaddress`` the address the
    request came from, ``language`` the browser's first language (a BCP 47 tag). ``consent`` is the
    person's own, which holds wherever an event about them is tracked; ``None``: in a request its
    visitor's holds, elsewhere ``full``. ``handed_off`` is there on one that was unsealed.
    """

    identity: Identity = UNKNOWN_IDENTITY
    user_id: str = ""
    user_ipaddress: str = ""
    useragent: str = ""
    language: str = ""
    consent: Consent | None = None
    handed_off: HandOff | None = None

    def anonymous(self) -> Subject:
        """What is left of it where nobody may be named: the browser's name and language."""
        return Subject(useragent=self.useragent, language=self.language)


UNKNOWN_SUBJECT = Subject()
