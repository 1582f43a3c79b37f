"""Where a command listens, what it asks for, and the browser that it opens."""

from __future__ import annotations

import argparse
import os
import re
import threading
from collections.abc import Callable
from typing import TextIO

from ..terminal import say

TOKEN_VARIABLE = "TRACKING_COLLECTOR_TOKEN"  # noqa: S105 - its name


def add_listening_options(parser: argparse.ArgumentParser, *, port: int) -> None:
    """``--host``, ``--port``, ``--token`` and ``--open``; ``port`` is the one that is listened on unasked."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=port_of,
        default=port,
        metavar="PORT",
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument("--token", help="what the pages ask for; others can read it in ps")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def port_of(text: str) -> int:
    """A port's number; raises ArgumentTypeError."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 (a free one) to 65535")
    return number


def token_of(arguments: argparse.Namespace) -> str | None:
    """What is to be asked for, by the command line or the environment."""
    return arguments.token or os.environ.get(TOKEN_VARIABLE) or None


def announcer(arguments: argparse.Namespace, *, name: str, stream: TextIO) -> Callable[[str], None]:
    """Says where ``name`` listens, and opens the page in a browser where that is asked for."""

    def announce(address: str) -> None:
        print(f"{name} listening on {address}", file=stream, flush=True)
        if arguments.open and not address.startswith("https:"):
            # in a thread, since a browser may take its time, and one in the terminal all of it
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    return announce


def _open(address: str) -> None:
    import webbrowser

    # what listens on all addresses has none that a browser can be sent to
    reachable = re.sub(r"^http://(0\.0\.0\.0|\[::\]):", "http://localhost:", address)
    if not webbrowser.open(reachable):
        say("no browser to open the page in")
