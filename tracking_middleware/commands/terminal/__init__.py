"""What the commands say to the person at the shell: errors, exit statuses, and colours where they show.

Exit statuses mean the same in all of them: 0 all is well; 1 what was looked at or tried was found wrong (a
file, a setting, a port, a collector); 2 the command line itself cannot be used, and nothing was done.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TextIO

WELL, FOUND_WRONG, MISUSED = 0, 1, 2
INTERRUPTED = 130
"""By Ctrl-C, as shells have it: 128 and the number of the signal."""
RED, YELLOW = "\x1b[31m", "\x1b[33m"
_PLAIN = "\x1b[0m"


class CommandError(Exception):
    """Something was found wrong; the message is for the person at the shell, who gets ``status``."""

    def __init__(self, message: str, *, status: int = FOUND_WRONG) -> None:
        self.status = status
        super().__init__(message)


class UsageError(CommandError):
    """The command line cannot be used; it is answered with the usage."""


def say(text: str) -> None:
    """A sentence on standard error, in the command's name."""
    name = painted("tracking-middleware:", RED, sys.stderr)
    print(f"{name} {text}", file=sys.stderr, flush=True)


def on_one_line(text: str) -> str:
    """Text of anybody's with escapes for what a terminal would take for commands, or for another line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def leave_threads(status: int) -> None:
    """End the process now where threads of an app's would keep it from ending, maybe for ever."""
    sys.stdout.flush()
    sys.stderr.flush()
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    if any(not thread.daemon for thread in others):
        os._exit(status)


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Text in a colour, where the stream takes any."""
    return f"{colour}{text}{_PLAIN}" if takes_colours(stream) else text


def takes_colours(stream: TextIO) -> bool:
    """Whether a terminal shows them: ``NO_COLOR`` (no-color.org) forbids, ``FORCE_COLOR`` demands them."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
