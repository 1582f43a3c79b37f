"""What an answer of the collector means, and how long to wait before the next try. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

_FIRST_BACKOFF = 0.5
_LONGEST_RETRY_AFTER = 3600.0


class Verdict(Enum):
    """What became of a POST."""

    DELIVERED = "delivered"
    CONTENT = "content"
    """The collector will never take it as it is: 400, 413, 422."""
    ADDRESS = "address"
    """Nobody there takes events: a wrong URL, a redirect, no permission, a certificate not trusted."""
    LATER = "later"
    """It may work the next time: overload, an error on the way, a time-out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one POST; ``retry_after`` is in seconds, ``detail`` for the log."""

    verdict: Verdict
    detail: str = ""
    retry_after: float | None = None


def judge(status: int, retry_after: float | None = None) -> Outcome:
    """What an HTTP status says about a POST."""
    detail = f"HTTP status {status}"
    if 200 <= status < 300:
        return Outcome(Verdict.DELIVERED, detail)
    if status in {400, 413, 422}:
        return Outcome(Verdict.CONTENT, detail)
    if status in {408, 425, 429} or status >= 500:
        return Outcome(Verdict.LATER, detail, retry_after)
    return Outcome(Verdict.ADDRESS, detail)


def backoff(
    outcome: Outcome, *, attempt: int, max_backoff: float, uniform: Callable[[float, float], float]
) -> float:
    """Seconds to wait after the ``attempt``-th failure (from 0): exponential with full jitter.

    A ``Retry-After`` is honoured up to an hour. An address does not get better by asking often.
    """
    if outcome.verdict is Verdict.ADDRESS:
        return max_backoff
    ceiling = min(max_backoff, _FIRST_BACKOFF * 2 ** min(attempt, 32))
    wait = uniform(0, ceiling)
    return wait if outcome.retry_after is None else max(wait, min(outcome.retry_after, _LONGEST_RETRY_AFTER))
