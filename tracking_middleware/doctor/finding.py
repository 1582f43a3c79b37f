"""What was found, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["ok", "note", "wrong"]
"""``note``: maybe meant so, and good to know; ``wrong``: tracking does not work as it should."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at: what about, how it is, and what would be right."""

    mark: Mark
    topic: str
    text: str
    advice: str = ""

    def lines(self) -> list[str]:
        """As it is printed: what was found, and below it what to do."""
        first = f"{self.mark:<6}{self.topic}: {self.text}"
        return [first, *([f"      → {self.advice}"] if self.advice else [])]
