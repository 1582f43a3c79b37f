"""``tracking-middleware schema export``: schemas into a folder in the layout of an Iglu registry."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..events.schema_export import ExportError, declared_in, describe
from .terminal import FOUND_WRONG, WELL, CommandError, UsageError, say

_OWN = Path(__file__).parent.parent / "events" / "schemas"
_DESCRIPTION = """
Write JSON Schemas into FOLDER/<vendor>/<name>/jsonschema/<version>: those of the classes that MODULE
declares with @entity and @event, or with --own the package's (Article, HttpResponse). The collector takes
the folder as --schemas, an Iglu registry as its schemas/. A file with another text is left alone.
"""


def add_schema(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    schema = commands.add_parser("schema", help="write schemas for a registry or the collector")
    actions = schema.add_subparsers(required=True, metavar="action")
    export = actions.add_parser("export", help="write schemas into a folder", description=_DESCRIPTION)
    source = export.add_mutually_exclusive_group(required=True)
    source.add_argument("module", metavar="MODULE", nargs="?", help="as Python imports it: shop.tracked")
    source.add_argument("--own", action="store_true", help="the package's own")
    export.add_argument("folder", metavar="FOLDER", help="made where it is not there")
    export.set_defaults(run=_export, parser=export)


def _export(arguments: argparse.Namespace) -> int:
    schemas = dict(_own() if arguments.own else _declared(arguments.module))
    if not schemas:
        raise CommandError(f"{arguments.module} declares no class with @entity or @event")
    folder = Path(arguments.folder)
    try:
        taken = [path for path, text in schemas.items() if not _write(folder / path, text)]
    except OSError as error:
        raise CommandError(str(error)) from None
    for path in taken:
        say(f"{folder / path} is there with another text: give what changed a new version")
    return FOUND_WRONG if taken else WELL


def _own() -> Iterator[tuple[str, str]]:
    for path in sorted(_OWN.glob("*/*/jsonschema/*")):
        yield path.relative_to(_OWN).as_posix(), path.read_text()


def _declared(module: str) -> Iterator[tuple[str, str]]:
    if not all(part.isidentifier() for part in module.split(".")):
        raise UsageError(f"{module!r} is no module: give its name as Python imports it, such as shop.tracked")
    sys.path.insert(0, os.getcwd())
    try:
        imported = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001
        # a module of the application's may raise anything while it is loaded
        problem = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise CommandError(f"{module} cannot be imported: {problem}") from None
    for uri, kind in declared_in(imported):
        try:
            text = json.dumps(describe(uri, kind), indent=2, ensure_ascii=False)
        except ExportError as error:
            raise CommandError(f"{error}; write its schema by hand") from None
        yield uri.removeprefix("iglu:"), f"{text}\n"


def _write(path: Path, text: str) -> bool:
    """Whether the file has this text now."""
    if path.exists():
        return path.read_text() == text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(path)
    return True
