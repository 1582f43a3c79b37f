"""``tracking-middleware outbox``: look into an outbox file, and send what it holds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from ..delivery.outbox.file import Outbox, OutboxError, existing
from ..protocol import event_id_of
from ..settings.settings import Settings
from ..tracker import Tracker
from .sending import add_sending_options, reasons_of, say_troubles_oneself, settings_for_sending
from .terminal import FOUND_WRONG, RED, WELL, CommandError, painted, say

_PATIENCE = 60.0
_SEND = """
Send the events that are in the file now, also while the app runs, and say what became of them. Settings
are those of the environment (TRACKING_<NAME>); the app_id is in the events already. Exit status: 0 the
collector has them all; 1 some are left or were refused, and standard error says why; 2 the arguments do not
go together.
"""


def add_outbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    outbox = commands.add_parser(
        "outbox",
        help="look into an outbox file, or send what it holds",
        description="Look into the file that the setting outbox names, also while the app runs.",
    )
    actions = outbox.add_subparsers(required=True, metavar="action")
    for name, act, text in (
        ("status", _print_status, "print where the events are: stored is the sum of the others"),
        ("dead", _print_dead_letters, "print the events that will not be sent, with the reason"),
        ("retry", _retry_dead_letters, "let the dead events wait to be sent again"),
        ("export", _export, "print all events in the file, a line of JSON each, in the protocol's words"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        _add_path(action)
        action.set_defaults(run=_look, act=act)
    send = actions.add_parser("send", help="send the events that are in the file now", description=_SEND)
    _add_path(send)
    add_sending_options(send)
    send.add_argument(
        "--timeout",
        type=_seconds,
        default=_PATIENCE,
        metavar="SECONDS",
        help="how long to try at the most (default: %(default)g)",
    )
    send.set_defaults(run=_send, parser=send)


def _add_path(action: argparse.ArgumentParser) -> None:
    action.add_argument("path", metavar="PATH", help="the outbox file")


def _look(arguments: argparse.Namespace) -> int:
    act: Callable[[Outbox], None] = arguments.act
    _with_file(arguments.path, act)
    return WELL


def _with_file(path: str, act: Callable[[Outbox], None]) -> None:
    """Raises CommandError where the file is no outbox that works."""
    try:
        outbox = existing(path)
        try:
            act(outbox)
        finally:
            outbox.close()
    except OutboxError as error:
        raise CommandError(str(error)) from None


def _print_status(outbox: Outbox) -> None:
    for place, events in outbox.ledger().as_dict().items():
        line = f"{place:<10}{events:>10}"
        print(painted(line, RED, sys.stdout) if events and place in {"dead", "evicted"} else line)


def _print_dead_letters(outbox: Outbox) -> None:
    for letter in outbox.dead_letters():
        died = datetime.fromtimestamp(letter.died, UTC).isoformat(timespec="seconds")
        reason = painted(letter.reason, RED, sys.stdout)
        print(f"{died}  {event_id_of(letter.payload)}  {len(letter.payload)} bytes  {reason}")


def _retry_dead_letters(outbox: Outbox) -> None:
    print(f"{outbox.retry_dead_letters()} events wait to be sent again")


def _export(outbox: Outbox) -> None:
    for payload in outbox.payloads():
        print(payload.decode())


def _send(arguments: argparse.Namespace) -> int:
    settings = settings_for_sending(
        arguments, defaults={"TRACKING_APP_ID": "outbox"}, fixed={"TRACKING_OUTBOX": arguments.path}
    )
    if not settings.enabled:
        raise CommandError("TRACKING_ENABLED is off: nothing is sent")
    outcome = WELL

    def send(outbox: Outbox) -> None:
        nonlocal outcome
        outcome = _send_all(outbox, settings, timeout=arguments.timeout)

    _with_file(arguments.path, send)
    return outcome


def _send_all(outbox: Outbox, settings: Settings, *, timeout: float) -> int:
    """Send what is in the file; its ledger tells what became of it, whichever process sent it."""
    before, last = outbox.ledger(), outbox.last_number()
    say_troubles_oneself()
    tracker = Tracker(settings)
    tracker.flush(timeout)
    reasons = reasons_of(tracker)
    tracker.close(0)
    after = outbox.ledger()
    print(f"{after.delivered - before.delivered} events sent")
    refused, is_left = after.dead - before.dead, outbox.has_until(last)
    if refused > 0:
        say(f"{refused} events were refused: tracking-middleware outbox dead {outbox.path}")
    if is_left:
        left = after.pending + after.leased
        say("; ".join([f"{left} events are left after {timeout:g} s", *reasons]))
    return FOUND_WRONG if is_left or refused > 0 else WELL


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seconds: give one above 0 and up to 86400"
        )
    return seconds
