"""The command ``tracking-middleware``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from ..delivery.outbox.file import Outbox, OutboxError, existing
from ..protocol import event_id_of
from .collector import add_collector
from .schema import add_schema
from .track import CommandError, add_track


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status, 0 where it did what was asked."""
    parser = argparse.ArgumentParser(
        prog="tracking-middleware", description="Server-side tracking for web apps."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    add_collector(commands)
    _add_outbox(commands)
    add_track(commands)
    add_schema(commands)
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except CommandError as error:
        return _fail(str(error))
    return status


def _add_outbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    outbox = commands.add_parser(
        "outbox",
        help="look into an outbox file",
        description="Look into the file that the setting outbox names, also while the app runs.",
    )
    actions = outbox.add_subparsers(required=True, metavar="action")
    for name, run, text in (
        ("status", _print_status, "print where the events are: stored is the sum of the others"),
        ("dead", _print_dead_letters, "print the events that will not be sent, with the reason"),
        ("retry", _retry_dead_letters, "let the dead events wait to be sent again"),
        ("export", _export, "print all events in the file, a line of JSON each, in the protocol's words"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        action.add_argument("path", metavar="PATH", help="the outbox file")
        action.set_defaults(run=_run_outbox, act=run)


def _run_outbox(arguments: argparse.Namespace) -> int:
    try:
        outbox = existing(arguments.path)
        try:
            arguments.act(outbox)
        finally:
            outbox.close()
    except OutboxError as error:
        return _fail(str(error))
    return 0


def _print_status(outbox: Outbox) -> None:
    for place, events in outbox.ledger().as_dict().items():
        print(f"{place:<10}{events:>10}")


def _print_dead_letters(outbox: Outbox) -> None:
    for letter in outbox.dead_letters():
        died = datetime.fromtimestamp(letter.died, UTC).isoformat(timespec="seconds")
        print(f"{died}  {event_id_of(letter.payload)}  {len(letter.payload)} bytes  {letter.reason}")


def _retry_dead_letters(outbox: Outbox) -> None:
    print(f"{outbox.retry_dead_letters()} events wait to be sent again")


def _export(outbox: Outbox) -> None:
    for payload in outbox.payloads():
        print(payload.decode())


def _fail(message: str) -> int:
    print(f"tracking-middleware: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
