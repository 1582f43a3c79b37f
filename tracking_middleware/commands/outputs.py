"""Options of ``tracking-middleware collector`` on what it hands on and how much it keeps."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .terminal import UsageError, say

if TYPE_CHECKING:
    from ..collector import Store
    from ..collector.schemas.masking import Schemas

KEPT, KEPT_FOR_NOW = 1_000_000, 100_000
"""Events with a file of one's own, and without."""


def add_output_options(collector: argparse.ArgumentParser) -> None:
    """Micro's ``-t``, ``-j`` and ``-d``, and ``--max-events``."""
    forms = collector.add_mutually_exclusive_group()
    forms.add_argument(
        *("-t", "--output-tsv"),
        dest="output",
        action="store_const",
        const="tsv",
        help="write each good event to standard output, as a line of the enriched TSV",
    )
    forms.add_argument(
        *("-j", "--output-json"),
        dest="output",
        action="store_const",
        const="jsonl",
        help="the same as a line of flat JSON",
    )
    collector.add_argument(
        *("-d", "--destination"), metavar="URL", help="with -t or -j: POST the lines there, some at a time"
    )
    collector.add_argument(
        "--max-events",
        type=_events,
        metavar="N",
        help=f"beyond so many the oldest go (default: {KEPT:,}, and {KEPT_FOR_NOW:,} without --store)",
    )


def most_events(arguments: argparse.Namespace) -> int:
    """How many events the store keeps."""
    if arguments.max_events is not None:
        return int(arguments.max_events)
    return KEPT if arguments.store else KEPT_FOR_NOW


def needs_standard_output(arguments: argparse.Namespace) -> bool:
    """Whether the events go there, so that nothing else may."""
    return arguments.output is not None and arguments.destination is None


@contextlib.contextmanager
def output(arguments: argparse.Namespace, store: Store, schemas: Schemas) -> Iterator[None]:
    """Hand events on meanwhile, as the options say; raises UsageError where they make no sense."""
    from ..collector.micro.following import Follower, to_address, to_stream
    from ..collector.micro.line_forms import FORMS
    from ..collector.micro.showing import Showing

    if arguments.output is None:
        if arguments.destination is not None:
            raise UsageError("--destination needs --output-tsv or --output-json, which say what to send")
        yield
        return
    if arguments.tail and needs_standard_output(arguments):
        raise UsageError(
            "--tail cannot be with events on standard output: give a --destination, or leave it out"
        )
    form = FORMS[arguments.output]
    try:
        write = (
            to_address(arguments.destination, form) if arguments.destination else to_stream(sys.stdout.buffer)
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    follower = Follower(store, Showing(schemas), form, write, say=say)
    try:
        yield
    finally:
        left = follower.close()
        if left:
            say(f"the last {left} events were not handed on")


def _events(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 10**12:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events: give 1 or more")
    return number
