"""``tracking-middleware journeys``: persons, sessions, page views and journeys out of events, on a laptop."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from ..errors import missing_extra
from ..journeys.config import Config, ConfigError, read_config
from .journeys_told import Told, summary_lines
from .terminal import FOUND_WRONG, WELL, CommandError, UsageError, say

HELD = 3
_FILE = "journeys.duckdb"
_RUN = """
Read events and make the tables anew: events, persons, page_views, sessions, journeys, adblock_gap and what
belongs to them. A PATH is a store of the local collector (also while it is written to), an export.tsv or
export.jsonl, a file of enriched TSV or JSON lines (also gzip) or Parquet, or a folder of them. Exit status: 0
all is well; 1 rows were rejected (table rejected) or something did not work; 2 misuse; 3 another run holds
the file.
"""
_SHOW = """
Print the journey of one person as a line of time, and why the identifiers belong together. NAME is the
person's key, a user_id, the number of a transaction (an order), or any other identifier.
"""
_SQL = "Print the models in a dialect that sqlglot knows, in the order in which they are made."


def add_journeys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    journeys = commands.add_parser(
        "journeys", help="join events to persons, sessions, page views and journeys"
    )
    actions = journeys.add_subparsers(required=True, metavar="action")
    run = actions.add_parser("run", help="make the tables out of events", description=_RUN)
    run.add_argument("sources", metavar="PATH", nargs="+", type=Path, help="files or folders of events")
    run.add_argument(
        "--to", metavar="FILE", type=Path, default=Path(_FILE), help="the tables (default: %(default)s)"
    )
    run.add_argument("--config", metavar="FILE", type=Path, help="journeys.toml: how events are joined")
    run.add_argument(
        "--full", action="store_true", help="make everything anew, which a run does so far anyway"
    )
    run.set_defaults(run=_run, parser=run)
    show = actions.add_parser("show", help="print one person's journey", description=_SHOW)
    show.add_argument("name", metavar="NAME", help="a person's key, a user_id, an order, a domain_userid …")
    show.add_argument(
        "--journeys", metavar="FILE", type=Path, default=Path(_FILE), help="the tables (default: %(default)s)"
    )
    show.set_defaults(run=_show, parser=show)
    sql = actions.add_parser("sql", help="print the models", description=_SQL)
    sql.add_argument(
        "--dialect", default="duckdb", metavar="NAME", help="sqlglot's name (default: %(default)s)"
    )
    sql.set_defaults(run=_sql, parser=sql)


def _run(arguments: argparse.Namespace) -> int:
    _need("duckdb", "crawleruseragents")
    missing = [str(path) for path in arguments.sources if not path.exists()]
    if missing:
        raise UsageError(f"{', '.join(missing)}: there is no such file or folder")
    from ..journeys.driver import HeldError, JourneysFileError, RunFailedError, run

    told = Told(sys.stderr)
    try:
        summary = run(
            arguments.sources, to=arguments.to, config=_config(arguments.config), progress=told.step
        )
    except HeldError as error:
        say(str(error))
        return HELD
    except (JourneysFileError, RunFailedError, OSError) as error:
        raise CommandError(str(error)) from None
    finally:
        told.end()
    for line in summary_lines(summary, arguments.to):
        print(line)
    if summary.rejected:
        say(f"{summary.rejected} rows were rejected: the table rejected says which, and why")
    return FOUND_WRONG if summary.rejected else WELL


def _show(arguments: argparse.Namespace) -> int:
    _need("duckdb")
    if not arguments.journeys.exists():
        raise CommandError(f"{arguments.journeys} is not there: tracking-middleware journeys run makes it")
    from ..journeys.driver import HeldError, JourneysFileError, opened
    from ..journeys.showing import journey_lines, persons_named

    try:
        with opened(arguments.journeys, config=Config(), read_only=True) as connection:
            persons = persons_named(connection, arguments.name)
            for number, person in enumerate(persons):
                print(*([""] if number else []), *journey_lines(connection, person), sep="\n")
    except HeldError as error:
        say(str(error))
        return HELD
    except JourneysFileError as error:
        raise CommandError(str(error)) from None
    if not persons:
        raise CommandError(f"{arguments.name} is no person's key and no identifier in {arguments.journeys}")
    return WELL


def _sql(arguments: argparse.Namespace) -> int:
    _need("sqlglot")
    from ..journeys.rendering import DialectError, rendered

    try:
        for statement in rendered(arguments.dialect):
            print(f"{statement}\n")
    except DialectError as error:
        raise UsageError(str(error)) from None
    return WELL


def _config(path: Path | None) -> Config:
    if path is None:
        return Config()
    try:
        return read_config(path)
    except (ConfigError, OSError) as error:
        raise UsageError(str(error)) from None


def _need(*modules: str) -> None:
    """Raises CommandError where the extra is missing, with the line that installs it."""
    if any(importlib.util.find_spec(module) is None for module in modules):
        raise CommandError(missing_extra("the journeys need DuckDB and sqlglot", "journeys"))
