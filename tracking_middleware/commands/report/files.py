"""The report's numbers as files of comma-separated values, one a section."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from .figures import Section

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        path.chmod(0o600)  # also where it was there already
        stream.write(text)


def write_csv(sections: Sequence[Section], folder: Path) -> list[Path]:
    """Write a file a section, called confidential where it is; what was there of that name is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for section in sections:
        name = f"{section.name}.confidential.csv" if section.is_confidential else f"{section.name}.csv"
        write_private(folder / name, _text(section))
        written.append(folder / name)
    return written


def _text(section: Section) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    note = ["confidential"] if section.is_confidential else []
    writer.writerow([*(column.name.replace(" ", "_") for column in section.columns), *note])
    for row in section.rows:
        writer.writerow([*map(_cell, row), *(["yes"] if note else [])])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """As it is, a decimal in digits alone; a text that a spreadsheet would run, with a mark before it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
