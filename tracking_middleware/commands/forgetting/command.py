"""``tracking-middleware forget``: a person taken out of the files that have their events."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..terminal import FOUND_WRONG, WELL, CommandError, UsageError, on_one_line, say
from .ageing import add_age, change_older
from .options import (
    HELD,
    add_files,
    add_person,
    add_sure,
    add_wait,
    counted,
    given_of,
    holdings_of,
    is_agreed,
)

if TYPE_CHECKING:
    from ...forgetting.forgetting import Outcome, Shown

_FORGET = """
Take a person out of the collector's store, an outbox and the tables of the journeys: their events, and their
identifiers in what others sent. It shows what it will take out and asks. What is deleted is written over, in
free pages and logs too; a receipt says what was done, without the identifiers. Killed in the middle, run the
same again. Exit status: 0 done; 1 an identifier is nowhere, no was answered, or something did not work; 2
misuse; 3 a file is in use.
"""


def add_forget(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    forget = commands.add_parser(
        "forget", help="take a person out of the files that have their events", description=_FORGET
    )
    add_person(forget)
    add_age(forget)
    add_files(forget)
    add_wait(forget)
    add_sure(forget, what="forget")
    forget.set_defaults(run=_run, parser=forget)


def _run(arguments: argparse.Namespace) -> int:
    from ...errors import TrackingError
    from ...forgetting.forgetting import forget
    from ...forgetting.in_use import InUseError

    if arguments.older_than is not None:
        if arguments.user_id or arguments.domain_userid or arguments.token:
            raise UsageError("--older-than is for everybody's events: give it without a person")
        return change_older(arguments, "forget")
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
        print(f"{path}: {counted(counts)}")
    names = [f"{number} {kind}" for kind, number in shown.known_by.items() if number]
    print(f"known by {', '.join(names) or 'nothing else'}")
    if shown.shared_devices:
        print(f"{shown.shared_devices} of the browsers are shared: only this person's sessions there")
    for user_id in shown.alike:
        print(f"{user_id!r} reads alike and stays: give that too if it is the same person")
    cleaned = {str(path) for path in shown.counts} | {str(path.absolute()) for path in shown.counts}
    for source in shown.sources:
        if source not in cleaned:
            print(f"{source} has it still: the journeys were made of it, and it is yours to clean")
    return is_sure or is_agreed("take it out?")


def _told(outcome: Outcome) -> int:
    for path, counts in outcome.counts.items():
        print(f"{path}: took out {counted(counts)}")
    if any("events that are being sent" in counts for counts in outcome.counts.values()):
        say("some were being sent: they may reach the collector yet, look there again")
    for path in outcome.left_in:
        say(f"{path} still has an identifier in its bytes: somebody wrote it meanwhile; run the same again")
    print(f"the receipt is in {outcome.receipt}")
    return FOUND_WRONG if outcome.left_in else WELL
