"""What can be wrong with an outbox file, told apart by what can still be done with it."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR_WRITE})
_NO_ROOM_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class OutboxError(Exception):
    """The file cannot be used now; the message says why. Nothing of the call was done."""


class CorruptOutboxError(OutboxError):
    """The file is damaged, or none of SQLite's; ``inode`` tells which file that was."""

    inode = 0


class NoRoomError(OutboxError):
    """Nothing can be written, since the disk is full or read-only; what is in the file can be read."""


class OutboxFullError(OutboxError):
    """The file has reached its limit, and has nothing to drop for what comes."""


def failure_of(error: Exception, *, path: Path, inode: int) -> OutboxError:
    """What an error of SQLite or of the system says about the file."""
    message = f"{path}: {error}"
    if _has_code(error, _NO_ROOM) or getattr(error, "errno", 0) in _NO_ROOM_NUMBERS:
        return NoRoomError(message)
    if not _has_code(error, _CORRUPT):
        return OutboxError(message)
    corrupt = CorruptOutboxError(message)
    corrupt.inode = inode
    return corrupt


def is_file(path: Path, *, inode: int) -> bool:
    """Whether the path still names the file with this inode."""
    try:
        return os.stat(path).st_ino == inode
    except OSError:
        return False


def _has_code(error: Exception, codes: frozenset[int]) -> bool:
    """Whether it has one of the codes, or the extended one of a kind."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code in codes or code & 0xFF in codes
