"""The list of the ``crawler-user-agents`` project, where it is installed: its tags, as our classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from .agent import AgentClass

_BY_TAG: tuple[tuple[str, AgentClass], ...] = (
    # an entry may have several: the first of these holds
    ("ai-crawler", "ai_training"),
    ("social-preview", "preview"),
    ("monitoring", "monitor"),
    ("search-engine", "search"),
    ("http-library", "tool"),
    ("browser-automation", "tool"),
)
_TOO_WIDE = frozenset(
    (
        "008\\/",
        "Blackboard",
        "Butterfly",
        "Code\\/1\\.",
        "Fluid",
        "Freespoke\\/",
        "MetaIAB Facebook",
        "Notion\\/",
        "Sogou",
        "Sonic",
        "Trae\\/",
        "Viber",
        "WhatsApp",
        "coccoc",
        "speedy",
    )
)
"""Those that browsers and phones have too; what else they find our own table names."""
_PLAIN = re.compile(r"(?:[^\\.^$*+?()\[\]{}|]|\\[^\w])+")


def listed(user_agent: str) -> tuple[AgentClass, str] | None:
    """Class and name by the list; None where it has none like it, or is not installed."""
    plain, patterns = entries()
    for text, entry_class in plain:
        if text in user_agent:
            return entry_class, text.strip("/ ();")
    for pattern, entry_class in patterns:
        if (found := pattern.search(user_agent)) is not None:
            return entry_class, found[0].strip("/ ();")[:40]
    return None


@cache
def entries() -> tuple[tuple[tuple[str, AgentClass], ...], tuple[tuple[re.Pattern[str], AgentClass], ...]]:
    """Texts to be found as they are, which takes a fraction of the time, and expressions."""
    plain, patterns = [], []
    for entry in _project():
        pattern, tags = entry["pattern"], set(entry.get("tags") or ())
        if pattern in _TOO_WIDE:
            continue
        entry_class = _class_of(pattern, tags)
        if _PLAIN.fullmatch(pattern):
            plain.append((pattern.replace("\\", ""), entry_class))
        else:
            patterns.append((re.compile(pattern), entry_class))
    return tuple(plain), tuple(patterns)


def _project() -> Iterator[dict[str, Any]]:
    try:
        from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]
    except ImportError:  # the extra is not there: our own table has the agents that most sites see
        return
    yield from CRAWLER_USER_AGENTS_DATA


def _class_of(pattern: str, tags: set[str]) -> AgentClass:
    if "ai-crawler" in tags and pattern.endswith("User"):
        return "ai_assistant"
    if "ai-crawler" in tags and ("search-engine" in tags or "search" in pattern.lower()):
        return "ai_search"
    return next((found for tag, found in _BY_TAG if tag in tags), "other_bot")
