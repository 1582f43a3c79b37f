"""What the log says: text from elsewhere in one line, the application's own line, and a last resort.

Django, Flask and uvicorn configure loggers of their own and leave the root logger alone, so that without
``LastResort`` an application that has configured nothing would never hear of what goes wrong.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import sysconfig
import traceback
from functools import lru_cache
from typing import Literal

_LONGEST = 500


def one_line(text: str) -> str:
    """The text without line breaks and other control characters, and no longer than a line may be."""
    shown = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def places(error: BaseException) -> str:
    """Where an exception came from: its type and the lines of code, without its message.

    A message may quote what was being read: a URL, a cookie, a value.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(
        [type(error).__name__, *(f"{each.filename}:{each.lineno} {each.name}" for each in reversed(frames))]
    )


_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_DOORS = tuple(
    _OURS + os.path.join(room, file)
    for room, file in (
        ("asgi", "adapter.py"),
        ("wsgi", "adapter.py"),
        ("wsgi", "bodies.py"),
        ("wsgi", "start.py"),
        ("django", "middleware.py"),
    )
)
"""Through these a server calls us: what stands outside of them in the stack did not ask for anything."""
_LOOP = os.path.join("asyncio", "events.py")
_PYTHONS = tuple(
    os.path.abspath(folder) + os.sep
    for folder in {
        os.path.dirname(os.__file__),
        sysconfig.get_path("scripts"),
        os.path.dirname(sys.executable),
    }
)
_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_LONGEST_WAY = 200

_Owner = Literal["application", "installed", "nobody", "end"]


def calling_line() -> str:
    """``file:line in function`` of the application's nearest frame; ``""`` where none of it is running.

    Passed over are this package, installed packages and Python itself, so that it is the line which
    somebody can change; an application that is installed itself has the nearest of the installed ones.
    """
    frame, steps, second = sys._getframe(1), 0, ""
    while frame is not None and steps < _LONGEST_WAY:
        owner = _owner(frame.f_code.co_filename)
        if owner == "end":
            break
        if owner != "nobody" and (owner == "application" or not second):
            line = f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
            if owner == "application":
                return line
            second = line
        frame, steps = frame.f_back, steps + 1  # type: ignore[assignment]  # None is the end
    return second


@lru_cache(maxsize=4096)
def _owner(path: str) -> _Owner:
    if path in _DOORS or path.endswith(_LOOP):
        return "end"
    if path.startswith((_OURS, "<frozen ")):
        return "nobody"
    if any(part in path for part in _INSTALLED):
        return "installed"
    return "nobody" if path.startswith(_PYTHONS) else "application"


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
