"""What versions before have left behind, in copies, so that nothing writes to what is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = sorted(path.name for path in FIXTURES.iterdir())


class LeftBehind:
    """What one version has left behind."""

    def __init__(self, version: str, place: Path) -> None:
        self._folder = FIXTURES / version
        self._place = place

    def said(self, name: str):
        """What the version said of a thing."""
        return json.loads((self._folder / f"{name}.json").read_text())

    def text(self, name: str) -> str:
        return (self._folder / name).read_text()

    def copy(self, name: str) -> Path:
        """A file to work with."""
        return Path(shutil.copyfile(self._folder / name, self._place / name))


@pytest.fixture(params=VERSIONS)
def left_behind(request, tmp_path):
    return LeftBehind(request.param, tmp_path)
