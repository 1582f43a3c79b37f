"""The report of a run: its tables and the machine it ran on, as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .figures import Cell, Ratio, Row, Spread, Table

_PEERS = (
    "opentelemetry-sdk",
    "opentelemetry-instrumentation-asgi",
    "snowplow-tracker",
    "posthog",
    "segment-analytics-python",
    "starlette",
    "uvicorn",
    "httpx",
    "msgspec",
)


def machine(packages: Sequence[str] = _PEERS, *, environment: str = "bench") -> dict[str, Any]:
    """Where the figures were measured, by which environment of tox, and with what."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "commit": _commit(),
        "date": time.strftime("%Y-%m-%d"),
        "command": f"tox run -e {environment} -- {shlex.join(sys.argv[1:])}".removesuffix(" -- "),
        "load_at_the_start": [round(load, 2) for load in os.getloadavg()],
        "packages": {name: version(name) for name in packages},
    }


def _machine_in_words(where: dict[str, Any]) -> str:
    return (
        f"{where['python']}, {where['system']}, {where['cores']} cores ({where['processor']}), load "
        f"{where['load_at_the_start']} at the start."
    )


def paste(tables: Sequence[tuple[str, Table]], where: dict[str, Any], *, mode: str, into: Path) -> list[str]:
    """Put the tables of each row between its marks in a document; the rows that have none there."""
    text, missing = into.read_text(encoding="utf-8"), []
    for name in dict.fromkeys(name for name, _ in tables):
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin not in text or end not in text:
            missing.append(name)
            continue
        before, _, rest = text.partition(begin)
        parts = [
            f"`{where['command']}`, {where['date']}, commit {where['commit']} ({mode}).",
            _machine_in_words(where),
        ]
        parts += ["", *(markdown(table, level="###") for row, table in tables if row == name)]
        text = before + "\n".join([begin, "", *parts]) + end + rest.partition(end)[2]
    into.write_text(text, encoding="utf-8")
    return missing


def _processor() -> str:
    """Its name, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """What was measured, and whether it was changed since."""
    ended = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return ended.stdout.strip() or "unknown"


def head(tables: Iterable[Table], where: dict[str, Any], *, mode: str, seconds: float) -> str:
    """What stands above the tables: the machine, how to read them, how the contestants are configured."""
    packages = ", ".join(f"{name} {number}" for name, number in where["packages"].items())
    lines = [
        f"# Benchmarks ({mode}, {seconds:.0f} s)",
        "",
        f"`{where['command']}` on {where['date']}, of commit {where['commit']}.",
        _machine_in_words(where),
        f"{packages}.",
        "",
        "Figures are medians (with the range of the middle half). `ours ÷ it` below 1: ours is the smaller.",
        "",
        *(f"- **{name}**: {about}." for name, about in configurations(tables).items()),
        "",
    ]
    return "\n".join(lines)


def markdown(table: Table, *, level: str = "##") -> str:
    """One table with its notes."""
    lines = [
        f"{level} {table.title}",
        "",
        _line(["contestant", *table.columns]),
        _line(["---", *["---:"] * len(table.columns)]),
    ]
    lines += [_line([row.contestant, *map(_text, row.cells)]) for row in table.rows]
    notes = [f"- {note}" for note in table.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def save(
    tables: Sequence[tuple[str, Table]], where: dict[str, Any], *, head: str, folder: Path
) -> list[Path]:
    """Write ``benchmarks.md`` and ``benchmarks.json``; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        "machine": where,
        "contestants": configurations(table for _, table in tables),
        "tables": [{"row": name, **_plain(table)} for name, table in tables],
    }
    texts = {
        "benchmarks.md": "\n".join([head, *(markdown(table) for _, table in tables)]),
        "benchmarks.json": json.dumps(plain, indent=1),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def configurations(tables: Iterable[Table]) -> dict[str, str]:
    """How the contestants of these tables are configured, by name."""
    return {made.name: made.about for table in tables for made in table.contestants if made.about}


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: Cell | Ratio) -> str:
    match cell:
        case None:
            return ""
        case Spread(median, low, high) if low == median == high:
            return _number(median)
        case Spread(median, low, high):
            return f"{_number(median)} ({_number(low)} to {_number(high)})"
        case Ratio(ours, theirs):
            return f"{ours / theirs:.2f}" if theirs else ""
        case str():
            return cell
        case _:
            return _number(cell)


def _number(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _plain(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "rows": [_plain_row(table, row) for row in table.rows],
        "notes": list(table.notes),
    }


def _plain_row(table: Table, row: Row) -> dict[str, Any]:
    cells = {column: _plain_cell(cell) for column, cell in zip(table.columns, row.cells, strict=True)}
    return {"contestant": row.contestant, **cells}


def _plain_cell(cell: Cell | Ratio) -> Any:
    match cell:
        case Spread(median, low, high):
            return {"median": median, "low": low, "high": high}
        case Ratio(ours, theirs):
            return ours / theirs if theirs else None
        case _:
            return cell
