"""Something that is probably not as it was meant, and what would be right; told once a process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

logger = logging.getLogger("tracking_middleware.doctor")

Kind = Literal["order", "secret", "contradiction", "cookie_domain"]
"""What a remark is about."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd, and what to do about it, in a sentence each."""

    kind: Kind
    text: str
    advice: str


def tell(find: Callable[[], Iterable[Remark]]) -> None:
    """Log what is found as warnings, each once a process: several apps may share their settings."""
    try:
        for remark in find():
            _tell_once(remark)
    except Exception:
        # whatever an application has there, looking at it must not keep it from starting
        logger.debug("what is odd could not be looked for", exc_info=True)


@cache
def _tell_once(remark: Remark) -> None:
    logger.warning("tracking: %s. %s", remark.text, remark.advice)
