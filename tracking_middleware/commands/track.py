"""``tracking-middleware track``: one event from a shell, and an exit status that says whether it arrived."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..delivery.outbox.file import OutboxError, existing
from ..errors import SettingsError, TokenError, TrackingError
from ..events.entities import encode_entity
from ..events.events import StructuredEvent
from ..identity.subject import Subject
from ..protocol import event_id_of
from ..tracker import Tracker
from ..tracking.preparation import Moment, prepare
from .sending import add_sending_options, reasons_of, say_troubles_oneself, settings_for_sending
from .terminal import CommandError, UsageError, say

_DESCRIPTION = """
Track one event: either --schema and --data, or --category and --action. Settings are those of the
environment (TRACKING_<NAME>). Prints the event_id. Exit status: 0 the collector has it; 1 it was not
delivered within shutdown_timeout, or a file, a token or a setting cannot be used, and standard error says
why; 2 the arguments cannot be used. JSON is given as text, as @FILE, or as @- for standard input.
"""
_USAGE = "%(prog)s (--schema IGLU_URI --data JSON | --category NAME --action NAME) [options]"
"""In one line, so that what was wrong with the arguments is seen below it; ``--help`` has all options."""


def add_track(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    track = commands.add_parser(
        "track", help="track one event, for scripts", description=_DESCRIPTION, usage=_USAGE
    )
    kind = track.add_mutually_exclusive_group(required=True)
    kind.add_argument("--schema", metavar="IGLU_URI", help="the schema of a self-describing event")
    kind.add_argument("--category", help="the category of a structured event, which needs no schema")
    track.add_argument("--data", metavar="JSON", help="the data of a self-describing event")
    for name in ("action", "label", "property"):
        track.add_argument(f"--{name}", help="of a structured event")
    track.add_argument("--value", type=_number, help="of a structured event: a number")
    track.add_argument(
        "--entity",
        metavar="JSON",
        action="append",
        default=[],
        help='an entity, {"schema": "iglu:…", "data": {…}}; may be given several times',
    )
    track.add_argument("--subject", metavar="TOKEN", help="who it is about: what seal() gave")
    track.add_argument("--user-id", help="who it is about: your own id of the person")
    track.add_argument("--at", type=_moment, help="when it happened: ISO 8601, or seconds since the epoch")
    track.add_argument("--key", help="what you know it by: a repeat has the same event_id and counts once")
    add_sending_options(track)
    track.set_defaults(run=_run, parser=track)


def _run(arguments: argparse.Namespace) -> int:
    _check_usage(arguments)
    say_troubles_oneself()
    try:
        tracker = Tracker(settings_for_sending(arguments))
        event, entities = _event(arguments), [_entity(given) for given in arguments.entity]
        # track() raises nothing, so that what is wrong is found out before
        prepare(event, tracker.settings, now=time.time(), at=arguments.at, key=arguments.key)
        event_id = tracker.track(
            event,
            entities=entities,
            subject=_subject(arguments, tracker),
            at=arguments.at,
            key=arguments.key,
        )
    except (SettingsError, TokenError) as error:
        raise CommandError(str(error)) from None
    except TrackingError as error:
        raise UsageError(str(error)) from None
    print(event_id, flush=True)
    _deliver(tracker, event_id)
    return 0


def _check_usage(arguments: argparse.Namespace) -> None:
    """Ends the program with status 2 where the arguments do not go together."""
    kind, needed, foreign = (
        ("--schema", "data", ["action", "label", "property", "value"])
        if arguments.schema is not None
        else ("--category", "action", ["data"])
    )
    if getattr(arguments, needed) is None:
        arguments.parser.error(f"{kind} needs --{needed}")
    for name in foreign:
        if getattr(arguments, name) is not None:
            arguments.parser.error(f"--{name} does not go with {kind}")


def _event(arguments: argparse.Namespace) -> object:
    if arguments.schema is not None:
        return {"schema": arguments.schema, "data": _json("--data", arguments.data)}
    return StructuredEvent(
        arguments.category, arguments.action, arguments.label, arguments.property, arguments.value
    )


def _subject(arguments: argparse.Namespace, tracker: Tracker) -> Subject | None:
    if arguments.subject is not None and tracker.settings.secret_key is None:
        raise CommandError("--subject cannot be read without the key that sealed it: set TRACKING_SECRET_KEY")
    subject = None if arguments.subject is None else tracker.unseal(arguments.subject)
    if arguments.user_id is not None:
        subject = replace(subject or Subject(), user_id=arguments.user_id)
    return subject


def _deliver(tracker: Tracker, event_id: str) -> None:
    """Raises CommandError with the reasons where the event did not reach the collector."""
    tracker.flush()
    reasons, stats = reasons_of(tracker), tracker.stats()
    tracker.close(0)
    if stats["errors"]:
        sent = "the event was sent, but without what " if stats["delivered"] else ""
        say(f"{sent}could not be used: {', '.join(stats['errors'])}")
    if stats["delivered"]:
        return
    if not tracker.enabled:
        fate = "TRACKING_ENABLED is off"
    elif gone := [*stats["dropped"], *stats["skipped"]]:
        fate = f"dropped as {', '.join(gone)}"
    elif not (stats["stored"] or stats["dead"]):
        fate = "and lost, since no TRACKING_OUTBOX keeps it"
    elif not (fate := _kept_in(str(tracker.settings.outbox), event_id)):
        return
    raise CommandError("; ".join([f"not delivered, {fate}", *reasons]))


def _kept_in(path: str, event_id: str) -> str:
    """How an event is still in the outbox; ``""`` where it has left it."""
    try:
        outbox = existing(path)
        try:
            for letter in outbox.dead_letters():
                if event_id_of(letter.payload) == event_id:
                    return f"among the dead letters in {path} ({letter.reason})"
            is_waiting = any(event_id_of(payload) == event_id for payload in outbox.payloads())
        finally:
            outbox.close()
    except OutboxError as error:
        return str(error)
    return f"but safe in {path}, until somebody sends what is in it" if is_waiting else ""


def _entity(given: str) -> Any:
    entity = _json("--entity", given)
    try:
        encode_entity(entity)
    except TrackingError as error:
        raise UsageError(f"--entity: {error}") from None
    return entity


def _json(option: str, given: str) -> Any:
    """What JSON text, ``@FILE`` or ``@-`` holds."""
    try:
        if given == "@-":
            text = sys.stdin.buffer.read()
        else:
            text = Path(given[1:]).read_bytes() if given.startswith("@") else given.encode()
        return msgspec.json.decode(text)
    except OSError as error:
        raise CommandError(f"{option}: {error}") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise (CommandError if given.startswith("@") else UsageError)(
            f"{option} is no JSON ({error}): give JSON text, @FILE or @- for standard input"
        ) from None


def _number(text: str) -> Decimal:
    with contextlib.suppress(InvalidOperation):
        return Decimal(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number")


def _moment(text: str) -> Moment:
    try:
        return datetime.fromisoformat(text) if "-" in text or ":" in text else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither ISO 8601 such as 2026-03-14T09:30:00Z nor seconds since the epoch"
        ) from None
