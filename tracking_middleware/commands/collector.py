"""``tracking-middleware collector``: the local collector from a shell."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import missing_extra
from ..journeys.config import Config
from .outputs import add_output_options, most_events, needs_standard_output, output
from .serving.configuration import configuration
from .serving.listening import TOKEN_VARIABLE, add_listening_options, announcer, port_of, token_of
from .serving.schema_options import API_KEY_VARIABLE, REGISTRY_VARIABLE, add_schema_options, iglu_of
from .terminal import CommandError, takes_colours
from .tracker_options import add_tracker_options, tracker_options

if TYPE_CHECKING:
    from ..collector import Https, Iglu, Store, TrackerOptions
    from ..collector.micro.tail import Tail
    from ..collector.schemas.masking import Schemas

_EPILOG = f"""
Where --host lets others than this machine connect, the page and /micro/ ask for a token: that of --token
or of {TOKEN_VARIABLE}, else a new one, which is in the address that is printed. Trackers need none.

As for Snowplow Micro, {REGISTRY_VARIABLE} is one more --registry, and {API_KEY_VARIABLE} its key.
"""


def add_collector(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    collector = commands.add_parser(
        "collector",
        help="run the local collector",
        description="Run the local collector and its page.",
        epilog=_EPILOG,
    )
    add_listening_options(collector, port=9090)
    _add_https_options(collector)
    collector.add_argument(
        "--store",
        metavar="FILE",
        help="SQLite file that keeps the events (default: one that goes at the end)",
    )
    collector.add_argument(
        "--keep", type=_days, metavar="DAYS", help="take out events that came more than so many days ago"
    )
    add_schema_options(collector)
    collector.add_argument(
        "--unknown-schemas",
        choices=("bad", "good"),
        default="bad",
        help="what an event is whose schema is not found (default: %(default)s, as in the pipeline)",
    )
    collector.add_argument(
        "--config", metavar="FILE", type=Path, help="journeys.toml: what Articles and Campaigns go by"
    )
    collector.add_argument(
        "--robots", metavar="FILE", type=Path, help="the site's robots.txt, for the page Agents"
    )
    add_tracker_options(collector)
    collector.add_argument("--tail", action="store_true", help="print a line for each event as it comes")
    add_output_options(collector)
    collector.set_defaults(run=_run, parser=collector)


def _add_https_options(collector: argparse.ArgumentParser) -> None:
    collector.add_argument(
        "--https-port", type=port_of, metavar="PORT", help="port to listen on for HTTPS too, 0 for a free one"
    )
    collector.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="its certificate in PEM (default: one that is made for this run, which takes cryptography)",
    )
    collector.add_argument(
        "--key", type=Path, metavar="FILE", help="the certificate's key, where it is apart"
    )


def _https(arguments: argparse.Namespace) -> Https | None:
    from ..collector import Https

    if arguments.https_port is not None:
        if arguments.port == arguments.https_port != 0:
            problem = f"--port and --https-port are both {arguments.port}: HTTPS takes a port of its own"
            raise CommandError(problem)
        return Https(port=arguments.https_port, certificate=arguments.certificate, key=arguments.key)
    if arguments.certificate is not None or arguments.key is not None:
        raise CommandError("--certificate and --key are for HTTPS: give --https-port too")
    return None


def _run(arguments: argparse.Namespace) -> int:
    try:
        from ..collector import (
            CertificateError,
            CookieError,
            RobotsError,
            SchemasError,
            Store,
            StoreError,
            TokenError,
        )
    except ImportError as error:
        raise CommandError(missing_extra(f"the collector needs more ({error})", "collector")) from error
    config = configuration(arguments.config)
    # uvicorn stops cleanly at a SIGTERM and then passes it on, which would look like a crash
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _store_path(arguments.store) as path:
        try:
            options = tracker_options(arguments)
            iglu = iglu_of(arguments, unknown_schemas=arguments.unknown_schemas)
            store = Store(path, most_events=most_events(arguments), keep_days=arguments.keep)
        except (CookieError, SchemasError, StoreError) as error:
            raise CommandError(str(error)) from error
        try:
            _serve(arguments, store, iglu, options, config)
        except (CertificateError, OSError, RobotsError, TokenError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:  # uvicorn passes on what it was stopped by
            return 0
        finally:
            store.close()
    return 0


def _serve(
    arguments: argparse.Namespace, store: Store, iglu: Iglu, options: TrackerOptions, config: Config
) -> None:
    from ..collector import read_robots, serve

    told = sys.stderr if needs_standard_output(arguments) else sys.stdout
    with _tail(arguments, iglu.hiding) as tail, output(arguments, store, iglu.hiding):
        serve(
            store,
            host=arguments.host,
            port=arguments.port,
            iglu=iglu,
            token=token_of(arguments),
            options=options,
            https=_https(arguments),
            heard=None if tail is None else tail.heard,
            announce=announcer(arguments, name="collector", stream=told),
            config=config,
            robots=None if arguments.robots is None else read_robots(arguments.robots),
        )


@contextlib.contextmanager
def _tail(arguments: argparse.Namespace, schemas: Schemas) -> Iterator[Tail | None]:
    if not arguments.tail:
        yield None
        return
    from ..collector.micro.showing import Showing
    from ..collector.micro.tail import Tail

    tail = Tail(sys.stdout, Showing(schemas), is_coloured=takes_colours(sys.stdout))
    try:
        yield tail
    finally:
        tail.close()


def _days(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days: give a whole one from 1 to 999999")
    return number


@contextlib.contextmanager
def _store_path(given: str | None) -> Iterator[Path]:
    if given is not None:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-") as folder:
        yield Path(folder) / "events.sqlite3"


def serve_tables(
    path: Path,
    *,
    iglu: Callable[[], Iglu],
    is_confidential: bool,
    host: str,
    port: int,
    token: str | None,
    announce: Callable[[str], None],
    robots: Path | None,
) -> None:
    """The dashboard's ``Serve``."""
    try:
        from ..collector import RobotsError, SchemasError, TokenError, read_robots, serve_dashboard
    except ImportError as error:
        raise CommandError(missing_extra(f"the dashboard needs more ({error})", "collector")) from error
    try:
        serve_dashboard(
            path,
            iglu=iglu(),
            is_confidential=is_confidential,
            host=host,
            port=port,
            token=token,
            announce=announce,
            robots=None if robots is None else read_robots(robots),
        )
    except (RobotsError, SchemasError, TokenError) as error:
        raise CommandError(str(error)) from error
