"""What all exchanges of a tracker share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..events.events import Recorded
from ..log_text import one_line
from ..privacy.consent import ConsentAnswer
from ..privacy.redaction import scrubbing_of
from ..privacy.urls import clean_path
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..settings.settings import Settings
from ..tally import Count, Tally
from ..tracking.blocks import CanTrack
from .doubts import Doubts
from .issuer import Issuer

T = TypeVar("T")

logger = logging.getLogger("tracking_middleware.shared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all exchanges of a tracker share."""

    tracker: CanTrack
    settings: Settings
    tally: Tally
    count: Count
    """The tally's ``error``, as one object for all pages."""
    issuer: Issuer | None
    record: Callable[[Recorded], None]
    signals: tuple[tuple[str, ConsentAnswer], ...]
    """What ``signals_of`` makes of the settings."""
    asks: bool
    """Whether the settings have callables that are to be asked of a visitor, and maybe awaited."""
    doubts: Doubts
    tells: bool
    """Whether answers may tell browsers something: an identity, the page view's id."""

    claims: dict[tuple[int, str], Any] = field(default_factory=dict)

    def once(self, owner: object, name: str, make: Callable[[], T]) -> T:
        """What an owner has by this name, made if there is none; several threads may ask at once.

        A dict lets one of them be the first without a lock, which a fork could leave locked for ever.
        Whoever comes when that claim has ended sees that the owner has one.
        """
        if getattr(owner, name) is None:
            made = self.claims.setdefault((id(owner), name), make())
            if getattr(owner, name) is None:
                setattr(owner, name, made)
            self.claims.pop((id(owner), name), None)
        found: T = getattr(owner, name)
        return found

    def explain(self, request: RawRequest, reason: Reason, detail: str | None = None) -> None:
        """Why a request is no page view: counted, and told to who asked for it."""
        self.tally.skip(reason)
        settings = self.settings
        level = logging.INFO if settings.debug else logging.DEBUG
        if logger.isEnabledFor(level):
            # the hook is for the background thread, and without it nobody knows what may be shown
            path = "***" if settings.rewrite_url else clean_path(request.path, scrubbing_of(settings))
            logger.log(
                level,
                "not tracked: %s %r: %s %s",
                one_line(request.method),
                path,
                reason,
                one_line(detail or ""),
            )
