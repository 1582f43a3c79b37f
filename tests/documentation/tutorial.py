"""A tutorial as the steps that its reader takes: files that are written, commands that are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?P<before>[^`]*(?:`[^`\n]+`[^`]*)*?)^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_TERMINALS = ("first terminal", "second terminal", "third terminal")


@dataclass(frozen=True)
class File:
    """What is written into a file, or at its end."""

    path: str
    text: str
    is_addition: bool

    def write(self, folder: Path) -> None:
        """Do as the reader is told."""
        path = folder / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if self.is_addition else "") + self.text)


@dataclass(frozen=True)
class Command:
    """A line that is given in the first, second or third terminal."""

    line: str
    terminal: int


@dataclass(frozen=True)
class Output:
    """Lines that the command before prints, among others."""

    lines: tuple[str, ...]


def steps(tutorial: str) -> Iterator[File | Command | Output]:
    """All steps in their order; an error names a block that does not say what to do with it."""
    terminal = 1
    for match in _BLOCK.finditer(tutorial):
        before, language, text = match["before"], match["language"], match["text"]
        named = [(before.rfind(name), number) for number, name in enumerate(_TERMINALS, 1) if name in before]
        terminal = max(named)[1] if named else terminal
        if language == "console":
            yield from (Command(line, terminal) for line in text.splitlines())
            continue
        if language == "text":
            yield Output(tuple(text.splitlines()))
            continue
        told = re.findall(r"(Write|Add at the end of) `([^`]+)`", before)
        if not told:
            raise ValueError(f"nothing says what to do with {text[:60]!r}")
        how, path = told[-1]
        yield File(path, text, how != "Write")
