"""``tracking-middleware journeys report``: one page on a file of journeys."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import missing_extra
from ..terminal import WELL, CommandError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REPORT = """
Write what the tables say as one page without a script: what the browser does not tell, what was stitched,
what is read, what campaigns earned. Nothing is loaded from anywhere. Margins and all other money are shown
only with --confidential, and each page then says that it is.
"""
_THERE = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'agents'"
_ABOUT = """
SELECT (SELECT max(timezone) FROM content_performance), min(first_at), max(last_at) FROM persons
"""
Opening = Callable[[argparse.Namespace], AbstractContextManager["DuckDBPyConnection"]]


def add_report(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    *,
    add_file: Callable[[argparse.ArgumentParser], None],
    opening: Opening,
) -> None:
    """Add ``report``; ``add_file`` adds the option of the tables, which ``opening`` opens."""
    report = actions.add_parser("report", help="write what the tables say as a page", description=_REPORT)
    add_file(report)
    report.add_argument(
        "--to", metavar="FILE", type=Path, default=Path("report.html"), help="(default: %(default)s)"
    )
    report.add_argument(
        "--csv", metavar="FOLDER", type=Path, help="write the numbers of each section there too"
    )
    report.add_argument("--confidential", action="store_true", help="show margins, and say so on every page")
    report.set_defaults(run=lambda arguments: _report(arguments, opening), parser=report)


def _report(arguments: argparse.Namespace, opening: Opening) -> int:
    try:  # its page is made of the collector's parts, and other commands work without the collector
        from .figures import sections
        from .files import write_csv, write_private
        from .page import About, page
    except ModuleNotFoundError as error:
        raise CommandError(missing_extra(f"the report needs more ({error})", "collector")) from error
    with opening(arguments) as connection:
        if not connection.execute(_THERE).fetchall()[0][0]:
            raise CommandError(
                f"{arguments.journeys} has no answers yet, or not all: "
                "tracking-middleware journeys run makes them"
            )
        ((timezone, first_at, last_at),) = connection.execute(_ABOUT).fetchall()
        found = list(
            sections(
                lambda question: connection.execute(question).fetchall(),
                is_confidential=arguments.confidential,
            )
        )
    about = About(
        file=arguments.journeys.name,
        made_at=datetime.now(UTC),
        timezone=timezone or "UTC",
        first_at=first_at,
        last_at=last_at,
        is_confidential=arguments.confidential,
    )
    try:
        write_private(arguments.to, page(about, found))
        written = write_csv(found, arguments.csv) if arguments.csv else []
    except OSError as error:
        raise CommandError(str(error)) from None
    more = f", its numbers as {len(written)} files in {arguments.csv}" if written else ""
    print(f"the report is in {arguments.to}{more}{_kept(arguments)}")
    return WELL


def _kept(arguments: argparse.Namespace) -> str:
    return "; it is confidential" if arguments.confidential else "; it shows no money (--confidential does)"
