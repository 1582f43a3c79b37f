"""What a run puts aside beside its file: whoever has the file's lock has this too.

A run that was killed leaves it. The next one has the lock, so that nobody uses it, and takes it away.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SCRATCH = "scratch.duckdb"
_OF_DUCKDB = "duckdb_temp_"
"""What the names of files begin with in which DuckDB puts what the memory does not hold."""


def scratch_of(path: Path) -> Path:
    """The folder that a run on a file makes, beside the file itself where the path is a link."""
    return Path(f"{path.resolve()}.scratch")


def spilled_of(path: Path) -> Path:
    """The folder that DuckDB makes where the memory does not hold what is made."""
    return Path(f"{path.resolve()}.tmp")


def take_away_left(path: Path) -> None:
    """Remove what those left who were killed; the caller has the file's lock."""
    take_away(scratch_of(path))
    _take_away(spilled_of(path), lambda names: [name for name in names if name.startswith(_OF_DUCKDB)])


def take_away(scratch: Path) -> None:
    """Remove a folder that a run made, its database last; one without that stays, unless it is empty."""
    _take_away(
        scratch, lambda names: sorted(names, key=lambda name: name == SCRATCH) if SCRATCH in names else []
    )


def _take_away(folder: Path, chosen: Callable[[list[str]], list[str]]) -> None:
    """Remove some files, and the folder if nothing else is in it; no link is followed."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for name in chosen(os.listdir(place)):
                with suppress(OSError):
                    os.unlink(name, dir_fd=place)
        finally:
            os.close(place)
        folder.rmdir()
