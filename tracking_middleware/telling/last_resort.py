"""Where our log records go that nobody else writes: to standard error, as Python does it by itself.

Django, Flask and uvicorn configure loggers of their own and leave the root logger alone, so that without
this an application that has configured nothing would never hear of what goes wrong. Whether somebody else
writes a record is found out when it comes, since applications configure logging when they like.
"""

from __future__ import annotations

import contextlib
import logging
import sys

PACKAGE = "tracking_middleware"


class LastResort(logging.Handler):
    """Writes what no handler of the application's would: warnings, and what was asked for at any level.

    An application that has any handler for our loggers or above them decides on warnings; a
    ``NullHandler`` says that it wants none. What a setting asks for (``show``) is written as well where
    the handlers there are leave its level out. It never raises.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, unless somebody else does."""
        if not _is_ours_to_write(record):
            return
        with contextlib.suppress(Exception):  # standard error may be closed, or be nothing at all
            text = self.format(record)
            prefix = f"{record.levelname}: " if record.levelno >= logging.WARNING else ""
            sys.stderr.write(f"{prefix}{text}\n")
            sys.stderr.flush()


def show(name: str) -> None:
    """Let a logger of ours write at INFO, since a setting asks for it; a level that it was given stays.

    Configuring logging may have switched it off as one that was there already (``dictConfig`` does,
    unless told otherwise); but nobody can have meant the one that the setting asks for.
    """
    logger = logging.getLogger(name)
    logger.disabled = False
    if logger.level == logging.NOTSET and not logger.isEnabledFor(logging.INFO):
        logger.setLevel(logging.INFO)


def _is_ours_to_write(record: logging.LogRecord) -> bool:
    """As Python itself would use its last resort, and for what was asked for also beside other handlers."""
    has_others = was_asked_for = False
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        was_asked_for |= logger.level != logging.NOTSET and logger.name.startswith(PACKAGE)
        for handler in logger.handlers:
            if isinstance(handler, LastResort):
                continue
            if record.levelno >= handler.level:
                return False
            has_others = True
        logger = logger.parent if logger.propagate else None
    return was_asked_for if record.levelno < logging.WARNING else not has_others
