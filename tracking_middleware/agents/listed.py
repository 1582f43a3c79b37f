"""The list of the ``crawler-user-agents`` project, where it is installed: its tags, as our classes."""

from __future__ import annotations

import re
from collections import Counter
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
        "Adventurer",
        "Blackboard",
        "Butterfly",
        "Code\\/1\\.",
        "Fluid",
        "Freespoke\\/",
        "MetaIAB Facebook",
        "Notion\\/",
        "Sogou",
        "Sonic",
        "Synapse",
        "Trae\\/",
        "Viber",
        "WhatsApp",
        "coccoc",
        "speedy",
    )
)
"""Those that browsers and phones have too; what else they find our own table names."""
_LETTERS = 3
_PLAIN = re.compile(r"(?:[^\\.^$*+?()\[\]{}|]|\\[^\w])+")


def listed(user_agent: str) -> tuple[AgentClass, str] | None:
    """Class and name by the list; None where it has none like it, or is not installed."""
    plain, patterns = entries()
    by_letters, all_letters = _places()
    letters = {user_agent[at : at + _LETTERS] for at in range(len(user_agent) + 1)} & all_letters
    places = [at for each in letters for at in by_letters[each] if plain[at][0] in user_agent]
    if places:
        text, entry_class = plain[min(places)]
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


@cache
def _places() -> tuple[dict[str, list[int]], frozenset[str]]:
    """Of the texts to be found as they are, by as many letters in a row of each as fewest others have.

    Who looks for the letters of a user agent among these compares it with a few texts and not with all.
    """
    rows = [_rows_of_letters(text) for text, _ in entries()[0]]
    number = Counter(each for row in rows for each in row)
    by_letters: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_letters.setdefault(min(sorted(row), key=number.__getitem__), []).append(place)
    return by_letters, frozenset(by_letters)


def _rows_of_letters(text: str) -> set[str]:
    # a shorter text is looked for always: each user agent ends with nothing
    return {text[at : at + _LETTERS] for at in range(len(text) - _LETTERS + 1)} or {""}


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
