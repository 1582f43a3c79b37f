"""``tracking-middleware journeys dbt``: the models as a package of dbt's."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..journeys.config import Config, ConfigError, read_config
from .journeys_file import need
from .terminal import WELL, CommandError, UsageError

_DBT = """
Write a dbt package of all tables: models, the source, seeds of what is kept apart and of what campaigns cost,
tests and documentation. dbt build then makes the tables out of the table of events, as often as that has
something new. Writing again replaces what was written, but the seeds separations.csv and campaign_costs.csv.
"""


def add_dbt(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``dbt``."""
    dbt = actions.add_parser("dbt", help="write the models as a dbt package", description=_DBT)
    dbt.add_argument("--to", metavar="FOLDER", type=Path, required=True, help="where the package goes")
    dbt.add_argument(
        "--dialect", choices=["duckdb", "postgres", "spark"], default="duckdb", help="(default: %(default)s)"
    )
    dbt.add_argument(
        "--table",
        metavar="SCHEMA.NAME",
        default="atomic.events",
        help="the table of events (default: %(default)s)",
    )
    dbt.add_argument("--config", metavar="FILE", type=Path, help="journeys.toml: how events are joined")
    dbt.set_defaults(run=_dbt, parser=dbt)


def _dbt(arguments: argparse.Namespace) -> int:
    need("sqlglot", "crawleruseragents")
    from ..journeys.dbt.package import FolderError, package_files, write_package

    schema, _, name = arguments.table.rpartition(".")
    if not schema or not name or "." in schema:
        raise UsageError(f"--table is SCHEMA.NAME, such as atomic.events, not {arguments.table}")
    try:
        config = read_config(arguments.config) if arguments.config else Config()
    except (ConfigError, OSError) as error:
        raise UsageError(str(error)) from None
    files = package_files(arguments.dialect, table=arguments.table, config=config)
    try:
        write_package(files, arguments.to)
    except FolderError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be written: {error.strerror}") from None
    print(f"{len(files)} files are in {arguments.to}: dbt build --project-dir {arguments.to}")
    return WELL
