"""``tracking-middleware export-person``: all that the files have of a person, as JSON and as a page."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import missing_extra
from ..terminal import WELL, CommandError, on_one_line, say
from .options import HELD, add_files, add_person, add_wait, given_of, holdings_of
from .page import page

if TYPE_CHECKING:
    from ...forgetting.holding import Reading

_PUBLIC = ("iglu:com.snowplowanalytics.", "iglu:org.w3/", "iglu:com.google.", "iglu:org.ietf/")
"""Schemas of everybody's, in which nothing is confidential."""
_EXPORT = """
Write all that the collector's store, an outbox and the tables of the journeys have of a person, as NAME.json
and as NAME.html to be read; nothing is changed. What a schema calls confidential is hidden, and so is what a
schema describes that is not given (--schemas); --confidential shows all. Exit status: 0 done; 1 an
identifier is nowhere, or something did not work; 2 misuse; 3 a file is in use.
"""


def add_export_person(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    export = commands.add_parser(
        "export-person", help="write all that is held of a person", description=_EXPORT
    )
    add_person(export)
    add_files(export)
    add_wait(export)
    export.add_argument(
        "--to",
        metavar="NAME",
        default="person",
        help="the files' name, without an ending (default: %(default)s)",
    )
    export.add_argument("--confidential", action="store_true", help="show what is confidential too")
    export.add_argument(
        "--schemas",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help="Iglu schemas, which say what is confidential; may be given several times",
    )
    export.set_defaults(run=_run, parser=export)


def _run(arguments: argparse.Namespace) -> int:
    from ...errors import TrackingError
    from ...forgetting.export import export
    from ...forgetting.in_use import InUseError

    given, holdings = given_of(arguments), holdings_of(arguments)
    hidden: set[str] = set()
    try:
        found = export(given, holdings, wait=arguments.wait, reading=_reading(arguments, hidden))
        for suffix, text in ((".json", _as_json(found)), (".html", page(found))):
            _write(Path(f"{arguments.to}{suffix}"), text)
            print(f"written: {arguments.to}{suffix}")
    except InUseError as error:
        raise CommandError(str(error), status=HELD) from None
    except (TrackingError, OSError) as error:
        raise CommandError(on_one_line(str(error))) from None
    if hidden:
        say(
            f"hidden, since their schemas are not given: {', '.join(sorted(hidden))} "
            "(--schemas FOLDER, or --confidential)"
        )
    return WELL


def _reading(arguments: argparse.Namespace, hidden: set[str]) -> Reading:
    from ...forgetting.holding import Reading

    if arguments.confidential:
        return Reading(mask=lambda value: value, shows_confidential=True)
    return Reading(mask=_masking(arguments.schemas, hidden), shows_confidential=False)


def _masking(folders: list[Path], hidden: set[str]) -> Callable[[Any], Any]:
    """What hides in a self-describing JSON; ``hidden`` gets the schemas that nobody knows."""
    try:
        from ...collector.schemas.folders import schemas_in
        from ...collector.schemas.masking import masked
    except ImportError as error:
        problem = missing_extra(f"to know what is confidential needs more ({error})", "collector")
        raise CommandError(problem) from error
    known: dict[str, Any] = {}
    for folder in folders:
        if not folder.is_dir():
            raise CommandError(f"--schemas {folder}: there is no such folder")
        known |= schemas_in(folder)
    schemas = _Cautious(known, hidden)
    return lambda value: masked(value, schemas)


class _Cautious(Mapping[str, Any]):
    """Schemas by URI, where one that is not there is confidential as a whole."""

    def __init__(self, known: Mapping[str, Any], hidden: set[str]) -> None:
        self._known = known
        self._hidden = hidden

    def __getitem__(self, uri: str) -> Any:
        if uri in self._known:
            return self._known[uri]
        if uri.startswith(_PUBLIC):
            raise KeyError(uri)
        self._hidden.add(uri)
        return {"confidential": True}

    def __contains__(self, uri: object) -> bool:
        return isinstance(uri, str) and (uri in self._known or not uri.startswith(_PUBLIC))

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n"


def _write(path: Path, text: str) -> None:
    """For its owner alone; a file of that name is written over."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
