"""``tracking-middleware forget``: a person taken out of the files that have their events."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import missing_extra
from ..terminal import FOUND_WRONG, WELL, CommandError, UsageError, on_one_line, say

if TYPE_CHECKING:
    from ...forgetting.forgetting import Outcome, Shown
    from ...forgetting.holding import Counts, Holding
    from ...forgetting.persons import Given

HELD = 3
"""The status where somebody else has a file for longer than one waits."""
_WAIT = 30.0
_FORGET = """
Take a person out of the collector's store and an outbox: their events, and their identifiers in what others
sent. It shows what it will take out and asks. What is deleted is written over, in free pages and logs too;
a receipt says what was done, without the identifiers. Killed in the middle, run the same again. Exit status:
0 done; 1 an identifier is nowhere, no was answered, or something did not work; 2 misuse; 3 a file is in use.
"""


def add_forget(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    forget = commands.add_parser(
        "forget", help="take a person out of the files that have their events", description=_FORGET
    )
    add_person(forget)
    add_files(forget)
    add_wait(forget)
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.add_argument(
        "--receipt",
        metavar="FILE",
        type=Path,
        help="where the receipt goes (default: forget-<time>.json beside the first file)",
    )
    forget.set_defaults(run=_run, parser=forget)


def add_person(parser: argparse.ArgumentParser) -> None:
    """The options that say whom it is about."""
    whom = parser.add_argument_group("whom (each may be given several times)")
    for name, text in (
        ("user-id", "the app's own id of the person"),
        ("domain-userid", "the browser's id, as its cookie _sp_id has it"),
        ("token", "a hand-off token, as seal() gives it or a link has it"),
    ):
        whom.add_argument(f"--{name}", metavar="ID", action="append", default=[], help=text)


def add_files(parser: argparse.ArgumentParser) -> None:
    """The options that say where."""
    where = parser.add_argument_group("where")
    where.add_argument("--store", metavar="FILE", type=Path, help="the collector's store")
    where.add_argument("--outbox", metavar="FILE", type=Path, help="the file that the setting outbox names")


def add_wait(parser: argparse.ArgumentParser) -> None:
    """The option that says how patient to be."""
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=_WAIT,
        help="how long to wait for whoever else has a file (default: %(default)g)",
    )


def given_of(arguments: argparse.Namespace) -> Given:
    """Whom it is about; raises UsageError."""
    from ...forgetting.persons import Given
    from ...forgetting.tokens import with_token

    for name in ("user_id", "domain_userid", "token"):
        if "" in getattr(arguments, name):
            raise UsageError(f"--{name.replace('_', '-')} is empty: give the identifier of a person")
    given = Given(user_ids=frozenset(arguments.user_id), domain_userids=frozenset(arguments.domain_userid))
    for text in arguments.token:
        try:
            given = with_token(given, text)
        except ValueError as error:
            raise UsageError(f"--token {text!r}: {error}") from None
    if not list(given.named()):
        raise UsageError("whom? give --user-id, --domain-userid or --token")
    return given


def holdings_of(arguments: argparse.Namespace) -> list[Holding]:
    """The files it is about; raises CommandError."""
    found: list[Holding] = []
    if arguments.store is not None:
        try:
            from ...forgetting.store_file import StoreFile
        except ImportError as error:
            raise CommandError(missing_extra(f"a store needs more ({error})", "collector")) from error
        found.append(StoreFile(arguments.store))
    if arguments.outbox is not None:
        from ...forgetting.outbox_file import OutboxFile

        found.append(OutboxFile(arguments.outbox))
    if not found:
        raise UsageError("where? give --store, --outbox, or both")
    return found


def _run(arguments: argparse.Namespace) -> int:
    from ...errors import TrackingError
    from ...forgetting.forgetting import forget
    from ...forgetting.sqlite_file import InUseError

    given, holdings = given_of(arguments), holdings_of(arguments)
    try:
        outcome = forget(
            given,
            holdings,
            wait=arguments.wait,
            receipt=arguments.receipt,
            asked=lambda shown: _show(shown, is_sure=arguments.yes),
        )
    except InUseError as error:
        raise CommandError(str(error), status=HELD) from None
    except (TrackingError, OSError) as error:
        raise CommandError(on_one_line(str(error))) from None
    if outcome is None:
        say("nothing was taken out")
        return FOUND_WRONG
    return _told(outcome)


def _show(shown: Shown, *, is_sure: bool) -> bool:
    if shown.goes_on:
        print("an earlier run was broken off; this one goes on with it")
    for path, counts in shown.counts.items():
        print(f"{path}: {_counted(counts)}")
    names = [f"{number} {kind}" for kind, number in shown.known_by.items() if number]
    print(f"known by {', '.join(names) or 'nothing else'}")
    if shown.shared_devices:
        print(f"{shown.shared_devices} of the browsers are shared: only this person's sessions there")
    return is_sure or is_agreed("take it out?")


def is_agreed(question: str) -> bool:
    """Ask whoever is at the terminal; nobody there is a no."""
    print(f"{question} [y/N] ", end="", flush=True)
    answer = sys.stdin.readline()
    if not answer:
        print()
        say("nobody answered: give --yes where nobody can be asked")
    return answer.strip().lower() in {"y", "yes"}


def _told(outcome: Outcome) -> int:
    for path, counts in outcome.counts.items():
        print(f"{path}: took out {_counted(counts)}")
    if any("events that are being sent" in counts for counts in outcome.counts.values()):
        say("some were being sent: they may reach the collector yet, look there again")
    for path in outcome.left_in:
        say(f"{path} still has an identifier in its bytes: somebody wrote it meanwhile; run the same again")
    print(f"the receipt is in {outcome.receipt}")
    return FOUND_WRONG if outcome.left_in else WELL


def _counted(counts: Counts) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "no events"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: give one from 0 to 86400")
    return seconds
