"""The parts of the documentation that are printed: the speed in short, commands with options, the Python API.

Run: ``python -m tests.documentation.generated`` puts them anew between their marks; the tests compare.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracking_middleware.commands.cli import command_parser

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "tests" / "compatibility" / "public_imports.txt").read_text().splitlines()
KINDS = {"-h", "--help", "--version"}


def commands() -> str:
    """Every command, its description and its arguments."""
    return "\n".join(
        line for name, parser in _parsers(command_parser(), "") for line in _command(name, parser)
    )


def _parsers(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if name and not below:
        yield name, parser
    for action in below:
        for word, child in action.choices.items():
            yield from _parsers(child, f"{name} {word}".strip())


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from (f"### `{name}`", "", _markdown(parser.description or ""), "")
    rows = [action for action in parser._actions if not KINDS & {*action.option_strings}]
    if rows:
        yield from ("| argument | default | meaning |", "|---|---|---|")
        yield from (f"| {_names(action)} | {_default(action)} | {_help(action)} |" for action in rows)
        yield ""


def _names(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else _value(action)
    names = action.option_strings or [""]
    return ", ".join(f"`{f'{name} {value}'.strip()}`" for name in names)


def _value(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    shown = action.metavar or action.dest.upper()
    shown = shown if isinstance(shown, str) else " ".join(shown)
    return f"{shown}…" if action.nargs in {"*", "+"} else shown


def _default(action: argparse.Action) -> str:
    if action.default in (None, argparse.SUPPRESS, False, [], ()) or not action.option_strings:
        return ""
    return f"`{action.default}`"


def _help(action: argparse.Action) -> str:
    text = re.sub(r"\s*\(default: %\(default\)s\)", "", action.help or "")
    filled = text % {**vars(action), "prog": "tracking-middleware"}
    return _markdown(filled)


def _markdown(text: str) -> str:
    """Text of a help: without line breaks, and nothing in it is markup."""
    return re.sub(r"([|<>*_])", r"\\\1", " ".join(text.split()))


def python_api() -> str:
    """Every public name by its module, with what its docstring says."""
    names: dict[str, list[str]] = {}
    for line in LINES:
        if match := re.fullmatch(r"from (\S+) import (\w+)", line):
            names.setdefault(match[1], []).append(match[2])
    return "\n".join(part for module, listed in names.items() for part in _module(module, listed))


def _module(module: str, names: list[str]) -> Iterator[str]:
    yield from (f"## `{module}`", "")
    loaded = importlib.import_module(module)
    for name in names:
        yield from _named(name, getattr(loaded, name))


def _named(name: str, value: Any) -> Iterator[str]:
    yield from (f"### `{name}`", "")
    node = _node(value)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (_signature(node), "")
    if node is None:
        yield from (f"A constant, of type `{type(value).__name__}`.", "")
        return
    yield from (_prose(ast.get_docstring(node) or ""), "")
    if isinstance(node, ast.ClassDef):
        yield from _fields(node)
        yield from _members(node)


def _node(value: Any) -> ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Where a class or function of ours is defined; a constant is nowhere."""
    value = inspect.unwrap(value) if callable(value) else value
    if not isinstance(value, type) and not inspect.isfunction(value):
        return None
    tree = ast.parse(Path(inspect.getfile(value)).read_text())
    for node in ast.walk(tree):
        kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, kinds) and node.name == value.__name__ and _first_line(value) <= node.lineno:
            return node
    raise LookupError(value)


def _first_line(value: Any) -> int:
    return 0 if isinstance(value, type) else value.__code__.co_firstlineno


def _fields(node: ast.ClassDef) -> Iterator[str]:
    """Its fields with their types and defaults; those of Settings have a page of their own."""
    fields = [
        each for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    shown = [ast.unparse(each) for each in fields if not each.target.id.startswith("_")]
    if shown and node.name != "Settings":
        yield from ("Fields: " + ", ".join(f"`{text}`" for text in shown), "")


def _members(node: ast.ClassDef) -> Iterator[str]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(member)
            if (
                (not member.name.startswith("_") or member.name == "__init__")
                and text
                and text != "See ``Delivery``."
            ):
                yield f"- {_signature(member, is_method=True)}: {_prose(text).replace(chr(10), ' ')}"
    yield ""


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool = False) -> str:
    arguments = (
        re.sub(r"^(self|cls)(, )?", "", ast.unparse(node.args)) if is_method else ast.unparse(node.args)
    )
    word = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    decorators = {ast.unparse(each) for each in node.decorator_list}
    if "property" in decorators:
        return f"`{node.name}`"
    return f"`{word}{node.name}({arguments})`"


def _prose(text: str) -> str:
    """A docstring as Markdown: its literals, and nothing else of it, are marked."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def speed() -> str:
    """The front page's table, out of what the benchmark wrote into ``docs/speed.md``."""
    ours, outbox, peer = (
        "tracking_middleware, identity='read'",
        "tracking_middleware, outbox",
        "snowplow-tracker, AsyncEmitter",
    )
    lines = ["| | this | with an outbox | `snowplow-tracker` |", "|---|---:|---:|---:|"]
    for kind in ("WSGI", "ASGI"):
        for pace in ("as fast as they are answered", "2,000 a second"):
            table = _table(f"The whole of a delivered page view, {kind}, {pace}")
            cells = " | ".join(_median(table[who][0]) for who in (ours, outbox, peer))
            lines.append(f"| the whole of a delivered page view, {kind}, {pace} | {cells} |")
    for kind in ("WSGI", "ASGI"):
        table = _table(f"Added to a request in its own thread, {kind}, µs of CPU")
        mine, theirs = (_median(table[who][0]) for who in (ours, peer))
        lines.append(f"| added to a request in its own thread, {kind} | {mine} | | {theirs} |")
    return "\n".join(lines)


def _table(heading: str) -> dict[str, list[str]]:
    """A table of the speed's page: the cells of each row, by what stands first in it."""
    text = (ROOT / "docs" / "speed.md").read_text().partition(f"### {heading}\n")[2].partition("\n\n- ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return {first: cells for first, *cells in rows}


def _median(cell: str) -> str:
    return cell.partition(" (")[0]


PARTS = {
    "speed": (ROOT / "README.md", speed),
    "commands": (ROOT / "docs" / "reference" / "commands.md", commands),
    "python api": (ROOT / "docs" / "reference" / "python-api.md", python_api),
}


def put_into(text: str, name: str, part: str) -> str:
    """A page's text with a part between its marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"there are no marks of {name!r}")
    return f"{before}{begin}\n{part.strip()}\n\n{end}{after}"


if __name__ == "__main__":
    for name, (path, make) in PARTS.items():
        path.write_text(put_into(path.read_text(), name, make()))
