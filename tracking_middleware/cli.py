"""The command ``tracking-middleware``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .delivery.outbox import Outbox, OutboxError, existing
from .protocol import event_id_of
from .track_command import CommandError, add_track


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status, 0 where it did what was asked."""
    parser = argparse.ArgumentParser(
        prog="tracking-middleware", description="Server-side tracking for web apps."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_collector(commands)
    _add_outbox(commands)
    add_track(commands)
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except CommandError as error:
        return _fail(str(error))
    return status


def _add_collector(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    collector = commands.add_parser(
        "collector", help="run the local collector", description="Run the local collector and its page."
    )
    collector.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    collector.add_argument(
        "--port", type=int, default=9090, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    collector.add_argument(
        "--store", help="SQLite file that keeps the events (default: one that goes at the end)"
    )
    collector.add_argument(
        "--schemas",
        metavar="FOLDER",
        action="append",
        default=[],
        help="Iglu schemas, <vendor>/<name>/jsonschema/<version>; may come more than once",
    )
    collector.add_argument(
        "--registry",
        metavar="URL",
        action="append",
        default=[],
        help="an Iglu registry over HTTP, such as http://iglucentral.com; may come more than once",
    )
    collector.add_argument("--iglu", metavar="FILE", help="an Iglu resolver file")
    collector.add_argument(
        "--unknown-schemas",
        choices=("bad", "good"),
        default="bad",
        help="what an event is whose schema is not found (default: %(default)s, as in the pipeline)",
    )
    collector.set_defaults(run=_run_collector)


def _run_collector(arguments: argparse.Namespace) -> int:
    try:
        from .collector import SchemasError, Store, StoreError, load_iglu, serve
    except ImportError as error:
        return _fail(f'{error}: install the collector with pip install "tracking_middleware[collector]"')
    # uvicorn stops cleanly at a SIGTERM and then passes it on, which would look like a crash
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _store_path(arguments.store) as path:
        try:
            iglu = load_iglu(
                folders=arguments.schemas,
                registry_urls=arguments.registry,
                resolver_file=arguments.iglu,
                unknown_schemas=arguments.unknown_schemas,
            )
            store = Store(path)
        except (SchemasError, StoreError) as error:
            return _fail(str(error))
        try:
            serve(store, host=arguments.host, port=arguments.port, iglu=iglu)
        except (OSError, OverflowError) as error:
            return _fail(f"cannot listen on {arguments.host} port {arguments.port}: {error}")
        except KeyboardInterrupt:  # uvicorn passes on what it was stopped by
            return 0
        finally:
            store.close()
    return 0


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


@contextlib.contextmanager
def _store_path(given: str | None) -> Iterator[Path]:
    if given is not None:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-") as folder:
        yield Path(folder) / "events.sqlite3"


def _fail(message: str) -> int:
    print(f"tracking-middleware: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
