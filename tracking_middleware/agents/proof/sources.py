"""How it stands with each source: when it was read last, and what keeps it from being read now."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from ...settings.agents.sources import Source


class ExpiredError(ValueError):
    """What a source says held once: nothing but the time is wrong, which keeps no site from starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Of one source of the ``setting``, in this process. ``read_at`` is in seconds since the epoch."""

    setting: str
    source: Source
    read: int = 0
    failed: int = 0
    read_at: float | None = None
    error: str = ""
    """Why the last try failed; ``""`` where it did not."""

    @property
    def name(self) -> str:
        """``agent_networks: OpenAI/GPTBot=https://…``, without the URL's query, which may be a key."""
        source = self.source
        owner = f"{source.operator}/{source.product}" if source.product else source.operator
        place = source.place.partition("?")[0] if source.is_url else source.place
        return f"{self.setting}: {owner}={place}"

    def as_dict(self) -> dict[str, Any]:
        """For ``stats()``."""
        return {"read": self.read, "failed": self.failed, "last_read": self.read_at, "error": self.error}

    def sentence(self) -> str:
        """What is wrong, and since when; ``""`` where nothing is."""
        return f"{self.name} {self.error}; {self.last()}" if self.error else ""

    def last(self) -> str:
        """When it was read last."""
        if self.read_at is None:
            return "it was not read yet, and proves nobody"
        at = datetime.datetime.fromtimestamp(self.read_at, datetime.UTC)
        return f"last read {at:%Y-%m-%d %H:%M} UTC"
