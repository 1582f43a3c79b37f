"""Trackers of one process that share a file: whoever leases an event sends it to a collector of its own."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

_users: weakref.WeakKeyDictionary[object, tuple[str, str]] = weakref.WeakKeyDictionary()


def enter(user: object, *, path: Path, collector_url: str) -> str:
    """Somebody uses a file from now on; a sentence where another one sends from it elsewhere, else ``""``."""
    file = os.path.realpath(path)
    others = {url for other, url in list(_users.values()) if other == file} - {collector_url}
    _users[user] = (file, collector_url)
    if not others:
        return ""
    return (
        f"the outbox {path} is shared by trackers with other collectors, each of which sends what it finds "
        "there to its own: give each tracker a file"
    )


def leave(user: object) -> None:
    """It uses the file no more."""
    _users.pop(user, None)
