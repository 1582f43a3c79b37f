"""What was done, without saying to whom: counts, times, and hashes that an identifier can be held to."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .plan import now

_SCRYPT = {"n": 16384, "r": 8, "p": 1}
"""Slow on purpose: whoever has the receipt would have to try identifiers one by one."""


def hashed(identifiers: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Kinds and values, each as what scrypt makes of ``<kind>=<value>`` and a salt of its own."""
    found = []
    for kind, value in identifiers:
        salt = secrets.token_bytes(16)
        digest = hashlib.scrypt(f"{kind}={value}".encode(), salt=salt, dklen=32, **_SCRYPT)
        found.append({"kind": kind, "salt": _text(salt), "scrypt": _text(digest), **_SCRYPT})
    return found


def write_receipt(path: Path, said: Mapping[str, Any]) -> None:
    """Write it for its owner alone, whole or not at all; a file of that name is written over."""
    text = json.dumps({**said, "written": now()}, indent=2, ensure_ascii=False)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def receipt_beside(path: Path, *, what: str) -> Path:
    """Where a receipt goes that nobody said a place for; a name that is not there yet."""
    moment = now().replace("-", "").replace(":", "")
    for number in range(1, 10_000):
        more = f"-{number}" if number > 1 else ""
        found = path.with_name(f"{what}-{moment}{more}.json")
        if not found.exists():
            return found
    return path.with_name(f"{what}-{moment}-{secrets.token_hex(8)}.json")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
