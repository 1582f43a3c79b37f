"""Who a request comes from, as values."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


# a Struct is built ten times as fast as a frozen dataclass; the decorator keeps dataclasses.replace working
@dataclass(frozen=True, init=False, repr=False, eq=False, match_args=False)
class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request comes from, as far as its cookies say; ``None`` where they do not."""

    domain_userid: str | None = None
    domain_sessionid: str | None = None
    domain_sessionidx: int | None = None
    network_userid: str | None = None


UNKNOWN_IDENTITY = Identity()


@dataclass(frozen=True, slots=True)
class SessionStart:
    """A session that the server began with this page; ``None`` where there was none before it."""

    previous_sessionid: str | None
