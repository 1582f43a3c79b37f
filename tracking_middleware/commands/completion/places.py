"""What may stand where on the command line, read from argparse's own parsers: what shells complete."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field

_FILES = frozenset({"FILE", "FOLDER", "PATH"})
"""The metavars of what is a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option: its ``names``, and what may follow."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    takes_files: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What may stand after the words of ``path``."""

    path: str
    commands: dict[str, str] = field(default_factory=dict)
    """Further words, with what they do."""
    options: tuple[Option, ...] = ()
    takes_files: bool = False


def places_of(parser: argparse.ArgumentParser, path: str = "") -> Iterator[Place]:
    """The places of a parser and of those within it."""
    commands: dict[str, str] = {}
    within: dict[str, argparse.ArgumentParser] = {}
    options: list[Option] = []
    takes_files = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            within = dict(action.choices)
            commands = {each.dest: _text(each.help) for each in action._choices_actions}
        elif action.option_strings:
            options.append(_option(action))
        else:
            takes_files |= action.metavar in _FILES
            commands |= dict.fromkeys(map(str, action.choices or ()), _text(action.help))
    yield Place(path=path, commands=commands, options=tuple(options), takes_files=takes_files)
    for name, child in within.items():
        yield from places_of(child, f"{path} {name}".strip())


def _option(action: argparse.Action) -> Option:
    return Option(
        names=tuple(action.option_strings),
        help=_text(action.help),
        takes_value=action.nargs != 0,
        takes_files=action.metavar in _FILES,
        choices=tuple(map(str, action.choices or ())),
    )


def _text(help_text: str | None) -> str:
    """A help text in a line, without argparse's marks."""
    return " ".join((help_text or "").split()).partition(" (default")[0].replace("%%", "%")
