"""Subject: the person and device an event is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from .identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The person (``identity``, ``user_id``) and the device an event is about; ``""`` where unknown.

    ``user_id`` is the application's own id of the person, ``user_ipaddress`` the address the
    request came from, ``language`` the browser's first language (a BCP 47 tag).
    """

    identity: Identity = field(default_factory=Identity)
    user_id: str = ""
    user_ipaddress: str = ""
    useragent: str = ""
    language: str = ""
