"""``schema export``: schemas into a folder in the layout of an Iglu registry."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ..terminal import FOUND_WRONG, WELL, CommandError, UsageError, say
from .declared import declared

_OWN = Path(__file__).parents[2] / "events" / "schemas"


def export(arguments: argparse.Namespace) -> int:
    """Write what there is to write, and say what is in its way; raises CommandError."""
    modules, folder = _what_and_where(arguments)
    schemas = _own() if arguments.own else _of(modules)
    try:
        taken = [path for path, text in schemas.items() if not _write(folder / path, text)]
    except OSError as error:
        raise CommandError(str(error)) from None
    for path in taken:
        say(f"{folder / path} is there with another text: give what changed a new version")
    return FOUND_WRONG if taken else WELL


def _what_and_where(arguments: argparse.Namespace) -> tuple[Sequence[str], Path]:
    modules, folder = arguments.places, arguments.to
    if folder is None and modules:
        *modules, folder = modules
    if folder is None:
        raise UsageError("say where to: --to FOLDER")
    if arguments.own and modules:
        raise UsageError(f"give modules or --own, not both: leave out {', '.join(modules)}")
    if not arguments.own and not modules:
        raise UsageError("give a module and a folder: schema export shop.tracked --to iglu/schemas")
    return modules, Path(folder)


def _own() -> dict[str, str]:
    files = sorted(_OWN.glob("*/*/jsonschema/*"))
    return {path.relative_to(_OWN).as_posix(): path.read_text("utf-8") for path in files}


def _of(modules: Sequence[str]) -> dict[str, str]:
    return {
        uri.removeprefix("iglu:"): json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for uri, schema in declared(modules).items()
    }


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _write(path: Path, text: str) -> bool:
    """Whether the file says this now, in whatever order."""
    if path.exists():
        there = path.read_text("utf-8")
        return there == text or _read(there) == json.loads(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    print(path)
    return True
