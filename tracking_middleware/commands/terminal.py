"""What the commands say to the person at the shell: errors, exit statuses, and colours where they show.

Exit statuses mean the same in all of them: 0 all is well; 1 what was looked at or tried was found wrong (a
file, a setting, a port, a collector); 2 the command line itself cannot be used, and nothing was done.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

WELL, FOUND_WRONG, MISUSED = 0, 1, 2
RED, YELLOW = "\x1b[31m", "\x1b[33m"
_PLAIN = "\x1b[0m"


class CommandError(Exception):
    """Something was found wrong; the message is for the person at the shell."""


class UsageError(CommandError):
    """The command line cannot be used; it is answered with the usage."""


def say(text: str) -> None:
    """A sentence on standard error, in the command's name."""
    name = painted("tracking-middleware:", RED, sys.stderr)
    print(f"{name} {text}", file=sys.stderr, flush=True)


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Text in a colour, where the stream takes any."""
    return f"{colour}{text}{_PLAIN}" if takes_colours(stream) else text


def takes_colours(stream: TextIO) -> bool:
    """Whether a terminal shows them: ``NO_COLOR`` (no-color.org) forbids, ``FORCE_COLOR`` demands them."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
