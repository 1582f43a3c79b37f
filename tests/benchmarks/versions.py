"""The version before, as a contestant: a worktree of its commit, whose package a child imports instead."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .contestants import contestant

BEFORE = "e6741e9"
"""The commit that gains and losses are told against, unless ``--before`` names another."""
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A worktree of a commit of this repository, as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-before-") as folder:
        tree = Path(folder) / commit
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    ended = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"the version before needs this repository's history: {ended.stderr.strip()}")


@dataclass(frozen=True, slots=True)
class Contender:
    """A contestant, by the package of this checkout or, with ``tree``, by another's."""

    key: str
    tree: Path | None = None

    @property
    def name(self) -> str:
        """What it is called in a table."""
        name = contestant(self.key).name
        return name if self.tree is None else f"{name}, version before ({self.tree.name})"

    @property
    def is_ours(self) -> bool:
        """Whether it is what the others are compared with."""
        return self.tree is None and self.key.startswith("ours")
