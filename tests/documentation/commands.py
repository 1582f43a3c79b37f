"""The commands that pages show, and what is wrong with one. None is run, since most would go on for ever."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tracking_middleware.commands.cli import command_parser

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENTS = set(re.findall(r"^\[testenv:([\w-]+)\]", (ROOT / "tox.ini").read_text(), re.MULTILINE))
INTERPRETERS = re.compile(r"py3\d+-(newest|oldest)")

OTHERS = {
    *(
        "cd",
        ".",
        "curl",
        "echo",
        "eval",
        "export",
        "git",
        "mkdir",
        "openssl",
        "source",
        "kubectl",
        "docker",
        "dbt",
        "twine",
    ),
    *(
        "apt",
        "apt-get",
        "pip",
        "pipx",
        "uvx",
        "pytest",
        "python",
        "python3",
        "flask",
        "celery",
        "django-admin",
    ),
    *("gunicorn", "uvicorn", "uwsgi", "waitress-serve", "hypercorn", "granian", "opentelemetry-instrument"),
}
"""Programs of others that a page may begin a line with."""


def shown(text: str) -> Iterator[str]:
    """The commands in a page's shell blocks: lines of a block, or, where it has prompts, those with one."""
    for block in re.findall(r"```(?:console|shell|bash)\n(.*?)```", text, re.DOTALL):
        lines = block.replace("\\\n", " ").splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        yield from (line for line in prompted or _joined(lines) if line.strip())


def _joined(lines: list[str]) -> Iterator[str]:
    """Lines of which one that ends within quotes goes on in the next."""
    whole = ""
    for line in lines:
        whole = f"{whole}\n{line}" if whole else line
        try:
            shlex.split(whole, comments=True)
        except ValueError:
            continue
        yield whole
        whole = ""
    yield whole


def inline(text: str) -> Iterator[str]:
    """The commands of ours within sentences, without those of which a part is left open."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for code in re.findall(r"`((?:tracking-middleware|tox run|python -m) [^`]+)`", text):
        if not re.search(r"[…|{]|\b[A-Z]{3,}\b", code):
            yield " ".join(code.split())


def wrong_with(line: str) -> str:
    """What is wrong with a command line; nothing where it can be used."""
    words = shlex.split(line, comments=True)
    commands: list[list[str]] = [[]]
    for word in words:
        if word in {"&&", "|", "||", ";"}:
            commands.append([])
        else:
            commands[-1].append(word)
    return "; ".join(filter(None, map(_wrong_with, commands)))


def _wrong_with(words: list[str]) -> str:
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    match words:
        case []:
            return ""
        case ["tracking-middleware", *arguments] | ["python", "-m", "tracking_middleware", *arguments]:
            return _refused(arguments)
        case ["pipx" | "uvx", *arguments] if "tox" in arguments:
            return _wrong_with(arguments[arguments.index("tox") :])
        case ["tox", *arguments]:
            return _unknown_environments(arguments)
        case ["pip", "install", *arguments]:
            return _unknown_extras(arguments)
        case ["python", "manage.py", command, *_] | ["manage.py", command, *_]:
            return _unknown_command(command)
        case ["python", "-m", module, *_]:
            return "" if importlib.util.find_spec(module) else f"there is no module {module}"
    return "" if words[0] in OTHERS else f"{words[0]} is no program that is known here"


def _refused(arguments: list[str]) -> str:
    """What the parser of our own command says."""
    said = io.StringIO()
    cut = next((at for at, word in enumerate(arguments) if word in {">", "2>", "<"}), len(arguments))
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            command_parser().parse_args(arguments[:cut])
    except SystemExit as end:
        return said.getvalue() if end.code else ""
    return ""


def _unknown_environments(arguments: list[str]) -> str:
    named = [arguments[at + 1] for at, word in enumerate(arguments) if word == "-e"]
    names = {name for text in named for name in text.split(",")}
    unknown = {name for name in names - ENVIRONMENTS if not INTERPRETERS.fullmatch(name)}
    return f"tox has no environment {', '.join(sorted(unknown))}" if unknown else ""


def _unknown_extras(arguments: list[str]) -> str:
    extras = set(re.findall(r"(?:tracking_middleware|\.)\[([\w,-]+)\]", " ".join(arguments)))
    unknown = {name for text in extras for name in text.split(",")} - {*PROJECT["optional-dependencies"]}
    return f"there is no extra {', '.join(sorted(unknown))}" if unknown else ""


def _unknown_command(name: str) -> str:
    ours = {path.stem for path in (ROOT / "tracking_middleware/django/management/commands").glob("*.py")}
    known = {"check", "migrate", "runserver", "startapp", "makemigrations", "test", "shell", "renew", *ours}
    return "" if name in known else f"manage.py has no command {name}"
