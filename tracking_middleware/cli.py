"""The command ``tracking-middleware``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status, 0 where it did what was asked."""
    parser = argparse.ArgumentParser(
        prog="tracking-middleware", description="Server-side tracking for web apps."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_collector(commands)
    arguments = parser.parse_args(argv)
    status: int = arguments.run(arguments)
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
    collector.set_defaults(run=_run_collector)


def _run_collector(arguments: argparse.Namespace) -> int:
    try:
        from .collector import Store, StoreError, serve
    except ImportError as error:
        return _fail(f'{error}: install the collector with pip install "tracking_middleware[collector]"')
    # uvicorn stops cleanly at a SIGTERM and then passes it on, which would look like a crash
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _store_path(arguments.store) as path:
        try:
            store = Store(path)
        except StoreError as error:
            return _fail(str(error))
        try:
            serve(store, host=arguments.host, port=arguments.port)
        except (OSError, OverflowError) as error:
            return _fail(f"cannot listen on {arguments.host} port {arguments.port}: {error}")
        except KeyboardInterrupt:  # uvicorn passes on what it was stopped by
            return 0
        finally:
            store.close()
    return 0


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
