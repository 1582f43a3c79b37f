"""Folders for temporary files that say themselves whether they are used: who made one holds a lock in it.

The system lets go of the lock when a process ends, however it ends; whoever makes another takes away those
that nobody holds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_USED, _BEGUN = "used", "begun"
_BEING_MADE = 3600
"""Seconds; one that is older, empty, and says nothing yet was left while it was made."""


@contextmanager
def held_folder(prefix: str) -> Iterator[Path]:
    """A folder of its owner alone in that for temporary files, its name with a prefix; it goes afterwards.

    Raises OSError. Those with that prefix that were left go before.
    """
    _take_away_left(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        with (folder / _BEGUN).open("ab") as stream:
            if not _is_locked_now(stream):
                raise OSError(f"{folder} is used by another")
            (folder / _BEGUN).rename(folder / _USED)  # which nobody ever sees without the lock
            try:
                yield folder
            finally:
                _remove(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_away_left(prefix: str) -> None:
    """Remove what those left who were killed; what no process of ours made has no such lock, and stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            if (folder / _USED).is_file():
                with (folder / _USED).open("rb") as stream:
                    if _is_locked_now(stream):
                        _remove(folder)
            elif time.time() - folder.stat().st_mtime > _BEING_MADE:
                with suppress(FileNotFoundError):
                    (folder / _BEGUN).unlink()
                folder.rmdir()


def _is_locked_now(stream: BinaryIO) -> bool:
    """Lock it as long as it is open; False where another has it."""
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(folder: Path) -> None:
    """Remove a folder, and last of all what says whose it is."""
    for path in folder.iterdir():
        if path.name == _USED:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()
    shutil.rmtree(folder, ignore_errors=True)
