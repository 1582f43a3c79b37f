"""``tracking-middleware dashboard``: the pages of answers over the tables of a run."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..terminal import CommandError
from .listening import TOKEN_VARIABLE, add_listening_options, announcer, token_of
from .schema_options import add_schema_options, iglu_of

if TYPE_CHECKING:
    from ...collector.schemas.iglu import Iglu

FILE = Path("journeys.duckdb")
_DASHBOARD = """
Serve Journeys, Articles, Agents, Campaigns and Gaps over the tables that "journeys run" made, as the
collector's page shows them, read only and without a collector. The file is copied and not locked: a run may
write it meanwhile, and what it made is shown on the next look.
"""
_EPILOG = f"""
Money, and the fields of entities that the run's configuration does not name, are shown only where --schemas,
--registry or --iglu know a schema that does not call them confidential, or with --confidential. Authors and
other fields that it names are shown unless a known schema calls them confidential: give yours.

Where --host lets others than this machine connect, the pages ask for a token: that of --token or of
{TOKEN_VARIABLE}, else a new one, which is in the address that is printed.
"""


class Serve(Protocol):
    """Serves the pages of a file until it is interrupted; raises CommandError."""

    def __call__(
        self,
        path: Path,
        *,
        iglu: Callable[[], Iglu],
        is_confidential: bool,
        host: str,
        port: int,
        token: str | None,
        announce: Callable[[str], None],
        robots: Path | None,
    ) -> None: ...


def add_dashboard(commands: argparse._SubParsersAction[argparse.ArgumentParser], *, serve: Serve) -> None:
    """Add the subcommand; ``serve`` does it, and its ``run`` raises CommandError."""
    dashboard = commands.add_parser(
        "dashboard",
        help="serve the pages over tables of journeys",
        description=_DASHBOARD,
        epilog=_EPILOG,
    )
    dashboard.add_argument(
        "--journeys", metavar="FILE", type=Path, default=FILE, help="the tables (default: %(default)s)"
    )
    dashboard.add_argument(
        "--confidential", action="store_true", help="show money and every field to all who may open the pages"
    )
    add_listening_options(dashboard, port=9091)
    add_schema_options(dashboard)
    dashboard.add_argument(
        "--robots", metavar="FILE", type=Path, help="the site's robots.txt, for the page Agents"
    )
    dashboard.set_defaults(run=lambda arguments: _run(arguments, serve), parser=dashboard)


def _run(arguments: argparse.Namespace, serve: Serve) -> int:
    if not arguments.journeys.is_file():
        raise CommandError(
            f"{arguments.journeys} is not there: tracking-middleware journeys run makes it, with DuckDB alone"
        )
    # uvicorn stops cleanly at a SIGTERM and then passes it on, which would look like a crash
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        serve(
            arguments.journeys,
            iglu=lambda: iglu_of(arguments),
            is_confidential=arguments.confidential,
            host=arguments.host,
            port=arguments.port,
            token=token_of(arguments),
            announce=announcer(arguments, name="dashboard", stream=sys.stdout),
            robots=arguments.robots,
        )
    except OSError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:  # uvicorn passes on what it was stopped by
        return 0
    return 0
