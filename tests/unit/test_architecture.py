"""``docs/architecture.md`` shows the house as it is: the picture, every room, and files that there are."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import house
from tests.picture import arrows

TOP = house.ROOT.parent
DOCUMENT = (TOP / "docs" / "architecture.md").read_text()
PICTURE = re.search(r"```mermaid\n(.*?)```", DOCUMENT, re.DOTALL)[1]
PROSE = DOCUMENT.replace(PICTURE, "")
NAMED = sorted(set(re.findall(r"`([\w/]+(?:/|\.(?:py|md|txt)))`", PROSE)))


def section(title):
    return PROSE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_picture_is_what_the_command_prints():
    command = [sys.executable, "-m", "tests.house", "--picture"]
    printed = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout
    assert printed == PICTURE, "put in what python -m tests.house --picture prints"


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_is_there(name):
    assert (house.ROOT / name).exists() or (TOP / name).exists()


def test_every_room_has_its_line():
    cells = re.findall(r"^\| (`.*?) \|", section("The rooms"), re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    files = {path.name for path in house.modules() if path.parent == house.ROOT} - {"__main__.py"}
    folders = {f"{room}/" for room in house.ROOMS if (house.ROOT / room).is_dir()}
    assert len(named) == len(set(named))
    assert set(named) == files | folders


def test_the_walk_of_a_page_view_is_short():
    steps = re.findall(
        r"^([0-9]+)\. ", section("One page view, from the socket to the collector"), re.MULTILINE
    )
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert len(steps) <= 15


def test_it_says_where_ten_changes_go():
    rows = re.findall(r"^\| (a .*?) \| .*`.*\|$", section("Where does this go?"), re.MULTILINE)
    assert len(rows) >= 10


def test_the_folders_of_the_unit_tests_are_the_packages():
    units = TOP / "tests" / "unit"
    folders = {path.parent.relative_to(units) for path in units.rglob("test_*.py")}
    assert {str(folder) for folder in folders if not (house.ROOT / folder).is_dir()} == set()


def test_arrows_that_another_way_leads_along_are_left_out():
    rooms = {"a": "", "b": "a", "c": "b a", "d": "c a"}
    assert list(arrows(rooms)) == [("b", "a"), ("c", "b"), ("d", "c")]


def test_the_arrows_lead_to_whatever_the_table_allows():
    direct = {room: {below for above, below in arrows(house.ROOMS) if above == room} for room in house.ROOMS}

    def reached(room):
        return {room}.union(*map(reached, direct[room]))

    assert {room: reached(room) for room in house.ROOMS} == {
        room: set(house.allowed(room)) for room in house.ROOMS
    }
