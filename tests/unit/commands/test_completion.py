"""Completion in bash, zsh and fish: the shells themselves are asked."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time

import pytest

from tracking_middleware.commands.cli import command_parser
from tracking_middleware.commands.completion.places import places_of

from ...conftest import PATIENCE, missing


@pytest.fixture(scope="session")
def scripts(tmp_path_factory):
    """The script of each shell, as the command prints it."""
    folder = tmp_path_factory.mktemp("completions")
    for shell in ("bash", "zsh", "fish"):
        script = subprocess.run(
            [sys.executable, "-m", "tracking_middleware", "completion", shell],
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        ).stdout
        (folder / shell).write_bytes(script)
    return folder


def output_of(*command, **options):
    if shutil.which(command[0]) is None:
        missing(command[0])
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True, **options)
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def in_bash(scripts, *words):
    code = (
        'source "$1"; shift; COMP_WORDS=(tracking-middleware "$@"); COMP_CWORD=$#; _tracking_middleware; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return [
        line for line in output_of("bash", "--norc", "-c", code, "bash", scripts / "bash", *words) if line
    ]


def in_fish(scripts, *words):
    line = " ".join(["tracking-middleware", *words])
    code = f"source {scripts / 'fish'}; complete -C {line!r}"
    return [
        line.partition("\t")[0]
        for line in output_of("fish", "--no-config", "-c", code, env={**os.environ, "HOME": str(scripts)})
    ]


COMPLETED = [
    (("ou",), ["outbox"]),
    (("outbox", "s"), ["send", "status"]),
    (("outbox", "send", "--c"), ["--collector-url"]),
    (("--ver",), ["--version"]),
    (("collector", "--unknown-schemas", ""), ["bad", "good"]),
    (("collector", "--tail", "--unk"), ["--unknown-schemas"]),
    (("completion", ""), ["bash", "fish", "zsh"]),
    (("schema", "export", "--o"), ["--own"]),
    (("schema", ""), ["check", "export", "pull"]),
    (("schema", "check", "--a"), ["--against"]),
    (("schema", "pull", "--f"), ["--from"]),
    (("collector", "--port", ""), []),
    (("doctor", "--s"), ["--send"]),
    (("explain", "--t"), ["--timeout"]),
]


@pytest.mark.parametrize("shell", [in_bash, in_fish])
@pytest.mark.parametrize(("words", "found"), COMPLETED)
def test_a_word_is_completed(scripts, shell, words, found):
    assert sorted(shell(scripts, *words)) == found


@pytest.mark.parametrize("shell", [in_bash, in_fish])
def test_files_are_completed_where_a_file_is_meant(scripts, shell, tmp_path):
    file = tmp_path / "an-outbox.sqlite3"
    file.touch()
    for words in (("outbox", "status"), ("collector", "--store")):
        assert shell(scripts, *words, f"{tmp_path}/an-") == [str(file)]
    assert shell(scripts, "track", "--key", f"{tmp_path}/an-") == []


@pytest.mark.parametrize("shell", [in_bash, in_fish])
def test_every_place_offers_all_that_its_parser_takes(scripts, shell):
    for place in places_of(command_parser()):
        path = place.path.split()
        for name in place.commands:
            assert name in shell(scripts, *path, name[:2]) or place.takes_files
        for name in (name for option in place.options for name in option.names if name.startswith("--")):
            assert name in shell(scripts, *path, name[:5])


class Terminal:
    """An interactive shell at a terminal, and what is on the screen."""

    def __init__(self, *command, env):
        if shutil.which(command[0]) is None:
            missing(command[0])
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        self.screen = ""

    def type(self, text, *, until):
        """Type, and wait until something shows."""
        os.write(self._ours, text.encode())
        seen, deadline = len(self.screen), time.monotonic() + PATIENCE
        while until not in self.screen[seen:]:
            rest = deadline - time.monotonic()
            assert rest > 0, self.screen
            if select.select([self._ours], [], [], rest)[0]:
                self.screen += os.read(self._ours, 65536).decode(errors="replace")

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._ours)


@pytest.fixture
def terminal(scripts):
    """Makes interactive shells that have loaded their completion."""
    opened = []
    env = {**os.environ, "TERM": "dumb", "HOME": str(scripts), "PS1": "$ ", "ZDOTDIR": str(scripts)}

    def start(shell, *options, before=""):
        made = Terminal(shell, *options, env=env)
        opened.append(made)
        made.type(f"{before}source {scripts / shell}; echo rea''dy\n", until="ready")
        return made

    yield start
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    ("shell", "options", "before"),
    [
        ("bash", ["--norc", "-i"], ""),
        ("zsh", ["-f", "-i"], "autoload -U compinit; compinit -u -D; "),
    ],
)
def test_the_tab_key_completes_at_a_terminal(terminal, shell, options, before, scripts):
    (scripts / "here.sqlite3").touch()
    at = terminal(shell, *options, before=before)
    at.type("tracking-middleware outb\t", until="box ")
    at.type("se\t", until="nd ")
    at.type("--coll\t", until="ector-url ")
    at.type(f"x {scripts}/her\t", until="e.sqlite3")
    at.type("\x15tracking-middleware collector --unknown-schemas g\t", until="ood ")
