"""``forget --older-than`` and ``tracking-middleware anonymize``: what is older than it may be."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..terminal import FOUND_WRONG, WELL, CommandError, on_one_line, say
from .options import HELD, add_files, add_sure, add_wait, counted, holdings_of, is_agreed

if TYPE_CHECKING:
    from ...forgetting.holding import Counts, What

_ANONYMIZE = """
Take the identifiers out of events that are older than so long: the persons' and browsers' ids, addresses,
entities that are nothing else. The events stay and are counted as before. Exit status: 0 done, also where
nothing is older; 1 no was answered, or something did not work; 2 misuse; 3 a file is in use.
"""


def add_anonymize(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    anonymize = commands.add_parser(
        "anonymize", help="take the identifiers out of older events", description=_ANONYMIZE
    )
    add_age(anonymize, required=True)
    add_files(anonymize)
    add_wait(anonymize)
    add_sure(anonymize, what="anonymize")
    anonymize.set_defaults(run=lambda arguments: change_older(arguments, "anonymize"), parser=anonymize)


def add_age(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """The option that says how old is too old."""
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        type=_before,
        required=required,
        help="what came longer ago: 25months, 400days, 26weeks, 2years",
    )


def change_older(arguments: argparse.Namespace, what: What) -> int:
    """Do it, for all files that are given; raises CommandError."""
    from ...errors import TrackingError
    from ...forgetting.in_use import InUseError
    from ...forgetting.retention.retaining import retain

    holdings = holdings_of(arguments)
    try:
        outcome = retain(
            what,
            arguments.older_than,
            holdings,
            wait=arguments.wait,
            asked=lambda found: _show(found, arguments, what),
            receipt=arguments.receipt,
        )
    except InUseError as error:
        raise CommandError(str(error), status=HELD) from None
    except (TrackingError, OSError) as error:
        raise CommandError(on_one_line(str(error))) from None
    if outcome is None:
        say("nothing was changed")
        return FOUND_WRONG
    for path, counts in outcome.counts.items():
        print(f"{path}: {'took out' if what == 'forget' else 'anonymized'} {counted(counts)}")
    print(f"the receipt is in {outcome.receipt}")
    return WELL


def _show(found: Mapping[Path, Counts], arguments: argparse.Namespace, what: str) -> bool:
    for path, counts in found.items():
        print(f"{path}: {counted(counts)} older than {arguments.older_than:%Y-%m-%d %H:%M} UTC")
    is_any = any(sum(counts.values()) for counts in found.values())
    return arguments.yes or not is_any or is_agreed("take it out?" if what == "forget" else "anonymize it?")


def _before(text: str) -> datetime:
    from ...forgetting.retention.ages import before_age

    try:
        return before_age(datetime.now(UTC).replace(tzinfo=None), text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
