"""What the commands of forgetting take and say alike."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import missing_extra
from ..terminal import CommandError, UsageError, say

if TYPE_CHECKING:
    from ...forgetting.holding import Counts, Holding
    from ...forgetting.persons import Given

HELD = 3
"""The status where somebody else has a file for longer than one waits."""
_WAIT = 30.0


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
    for name, text in (
        ("store", "the collector's store"),
        ("outbox", "the file that the setting outbox names"),
        ("journeys", "the tables of journeys run"),
    ):
        where.add_argument(f"--{name}", metavar="FILE", type=Path, action=_Once, help=text)


class _Once(argparse.Action):
    """Of two files only the second would be looked into, and the first would seem to be clean."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        value: Any,
        option: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option} is given twice: one file at a time")
        setattr(namespace, self.dest, value)


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
        raise UsageError(
            "whom? give --user-id, --domain-userid or --token (or --older-than, where there is that)"
        )
    return given


def holdings_of(arguments: argparse.Namespace) -> list[Holding]:
    """The files it is about; raises CommandError."""
    found: list[Holding] = []
    if arguments.store is not None:
        try:
            from ...forgetting.files.store_file import StoreFile
        except ImportError as error:
            raise CommandError(missing_extra(f"a store needs more ({error})", "collector")) from error
        found.append(StoreFile(arguments.store))
    if arguments.outbox is not None:
        from ...forgetting.files.outbox_file import OutboxFile

        found.append(OutboxFile(arguments.outbox))
    if arguments.journeys is not None:
        if any(importlib.util.find_spec(name) is None for name in ("duckdb", "crawleruseragents")):
            raise CommandError(missing_extra("the journeys need DuckDB and sqlglot", "journeys"))
        from ...forgetting.files.journeys_file import JourneysFile

        found.append(JourneysFile(arguments.journeys))
    if not found:
        raise UsageError("where? give --store, --outbox or --journeys, or several of them")
    return found


def is_agreed(question: str) -> bool:
    """Ask whoever is at the terminal; nobody there is a no."""
    print(f"{question} [y/N] ", end="", flush=True)
    answer = sys.stdin.readline()
    if not answer:
        print()
        say("nobody answered: give --yes where nobody can be asked")
    return answer.strip().lower() in {"y", "yes"}


def counted(counts: Counts) -> str:
    """What there is, in words."""
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "no events"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: give one from 0 to 86400")
    return seconds


def add_sure(parser: argparse.ArgumentParser, *, what: str) -> None:
    """The options of what changes files: not to ask, and where the receipt goes."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--receipt",
        metavar="FILE",
        type=Path,
        help=f"where the receipt goes (default: {what}-<time>.json beside the first file)",
    )
