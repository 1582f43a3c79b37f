"""The command in this process, in a folder where modules of an application's can be written."""

from __future__ import annotations

import itertools
import sys

import pytest

from tracking_middleware.commands.cli import main

_numbers = itertools.count()
HEAD = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated, Literal
from tracking_middleware import *
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.fixture
def module(folder):
    """Writes a module, and gives its name, under which nothing was imported before."""

    def write(text, head=HEAD):
        name = f"declared_{next(_numbers)}"
        (folder / f"{name}.py").write_text(head + text)
        return name

    return write


@pytest.fixture
def run(capsys):
    """Runs the command: its exit status, standard output and standard error."""

    def run(*arguments):
        try:
            status = main(["schema", *map(str, arguments)])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return run
