"""``tracking-middleware journeys`` on its tables: as they are or were, and what is kept apart in them."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import missing_extra
from ..journeys.apart.moments import begin_of, end_of
from ..journeys.config import Config
from .terminal import WELL, CommandError, UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HELD = 3
FILE = "journeys.duckdb"
_SEPARATE = """
Write that two identifiers are to be kept apart, as if they had never met: the next run does. Each is
KIND=VALUE, of the kinds user_id, domain_userid, network_userid, token and transaction. An event (or a
session) that carries both goes to its device's person.
"""


def add_separate(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``separate`` and ``separations``."""
    separate = actions.add_parser(
        "separate", help="keep two identifiers apart that were taken for one person's", description=_SEPARATE
    )
    separate.add_argument(
        "identifiers", metavar="KIND=VALUE", nargs=2, help="an identifier, such as user_id=123"
    )
    separate.add_argument(
        "--from",
        dest="since",
        metavar="TIME",
        type=_begin,
        help="from when on that is known, for --as-of (default: now)",
    )
    add_file(separate)
    separate.set_defaults(run=_separate, parser=separate)
    told = "list what is kept apart, and whether it is"
    listing = actions.add_parser("separations", help=told, description=f"{told.capitalize()}.")
    add_file(listing)
    listing.set_defaults(run=_separations, parser=listing)


def add_file(parser: argparse.ArgumentParser) -> None:
    """The file of the tables that there are."""
    parser.add_argument(
        "--journeys", metavar="FILE", type=Path, default=Path(FILE), help="the tables (default: %(default)s)"
    )


def add_as_of(parser: argparse.ArgumentParser, told: str) -> None:
    """A moment, of which no more is to be known; ``told`` is what is done as of then."""
    parser.add_argument(
        "--as-of",
        metavar="DATE",
        type=_end,
        help=f"{told}: of what was known at the end of a day, or at a time",
    )


def _begin(text: str) -> datetime:
    return _moment(begin_of, text)


def _end(text: str) -> datetime:
    return _moment(end_of, text)


def _moment(reading: Callable[[str], datetime], text: str) -> datetime:
    try:
        return reading(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _separate(arguments: argparse.Namespace) -> int:
    from ..journeys.apart.moments import now
    from ..journeys.apart.separations import SeparationError, identifier_of, separate

    try:
        one, other = map(identifier_of, arguments.identifiers)
    except SeparationError as error:
        raise UsageError(str(error)) from None
    with tables(arguments, is_written=True) as connection:
        try:
            separate(connection, one, other, since=arguments.since or now())
        except SeparationError as error:
            raise CommandError(str(error)) from None
    print(f"{one} and {other} are kept apart from the next run on")
    return WELL


def _separations(arguments: argparse.Namespace) -> int:
    from ..journeys.apart.separations import separations

    with tables(arguments) as connection:
        for each in separations(connection):
            joined = "  (in the tables as they are both are one person's)" if each.is_joined else ""
            print(f"{each.one}  {each.other}  {each.since}{joined}")
    return WELL


@contextmanager
def tables(arguments: argparse.Namespace, *, is_written: bool = False) -> Iterator[DuckDBPyConnection]:
    """The tables that there are, or were as of then; raises CommandError."""
    need("duckdb", "crawleruseragents")
    if not arguments.journeys.exists():
        raise CommandError(
            f"{arguments.journeys} is not there: tracking-middleware journeys run makes it, with DuckDB alone"
        )
    from ..journeys.driver import RunFailedError
    from ..journeys.file import HeldError, JourneysFileError, opened
    from ..journeys.increments.past import as_known

    try:
        with ExitStack() as scope:
            if (as_of := getattr(arguments, "as_of", None)) is not None:
                tables = as_known(arguments.journeys, as_of=as_of)
            else:
                tables = opened(arguments.journeys, config=Config(), read_only=not is_written)
            yield scope.enter_context(tables)
    except HeldError as error:
        raise CommandError(str(error), status=HELD) from None
    except (JourneysFileError, RunFailedError) as error:
        raise CommandError(str(error)) from None


def need(*modules: str) -> None:
    """Raises CommandError where the extra is missing, with the line that installs it."""
    if any(importlib.util.find_spec(module) is None for module in modules):
        raise CommandError(missing_extra("the journeys need DuckDB and sqlglot", "journeys"))
