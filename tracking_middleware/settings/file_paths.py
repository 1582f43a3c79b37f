"""How settings that name a file are checked; each raises ValueError that says what would be right."""

from __future__ import annotations

import os
import stat
from typing import Any


def file_path(value: Any) -> str:
    """The path of a file that is there."""
    path = _path(value)
    try:
        with open(path, "rb"):
            return path
    except OSError as error:
        raise ValueError(f"names {path!r}, which cannot be read: {error.strerror}") from error


def new_file_path(value: Any) -> str:
    """The path of a file that is there or can be made: its folder has to be there."""
    path = os.path.abspath(_path(value))
    file = os.path.realpath(path)
    folder = os.path.dirname(file)
    try:
        kind = os.stat(file).st_mode
    except FileNotFoundError:
        kind = 0
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise ValueError(f"names a file that cannot be used ({error.strerror})") from error
    if not os.path.isdir(folder) or stat.S_ISDIR(kind):
        raise ValueError("must be the path of a file in a folder that is there")
    if stat.S_ISREG(kind) and not _may(file, os.R_OK | os.W_OK):
        raise ValueError("names a file that this process may not read and write")
    if (stat.S_ISREG(kind) or not kind) and not _may(folder, os.W_OK | os.X_OK):
        raise ValueError("must be in a folder in which this process may make files")
    return path


def _path(value: Any) -> str:
    if not isinstance(value, str | os.PathLike) or isinstance(value := os.fspath(value), bytes):
        raise ValueError("must be the path of a file, as text or a Path; leave it out where there is none")
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError:
        encoded = b""
    if not encoded or b"\0" in encoded:
        raise ValueError("must be the path of a file, and is no text that a file can be called")
    return str(value)


def _may(path: str, mode: int) -> bool:
    """Whether this process, as the user that it acts for, may use a file or folder so."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
