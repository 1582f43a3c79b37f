"""What a run set out to take out, kept beside the files until it is done.

After a part is taken out the links that led to the rest cannot be found again: a run that was killed in the
middle left here whom it was about. The file has identifiers, is its owner's alone, and goes at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from .holding import Counts
from .in_use import UnusableError, in_use
from .persons import Person

_SUFFIX = ".forgetting"
_PAUSE = 0.05


@dataclass(slots=True, kw_only=True)
class Plan:
    """Whom it is about, and what was taken out so far, by kind of file."""

    person: Person
    begun: str
    files: dict[str, str]
    """By kind, the path."""
    done: dict[str, Counts] = field(default_factory=dict)


class PlanFile:
    """The file, while this process alone has it."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self._stream = stream
        self._sound = 0
        """Bytes from the begin on that were written whole."""

    def read(self) -> Plan | None:
        """What is left of a run that did not come to its end; None where there is nothing."""
        self._stream.seek(0)
        self._sound, lines = 0, []
        for line in self._stream:
            try:
                lines += [json.loads(line)] if line.strip() else []
            except ValueError:  # killed while it was written: nothing of that was begun
                break
            self._sound += len(line)
        try:
            return _plan_of(lines) if lines else None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise UnusableError(
                f"{self.path} is not what a run that was broken off leaves: see what it is"
            ) from None

    def begin(self, plan: Plan) -> None:
        """Write it down, before anything is taken out, behind what a run that was broken off left."""
        self._stream.truncate(self._sound)
        self._stream.seek(0, os.SEEK_END)
        self._stream.write(b"\n")  # the last line may have been cut before its end
        person = {each.name: sorted(getattr(plan.person, each.name)) for each in fields(Person)}
        self._write({"person": person, "begun": plan.begun, "files": plan.files})

    def note(self, kind: str, counts: Counts) -> None:
        """Write down what was taken out of a file."""
        self._write({"kind": kind, "counts": dict(counts)})

    def end(self) -> None:
        """It is done: nothing of it stays."""
        self._stream.seek(0, os.SEEK_END)
        size = self._stream.tell()
        self._stream.seek(0)
        self._stream.write(b"\0" * size)
        self._flush()
        self.path.unlink(missing_ok=True)

    def _write(self, value: dict[str, Any]) -> None:
        self._stream.seek(0, os.SEEK_END)
        self._stream.write(json.dumps(value).encode() + b"\n")
        self._flush()

    def _flush(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())


@contextmanager
def plan_beside(path: Path, *, wait: float) -> Iterator[PlanFile]:
    """The plan of the runs whose first file this is; waits for another run, and raises InUseError."""
    own = Path(f"{path.absolute()}{_SUFFIX}")
    deadline = time.monotonic() + wait
    while True:
        with os.fdopen(_opened(own), "r+b") as stream:
            if _locked(stream) and _is_there(stream, own):
                plan = PlanFile(own, stream)
                try:
                    yield plan
                finally:
                    if own.exists() and not own.stat().st_size:
                        own.unlink()
                return
        if time.monotonic() >= deadline:
            raise in_use(own, wait)
        time.sleep(_PAUSE)


def _opened(path: Path) -> int:
    """Its descriptor; whoever may write into the folder could leave a link there, or a plan of their own."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise UnusableError(
            f"{path} cannot be written, which says what is being taken out: {error.strerror}"
        ) from None
    owner = os.fstat(descriptor).st_uid
    if hasattr(os, "geteuid") and owner != os.geteuid():
        os.close(descriptor)
        raise UnusableError(
            f"{path} is of another user (number {owner}), whose run was broken off or goes on: "
            "run the same again as that user, or take the file away"
        )
    return descriptor


def _locked(stream: IO[bytes]) -> bool:
    """Whether this process has the file now; where the system has no such locks, it does."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    with contextlib.suppress(OSError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_there(stream: IO[bytes], path: Path) -> bool:
    """Whether it is still the file of that name, and not one that another run has done with."""
    with contextlib.suppress(FileNotFoundError):
        return os.fstat(stream.fileno()).st_ino == path.stat().st_ino
    return False


def now() -> str:
    """The moment it is, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plan_of(lines: list[dict[str, Any]]) -> Plan:
    *_, last = [line for line in lines if "person" in line]  # who goes on knows all that was known before
    person = Person(**{name: frozenset(values) for name, values in last["person"].items()})
    plan = Plan(person=person, begun=last["begun"], files=last["files"])
    for line in lines:
        if "person" not in line:
            plan.done.setdefault(line["kind"], Counter()).update(line["counts"])
    return plan
