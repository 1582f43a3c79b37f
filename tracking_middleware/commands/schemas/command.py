"""``tracking-middleware schema``: its actions and their options."""

from __future__ import annotations

import argparse

from .checking import API_KEY, check
from .exporting import export
from .pulling import CENTRAL, pull

_EXPORT = """
Write JSON Schemas into FOLDER/<vendor>/<name>/jsonschema/<version>: those of the classes that each MODULE
declares with @entity and @event, or with --own the package's (Article, Article2, HttpResponse, AgentRead).
The collector takes
the folder as --schemas, an Iglu registry as its schemas/. A file with another text is left alone. Without
--to the last argument is the folder.
"""

_CHECK = f"""
Compare the schemas of what each MODULE declares with those of a registry: say which step of SchemaVer
(addition, revision, model) each change demands, and exit with 1 where the version was not stepped by as much.
The key of a registry that wants one is the environment's {API_KEY}.
"""

_PULL = f"""
Write the class that a registry's schema describes: a dataclass with annotations, which schema export makes
the same schema of again. What annotations do not say stands there as it is, in JsonSchema. The key of a
registry that wants one is the environment's {API_KEY}.
"""


def add_schema(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    schema = commands.add_parser("schema", help="schemas for a registry and the collector")
    actions = schema.add_subparsers(required=True, metavar="action")
    _add_export(actions)
    _add_check(actions)
    _add_pull(actions)


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export_parser = actions.add_parser(
        "export",
        help="write schemas into a folder",
        description=_EXPORT,
        usage="%(prog)s [-h] (MODULE ... | --own) (--to FOLDER | FOLDER)",
    )
    export_parser.add_argument(
        "places",
        metavar="FOLDER",
        nargs="*",
        help="modules as Python imports them, and the folder",
    )
    export_parser.add_argument("--own", action="store_true", help="the package's own")
    export_parser.add_argument("--to", metavar="FOLDER", help="made where it is not there")
    export_parser.set_defaults(run=export, parser=export_parser)


def _add_check(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("check", help="which step of version a change demands", description=_CHECK)
    parser.add_argument("modules", metavar="MODULE", nargs="+", help="as Python imports it: shop.tracked")
    parser.add_argument(
        "--against", metavar="FOLDER", required=True, help="a folder of schemas, or a registry's URL"
    )
    parser.set_defaults(run=check, parser=parser)


def _add_pull(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("pull", help="write the class of a schema", description=_PULL)
    parser.add_argument("uri", metavar="URI", help="iglu:<vendor>/<name>/jsonschema/<version>")
    parser.add_argument(
        "--from",
        dest="place",
        metavar="FOLDER",
        default=CENTRAL,
        help=f"a folder of schemas, or a registry's URL (default: {CENTRAL})",
    )
    parser.add_argument("--to", metavar="FILE", help="where to (default: standard output)")
    parser.add_argument(
        "--event",
        dest="role",
        action="store_const",
        const="event",
        default="entity",
        help="declare it with @event, not with @entity",
    )
    parser.set_defaults(run=pull, parser=parser)
