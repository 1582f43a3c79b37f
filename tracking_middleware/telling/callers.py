"""Which line of the application led to what is told about it."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from typing import Literal

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_DOORS = tuple(_OURS + name for name in ("asgi.py", "wsgi.py", os.path.join("django", "middleware.py")))
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
