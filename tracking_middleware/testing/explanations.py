"""What is logged while a test runs, and from that why requests are no page views."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .tracked.report import Skipped

_EXPLAINED = "tracking_middleware.shared"
"""The logger that is told why a request is no page view."""


class Logs(logging.Handler):
    """Keeps every log record as text, and reads from ours why requests are no page views."""

    def __init__(self, explained_from: int) -> None:
        super().__init__(logging.DEBUG)
        self._explained_from = explained_from
        self.written: list[tuple[str, str]] = []
        self.skipped: list[Skipped] = []
        self._format = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append((f"a log record of {record.name}", self._format.format(record)))

    def explained(self, record: logging.LogRecord) -> bool:
        """A filter of the logger that explains; what nobody else asked for goes no further."""
        if isinstance(record.args, tuple) and str(record.msg).startswith("not tracked: "):
            method, path, reason, _ = record.args
            self.skipped.append(Skipped(str(reason), str(method), str(path)))
        return record.levelno >= self._explained_from


@contextmanager
def reading_logs() -> Iterator[Logs]:
    """What is logged within this block."""
    root, explaining = logging.getLogger(), logging.getLogger(_EXPLAINED)
    logs, level = Logs(explaining.getEffectiveLevel()), explaining.level
    root.addHandler(logs)
    explaining.addFilter(logs.explained)
    explaining.setLevel(logging.DEBUG)
    try:
        yield logs
    finally:
        explaining.setLevel(level)
        explaining.removeFilter(logs.explained)
        root.removeHandler(logs)
