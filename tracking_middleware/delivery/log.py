"""The emitter behind ``collector_url="log:"``: events go to the log, for development."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..log_text import show
from .retry import Outcome, Verdict

logger = logging.getLogger("tracking_middleware.events")


class LogEmitter:
    """Writes each event as a line of JSON, at INFO, to the logger ``tracking_middleware.events``."""

    def __init__(self) -> None:
        show(logger.name)  # whoever names the log as the collector wants to see it

    def send(self, payloads: Sequence[bytes], *, is_anonymous: bool) -> Outcome:
        """Deliver encoded events."""
        for payload in payloads:
            logger.info("%s", payload.decode())
        return Outcome(Verdict.DELIVERED)

    def abort(self) -> None:
        """A log does not hang."""

    def close(self) -> None:
        """Nothing is held."""
