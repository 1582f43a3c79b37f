"""The table of the rooms as a picture in the language of mermaid: an arrow points to what a room imports.

``python -m tests.house --picture`` prints it, and ``docs/architecture.md`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set


def picture(rooms: Mapping[str, str], files: Mapping[str, str]) -> str:
    """The rooms, those with inner rooms as a box around them, and an arrow for each import that counts.

    ``files`` says of a room that is no folder which files it is.
    """
    boxes = {room.split("/")[0] for room in rooms if "/" in room}
    nodes = {room: f'{_id(room)}["{files.get(room, f"{room}/")}"]' for room in rooms}
    nodes |= {room: f'{_id(room)}["{room}/*.py"]' for room in boxes}
    lines = ["flowchart TD"]
    lines += [f"    {node}" for room, node in nodes.items() if room.split("/")[0] not in boxes]
    for box in sorted(boxes):
        inner = [f"        {node}" for room, node in nodes.items() if room.split("/")[0] == box]
        lines += [f'    subgraph the_{box}["{box}/"]', *inner, "    end"]
    lines += [f"    {_id(room)} --> {_id(below)}" for room, below in arrows(rooms)]
    return "\n".join(lines)


def arrows(rooms: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """From each room to those beneath it, without those that another of them leads to as well."""
    for room, listed in rooms.items():
        direct = listed.split()
        for below in direct:
            if not any(below in _reached(other, rooms) for other in direct if other != below):
                yield room, below


def _reached(room: str, rooms: Mapping[str, str]) -> Set[str]:
    direct = rooms[room].split()
    return set(direct).union(*(_reached(below, rooms) for below in direct))


def _id(room: str) -> str:
    return room.replace("/", "_")
