"""Files that others have, and which processes those are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import TrackingError


class InUseError(TrackingError):
    """A file is in use, and was for as long as one was to wait; the message says by whom."""


class UnusableError(TrackingError):
    """A file is not what it was taken for, or does not work; the message says why."""


def in_use(path: Path, wait: float) -> InUseError:
    """What is said when one waited long enough."""
    by = ", ".join(holders(path)) or "a process that this system does not name"
    return InUseError(
        f"{path} is in use, for longer than the {wait:g} s that were waited (--wait): by {by}. "
        "End it or wait, and run the same again: it goes on where it was"
    )


def refuse_unwritable(paths: Iterable[Path], receipt: Path | None) -> None:
    """Raise UnusableError for files that may not be changed, before anything of them is."""
    for path in paths:
        real = path.resolve()
        if real.is_file() and not (os.access(real, os.W_OK) and os.access(real.parent, os.W_OK)):
            raise UnusableError(
                f"{path} cannot be changed: this user may not write it, or its folder. Nothing was taken out"
            )
    if receipt is not None and not os.access(receipt.absolute().parent, os.W_OK):
        raise UnusableError(
            f"{receipt} cannot be written, the receipt: there is no such folder, or this user may not write "
            "there. Nothing was taken out"
        )


def holders(path: Path) -> Iterator[str]:
    """The other processes that have a file or its log open, as far as this user may see them (Linux)."""
    places = {os.path.realpath(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")}
    for folder in sorted(Path("/proc").glob("[0-9]*")):
        try:
            if int(folder.name) != os.getpid() and any(
                os.path.realpath(each) in places for each in (folder / "fd").iterdir()
            ):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield f"process {folder.name} ({command.strip()[:100] or 'which has ended'})"
        except OSError:  # it has ended, or is somebody else's
            continue
