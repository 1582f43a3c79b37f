"""What all exchanges of a tracker share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ..agents import classify
from ..events.events import Recorded
from ..log_text import one_line
from ..metadata.kept import BodyMemory
from ..privacy.consent import ConsentAnswer, signals_of
from ..privacy.redaction import Scrubbing, scrubbing_of
from ..privacy.urls import clean_path
from ..request.outside import writes_outside_requests
from ..request.page import Page
from ..request.raw_request import RawRequest
from ..request.rules import Reason
from ..settings.settings import Settings
from ..tally import Count, Tally
from ..tracking.blocks import CanTrack
from .doubts import Doubts
from .issuer import Issuer

if TYPE_CHECKING:
    from ..agents.proof.proving import Proving

T = TypeVar("T")

logger = logging.getLogger("tracking_middleware.shared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all exchanges of a tracker share."""

    tracker: CanTrack
    settings: Settings
    tally: Tally
    record: Callable[[Recorded], None]
    doubts: Doubts

    count: Count = field(init=False)
    """The tally's ``error``, as one object for all pages."""
    issuer: Issuer | None = field(init=False)
    signals: tuple[tuple[str, ConsentAnswer], ...] = field(init=False)
    """What ``signals_of`` makes of the settings."""
    asks: bool = field(init=False)
    """Whether the settings have callables that are to be asked of a visitor, and maybe awaited."""
    tells: bool = field(init=False)
    """Whether answers may tell browsers something: an identity, the page view's id."""
    asks_nobody: bool = field(init=False)
    """Whether the browser's own signals are all that is looked at, unless the application says something."""
    level: int = field(init=False)
    """At which it is logged why a request is no page view."""
    max_entities: int = field(init=False)
    page: type[Page] = field(init=False)
    scrubbing: Scrubbing = field(init=False)
    bodies: BodyMemory | None = field(init=False)
    """Of pages that are to be read; None where none is."""
    spares_agents: bool = field(init=False)
    """Whether an answer to an agent carries no identity, where those to people do."""
    proving: Proving | None = field(init=False)
    """Checks who an agent is, where the settings ask for it; for the background thread."""
    reads_titles_alone: bool = field(init=False)
    """Whether a page that was given a title need not be read."""
    claims: dict[Any, Any] = field(default_factory=dict)
    seen: list[Any] = field(default_factory=lambda: [None])
    """What the last page view that was made of a request said of it, or None; for the background thread."""

    def __post_init__(self) -> None:
        settings = self.settings
        is_issuing = settings.identity == "issue"
        asks = settings.consent is not None or settings.user_id is not None
        memory = BodyMemory(most=settings.metadata_memory, of_each=settings.metadata_bytes)
        known = {
            "count": self.tally.error,
            "issuer": Issuer(settings, tally=self.tally) if is_issuing else None,
            "signals": signals_of(gpc=settings.gpc, dnt=settings.dnt),
            "asks": asks,
            "tells": is_issuing or settings.server_timing,
            "asks_nobody": not asks and settings.opt_out_cookie is None,
            "max_entities": settings.max_entities,
            "page": _page_class(settings),
            "scrubbing": scrubbing_of(settings),
            "bodies": memory if settings.metadata else None,
            "spares_agents": is_issuing and settings.agents != "off",
            "proving": _proving_of(settings),
            "level": logging.INFO if settings.debug else logging.DEBUG,
            "reads_titles_alone": settings.metadata == ("title",),
        }
        for name, value in known.items():
            object.__setattr__(self, name, value)
        if self.spares_agents or settings.agents == "all":
            classify("Mozilla/5.0 ()")  # reads what is known of agents, and not when the first request comes

    def once(self, owner: object, name: str, make: Callable[[], T]) -> T:
        """What an owner has by this name, made if there is none; several threads may ask at once.

        A dict lets one of them be the first without a lock, which a fork could leave locked for ever.
        Whoever comes when that claim has ended sees that the owner has one.
        """
        found: T | None = getattr(owner, name)
        if found is None:
            claim = (id(owner), name)
            made: T = self.claims.setdefault(claim, make())
            found = getattr(owner, name)
            if found is None:
                setattr(owner, name, made)
                found = made
            self.claims.pop(claim, None)
        return found

    def told(self, stats: dict[str, Any]) -> dict[str, Any]:
        """``stats()`` with what is counted elsewhere: writes outside requests, and sources about agents."""
        errors = stats["errors"]
        if writes := writes_outside_requests():
            errors["outside_request"] = writes
        if self.proving is not None and (states := self.proving.states()):
            stats["agent_sources"] = {state.name: state.as_dict() for state in states}
            if failed := sum(state.failed for state in states):
                errors["agent_source_failed"] = failed
        return stats

    def reasons(self) -> list[str]:
        """For ``health()``: sources about agents that cannot be read, and cookies that name nobody."""
        states = [] if self.proving is None else self.proving.states()
        return [*self.doubts.reasons(), *(state.sentence() for state in states if state.error)]

    def explain(self, request: RawRequest, reason: Reason, detail: str | None = None) -> None:
        """Why a request is no page view: counted, and told to who asked for it."""
        self.tally.skip(reason)
        if logger.isEnabledFor(self.level):
            # the hook is for the background thread, and without it nobody knows what may be shown
            path = "***" if self.settings.rewrite_url else clean_path(request.path, self.scrubbing)
            logger.log(
                self.level,
                "not tracked: %s %r: %s %s",
                one_line(request.method),
                path,
                reason,
                one_line(detail or ""),
            )


def _proving_of(settings: Settings) -> Proving | None:
    if not (settings.agent_directories or settings.agent_networks or settings.agent_reverse_dns):
        return None
    from ..agents.proof.reading import proving_of  # on most sites nobody asks for it

    return proving_of(settings)


def _page_class(settings: Settings) -> type[Page]:
    if not settings.validate_entities:
        return Page
    from ..request.validated_page import ValidatedPage  # in development alone

    return ValidatedPage
