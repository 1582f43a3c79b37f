"""The setting ``secret_key``: one key, or several of which the last signs; never shown."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

SHORTEST = 32
"""Characters of a key: what ``secrets.token_urlsafe(32)`` gives has 43."""
_HOW = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'

logger = logging.getLogger("tracking_middleware.settings")


class InheritedKeys(tuple[Any, ...]):
    """Keys that the framework has anyway, and that sign for us where no others are set; ``owner`` names them.

    A short one is told and not refused: what else it signs is in the same danger, and not ours to stop.
    """

    owner = "SECRET_KEY"


def secret_keys(value: Any) -> tuple[str, ...]:
    """The keys as text, oldest first; raises ValueError, as all checks."""
    given = (value,) if isinstance(value, str | bytes) else value
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise ValueError("must be text, or a list of text, oldest first")
    keys = tuple(key.decode("latin-1") if isinstance(key, bytes) else key for key in given)
    if not keys or not all(isinstance(key, str) and key.strip() for key in keys):
        raise ValueError("must be text that is not empty, or a list of it, oldest first")
    shortest = min(map(len, keys))
    if isinstance(given, InheritedKeys) and shortest < SHORTEST:
        _warn_of_short(given.owner, shortest, "signs what browsers are given")
    elif len(keys[-1]) < SHORTEST:
        raise ValueError(
            f"must have {SHORTEST} characters or more, and has {len(keys[-1])}, which can be guessed: "
            f"make one with {_HOW}, and keep the old one before it in a list for as long as its tokens live"
        )
    elif shortest < SHORTEST:  # what it has signed is out there
        _warn_of_short(
            "an earlier secret_key", shortest, "what it signs is taken as long as it is in the list"
        )
    return keys


@cache
def _warn_of_short(owner: str, length: int, why: str) -> None:
    """Once a process, since settings are read more than once."""
    logger.warning(
        "tracking: %s has %d characters, and %s: whoever guesses it can be "
        "anybody; make one of %d or more with %s",
        owner,
        length,
        why,
        SHORTEST,
        _HOW,
    )
