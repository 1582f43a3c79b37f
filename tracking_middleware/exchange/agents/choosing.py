"""How requests begin by the settings: people's alone, or agents' in another way than people's."""

from __future__ import annotations

from collections.abc import Callable

from ...request.raw_request import RawRequest
from ...request.rules import Reason
from ...settings.settings import Settings
from ..exchange import Exchange
from ..fetched_ahead import other_exchange
from ..shared import Shared

Begin = Callable[[Shared, RawRequest, int, Reason | None, Callable[[], float]], Exchange]


def other_begin(settings: Settings) -> tuple[Begin, bool]:
    """What begins an exchange where it is not sure to be a person's page; and whether that is so of any."""
    if settings.agents != "all":
        return other_exchange, False
    from .beginning import begun_exchange  # on most sites nobody asks for it

    return begun_exchange, True
