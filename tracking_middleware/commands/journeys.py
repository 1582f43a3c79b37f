"""``tracking-middleware journeys``: persons, sessions, page views and journeys out of events, on a laptop."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..journeys.answers.settings import time_zone
from ..journeys.answers.spend import Spend, SpendError, read_spend
from ..journeys.config import Config
from ..journeys.file import private
from ..journeys.summary import Summary
from .journeys_dbt import add_dbt
from .journeys_file import FILE, HELD, add_as_of, add_file, add_separate, need, tables
from .journeys_told import Told, summary_lines
from .report.command import add_report
from .serving.configuration import configuration
from .terminal import FOUND_WRONG, WELL, CommandError, UsageError, say

if TYPE_CHECKING:
    pass

_OTHERS = {".tsv", ".csv", ".jsonl", ".json", ".gz", ".parquet", ".sqlite3"}
"""Endings of what is read, or printed elsewhere, and would be taken for it."""
_RUN = """
Read events and add what is new to the tables: events, persons, page_views, sessions, journeys,
adblock_gap and what belongs to them. Without a PATH what was separated since is applied. A PATH is a
store of the local collector (also while it is written to), an export.tsv or export.jsonl, a file of
enriched TSV or JSON lines (also gzip) or Parquet, or a folder of them. Exit status: 0 all is well; 1 rows
were rejected (table rejected) or something did not work; 2 misuse; 3 another run holds the file.
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
    run.add_argument("sources", metavar="PATH", nargs="*", type=Path, help="files or folders of events")
    run.add_argument(
        "--to", metavar="FILE", type=_tables, default=Path(FILE), help="the tables (default: %(default)s)"
    )
    run.add_argument("--config", metavar="FILE", type=Path, help="journeys.toml: how events are joined")
    run.add_argument(
        "--full",
        action="store_true",
        help="make everything anew of these sources, instead of adding what is new",
    )
    _add_asked(run)
    _add_engines(run)
    add_as_of(run, "make the tables as they would have been made then")
    run.set_defaults(run=_run, parser=run)
    show = actions.add_parser("show", help="print one person's journey", description=_SHOW)
    show.add_argument("name", metavar="NAME", help="a person's key, a user_id, an order, a domain_userid …")
    add_file(show)
    add_as_of(show, "make the tables beside as they would have been made then, and show those")
    show.set_defaults(run=_show, parser=show)
    add_separate(actions)
    sql = actions.add_parser("sql", help="print the models", description=_SQL)
    sql.add_argument(
        "--dialect", default="duckdb", metavar="NAME", help="sqlglot's name (default: %(default)s)"
    )
    sql.set_defaults(run=_sql, parser=sql)
    add_dbt(actions)
    add_report(actions, add_file=add_file, opening=tables)


def _add_asked(run: argparse.ArgumentParser) -> None:
    """What the answers are made by."""
    run.add_argument(
        "--timezone",
        metavar="NAME",
        help="what a day is in content_performance (default: as in journeys.toml, else UTC)",
    )
    run.add_argument(
        "--spend",
        metavar="FILE",
        type=Path,
        help="what campaigns cost: a CSV with the columns campaign, day, cost, currency; stays until another",
    )


def _add_engines(run: argparse.ArgumentParser) -> None:
    """Where events lie in a database, the tables are made there."""
    run.add_argument(
        "--engine",
        choices=["duckdb", "postgres", "clickhouse", "spark"],
        default="duckdb",
        help="what makes the tables (default: %(default)s, here, out of files)",
    )
    run.add_argument(
        "--table", metavar="NAME", help="the table of events; for Spark, with a slash, a folder of Parquet"
    )
    run.add_argument(
        "--database",
        metavar="ADDRESS",
        default="",
        help="PostgreSQL's connection string (default: as PG… say), ClickHouse's http://… or a folder for "
        "chdb, Spark's master (default: as spark-submit says, else this process)",
    )
    run.add_argument(
        "--schema",
        metavar="NAME",
        default="journeys",
        help="where it makes the tables, for Spark a folder (default: %(default)s)",
    )


def _tables(text: str) -> Path:
    path = Path(text)
    if path.suffix in _OTHERS:
        name = path.name.removesuffix("".join(path.suffixes))
        raise argparse.ArgumentTypeError(
            f"{text} would be a file of DuckDB, which {path.suffix} is not: call it {name}.duckdb"
        )
    return path


def _run(arguments: argparse.Namespace) -> int:
    if arguments.engine != "duckdb":
        return _run_elsewhere(arguments)
    need("duckdb", "crawleruseragents")
    is_anew = arguments.full or arguments.as_of is not None or not arguments.to.exists()
    if arguments.table or (is_anew and not arguments.sources):
        raise UsageError("give files or folders of events; --table is for another --engine than duckdb")
    missing = [str(path) for path in arguments.sources if not path.exists()]
    if missing:
        raise UsageError(f"{', '.join(missing)}: there is no such file or folder")
    from ..journeys.driver import RunFailedError
    from ..journeys.file import HeldError, JourneysFileError
    from ..journeys.increments.running import run

    told, config = Told(sys.stderr), _asked(arguments)
    try:
        with private():
            summary = run(
                arguments.sources,
                to=arguments.to,
                config=config,
                progress=told.step,
                as_of=arguments.as_of,
                is_full=arguments.full,
                spend=_spend(arguments.spend),
            )
    except HeldError as error:
        say(str(error))
        return HELD
    except (JourneysFileError, RunFailedError, OSError) as error:
        raise CommandError(str(error)) from None
    finally:
        told.end()
    return _told_of(summary, str(arguments.to), config)


def _told_of(summary: Summary, place: str, config: Config) -> int:
    for line in summary_lines(summary, place, answers=config.answers):
        print(line)
    if summary.rejected:
        say(f"{summary.rejected} rows were rejected: the table rejected says which, and why")
    return FOUND_WRONG if summary.rejected else WELL


def _run_elsewhere(arguments: argparse.Namespace) -> int:
    """On the engine in whose table the events are."""
    need("sqlglot", "crawleruseragents")
    if arguments.sources or not arguments.table:
        raise UsageError(f"--engine {arguments.engine} reads a table of its own: give --table and no files")
    if arguments.as_of is not None:
        raise UsageError(f"--as-of is for DuckDB: --engine {arguments.engine} makes tables of all its events")
    from ..journeys.engines.choosing import connected
    from ..journeys.engines.engine import EngineError, HeldError, SourceError
    from ..journeys.engines.running import run_on

    told, config = Told(sys.stderr), _asked(arguments)
    try:
        with closing(
            connected(arguments.engine, database=arguments.database, schema=arguments.schema)
        ) as engine:
            summary = run_on(
                engine,
                table=arguments.table,
                config=config,
                progress=told.step,
                spend=_spend(arguments.spend),
            )
    except HeldError as error:
        say(str(error))
        return HELD
    except (EngineError, SourceError) as error:
        raise CommandError(str(error)) from None
    finally:
        told.end()
    what = {"postgres": "schema", "clickhouse": "database", "spark": "folder"}[arguments.engine]
    place = f"the {what} {arguments.schema}, where each run makes all of them anew"
    return _told_of(summary, place, config)


def _show(arguments: argparse.Namespace) -> int:
    from ..journeys.showing import journey_lines, persons_named

    if not arguments.name.strip():
        raise UsageError("give a person's key, a user_id, an order's number, a domain_userid or a session")
    with tables(arguments) as connection:
        persons = persons_named(connection, arguments.name)
        for number, person in enumerate(persons):
            print(*([""] if number else []), *journey_lines(connection, person), sep="\n")
    if not persons:
        raise CommandError(f"{arguments.name} is no person's key and no identifier in {arguments.journeys}")
    return WELL


def _sql(arguments: argparse.Namespace) -> int:
    need("sqlglot")
    from ..journeys.engines.printing import DialectError, printed

    try:
        for statement in printed(arguments.dialect):
            print(f"{statement}\n")
    except DialectError as error:
        raise UsageError(str(error)) from None
    return WELL


def _asked(arguments: argparse.Namespace) -> Config:
    """The configuration, with what the command line says of it."""
    config = configuration(arguments.config)
    if arguments.timezone is None:
        return config
    try:
        zone = time_zone(arguments.timezone)
    except ValueError as error:
        raise UsageError(f"--timezone {error}") from None
    return replace(config, answers=replace(config.answers, timezone=zone))


def _spend(path: Path | None) -> tuple[Spend, ...] | None:
    if path is None:
        return None
    try:
        return read_spend(path)
    except (SpendError, OSError) as error:
        raise UsageError(str(error)) from None
