"""The rooms of the package: who may import whom, and whether the house is kept.

Run: ``python -m tests.house``. Needs nothing but Python, so that the lint environment runs it. With
``--picture`` it prints the table as a picture, which ``docs/architecture.md`` has.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .picture import picture

ROOT = Path(__file__).resolve().parents[1] / "tracking_middleware"

ROOMS = {
    # a room may import those that stand beside it here, and whatever they may; all stand above it here
    "ground": "",
    "agents": "ground",
    "settings/agents": "",
    "settings": "ground settings/agents",
    "agents/proof": "agents settings",
    "identity": "ground",
    "events": "identity",
    "privacy": "settings",
    "metadata": "privacy events",
    "request": "privacy events agents",
    "tracking": "request",
    "doctor/checks": "request",
    "metadata/objects": "request",
    "exchange": "tracking metadata metadata/objects agents/proof",
    "exchange/agents": "exchange",
    "tracker": "exchange/agents",
    "protocol": "events",
    "delivery/conditions": "ground",
    "delivery/memory": "events",
    "delivery/outbox": "delivery/memory delivery/conditions settings",
    "delivery": "delivery/outbox protocol",
    "wiring": "tracker delivery doctor/checks",
    "sqlalchemy": "tracking metadata/objects",
    "package": "wiring",
    "journeys/models": "",
    "journeys/sources": "protocol agents",
    "journeys/apart": "ground",
    "journeys/aside": "",
    "journeys/answers": "journeys/models settings",
    "journeys/reading": "journeys/answers",
    "journeys": "journeys/answers journeys/sources journeys/apart journeys/aside",
    "journeys/gaps": "journeys journeys/reading",
    "journeys/of_file": "journeys journeys/reading",
    "collector/payload": "protocol agents",
    "collector/referrers": "collector/payload",
    "collector/adapters": "collector/payload",
    "collector/schemas/dialect": "ground",
    "collector/schemas": "collector/payload collector/schemas/dialect",
    "collector/schemas/published": "collector/schemas",
    "testing/tracked": "protocol settings",
    "doctor": "wiring collector/schemas/published",
    "doctor/explaining": "wiring testing/tracked",
    "asgi": "wiring",
    "wsgi": "wiring",
    "starlette": "asgi",
    "fastapi": "request",
    "flask": "wsgi",
    "forgetting": "identity",
    "forgetting/retention": "forgetting",
    "django": "asgi wsgi doctor forgetting/retention",
    "celery": "django",
    "collector/store": "collector/payload",
    "collector/enrichment": "collector/adapters collector/schemas collector/store collector/referrers",
    "collector/http": "collector/store",
    "collector/intake": "collector/enrichment collector/http",
    "collector/filtering": "collector/store journeys/reading",
    "collector/insights": "collector/filtering collector/referrers journeys/gaps",
    "collector/insights/of_file": "collector/insights journeys/of_file",
    "collector/micro": "collector/enrichment collector/http collector/filtering",
    "collector/pages/parts": "collector/insights",
    "collector/pages/answers": "collector/pages/parts collector/http",
    "collector/pages": "collector/pages/parts collector/micro",
    "collector": "collector/pages collector/pages/answers collector/insights/of_file collector/intake",
    "journeys/engines/texts": "",
    "journeys/engines/warehouses": "journeys/sources",
    "journeys/engines": "journeys/engines/texts journeys/engines/warehouses journeys",
    "journeys/dbt": "journeys/engines",
    "journeys/increments": "journeys",
    "forgetting/files": "forgetting/retention collector/store delivery/outbox journeys/increments",
    "commands/completion": "ground",
    "commands/terminal": "",
    "commands/schemas": "commands/terminal collector/schemas/published package",
    "commands/doctor": "commands/terminal doctor doctor/explaining",
    "commands/report": "commands/terminal collector/pages/parts",
    "commands/forgetting": "commands/terminal forgetting/files collector/schemas",
    "commands/serving": "commands/terminal collector/schemas journeys",
    "commands": "commands/completion commands/schemas commands/doctor commands/report collector package "
    "commands/forgetting commands/serving journeys/dbt journeys/increments",
    "testing": "testing/tracked collector wiring",
}
GROUND = {"addresses", "errors", "headers", "ids", "log_text", "plain_setting", "tally"}
TARGETS = {
    "files at the root": 16,
    "folders at the root": 20,  # doctor/: neither the tracker nor the commands, and both use it; agents/
    # forgetting/: of the files of all rooms; the commands and Django use it
    "modules in a folder": 12,
    "rooms in the longest chain": 12,  # agents' exchanges, which people's do not know
    "arrows upward": 0,
    "circles within a room": 0,
    "median lines of a function": 7,
    "lines of 90 % of functions": 20,
    "lines of a function": 40,
    "lines of a module": 300,
}


def modules() -> list[Path]:
    """The package's files, but what Django generates."""
    return [path for path in sorted(ROOT.rglob("*.py")) if path.parent.name != "migrations"]


def room_of(path: Path) -> str:
    """The room that a file stands in: its folder, or, of those at the root, what it is for."""
    folders = path.relative_to(ROOT).parts[:-1]
    if folders and folders[0] in GROUND:
        return "ground"
    if folders:
        return "django" if folders[0] == "django" else "/".join(folders)
    name = path.stem
    if name in GROUND:
        return "ground"
    return {"__init__": "package", "__main__": "commands"}.get(name, name)


@cache
def allowed(room: str) -> frozenset[str]:
    """The rooms that a room may import, itself among them."""
    below = ROOMS[room].split()
    order = list(ROOMS)
    if any(order.index(name) >= order.index(room) for name in below):
        raise ValueError(f"{room} stands in the table above what it imports")
    return frozenset({room}).union(*map(allowed, below))


@cache
def imports_of(path: Path) -> tuple[Path, ...]:
    """The package's files that a file imports, at any depth of its code."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = path.parents[node.level - 1].joinpath(*(node.module or "").split(".") if node.module else ())
        for alias in node.names:
            for candidate in (base / f"{alias.name}.py", base / alias.name / "__init__.py"):
                if candidate.exists():
                    yield candidate
                    break
            else:
                yield base.with_suffix(".py") if base.with_suffix(".py").exists() else base / "__init__.py"


def upward() -> list[str]:
    """Imports that the table does not allow."""
    return [
        f"{path.relative_to(ROOT)} imports {imported.relative_to(ROOT)}"
        for path in modules()
        for imported in imports_of(path)
        if room_of(imported) not in allowed(room_of(path))
    ]


def circles() -> list[str]:
    """Modules of one room that import each other."""

    def reaches(start: Path, goal: Path, seen: set[Path]) -> bool:
        for target in imports_of(start):
            if target == goal:
                return True
            if target not in seen and room_of(target) == room_of(goal):
                seen.add(target)
                if reaches(target, goal, seen):
                    return True
        return False

    return [str(path.relative_to(ROOT)) for path in modules() if reaches(path, path, set())]


def rooms_imported() -> dict[str, set[str]]:
    """By room, the other rooms that it does import."""
    found: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in modules():
        room = room_of(path)
        found[room] |= {room_of(imported) for imported in imports_of(path)} - {room}
    return found


def longest_chain() -> list[str]:
    """The longest way from a room to the ground."""
    found = rooms_imported()

    @cache
    def way(room: str) -> tuple[str, ...]:
        below = (way(other) for other in found[room] if other in allowed(room))
        return (room, *max(below, key=len, default=()))

    return list(max(map(way, found), key=len))


def drawn() -> str:
    """The table as a picture."""
    files = {room_of(path): path.name for path in modules() if path.parent == ROOT}
    return picture(ROOMS, files | {"ground": ", ".join(sorted(GROUND)), "commands": "commands/"})


def function_lengths() -> dict[str, int]:
    """By place, the lines of each function without its docstring."""
    lengths = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if ast.get_docstring(node) is not None:
                    lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
                lengths[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    return lengths


def measured() -> dict[str, tuple[float, str]]:
    """By the names of ``TARGETS``, what there is, and where."""
    paths = modules()
    at_root = [path.name for path in paths if path.parent == ROOT]
    folders = {path.relative_to(ROOT).parts[0] for path in paths if path.parent != ROOT}
    parts = {path.parent: [] for path in paths if path.parent != ROOT}
    for path in paths:
        if path.parent != ROOT and path.name != "__init__.py":
            parts[path.parent].append(path)
    fullest = max(parts, key=lambda folder: len(parts[folder]))
    lengths = function_lengths()
    longest = max(lengths, key=lambda place: lengths[place])
    in_order = sorted(lengths.values())
    lines = {path: len(path.read_text().splitlines()) for path in paths}
    largest = max(lines, key=lambda path: lines[path])
    chain, arrows, circling = longest_chain(), upward(), circles()
    return {
        "files at the root": (len(at_root), ""),
        "folders at the root": (len(folders), ""),
        "modules in a folder": (len(parts[fullest]), str(fullest.relative_to(ROOT))),
        "rooms in the longest chain": (len(chain), " → ".join(chain)),
        "arrows upward": (len(arrows), "; ".join(arrows)),
        "circles within a room": (len(circling), "; ".join(circling)),
        "median lines of a function": (statistics.median(in_order), f"of {len(in_order)}"),
        "lines of 90 % of functions": (in_order[int(len(in_order) * 0.9)], ""),
        "lines of a function": (lengths[longest], longest),
        "lines of a module": (lines[largest], str(largest.relative_to(ROOT))),
    }


def main() -> int:
    """Print each figure beside its target; 1 where one is missed. Or print the picture."""
    if sys.argv[1:] == ["--picture"]:
        print(drawn())
        return 0
    status = 0
    for name, (value, where) in measured().items():
        is_kept = value <= TARGETS[name]
        status |= not is_kept
        print(f"{'ok  ' if is_kept else 'over'} {name:<28}{value:>5g} of {TARGETS[name]:<5}{where}")
    return status


if __name__ == "__main__":
    sys.exit(main())
