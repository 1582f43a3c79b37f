"""What all sub-commands have in common: version, exit statuses, colours."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tracking_middleware import __version__
from tracking_middleware.commands.cli import main
from tracking_middleware.commands.terminal import takes_colours
from tracking_middleware.delivery.outbox.file import Outbox

from ...conftest import PATIENCE


@pytest.mark.parametrize("way", [["-m", "tracking_middleware"], ["-m", "tracking_middleware.commands.cli"]])
def test_the_version_is_the_packages(way):
    done = subprocess.run(
        [sys.executable, *way, "--version"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, f"tracking-middleware {__version__}\n")


def test_the_command_works_without_any_extra():
    extras = ["starlette", "uvicorn", "duckdb", "sqlglot", "jsonschema_rs", "django", "flask", "selectolax"]
    code = f"import sys; sys.modules.update(dict.fromkeys({extras})); "
    code += (
        "from tracking_middleware.commands.cli import main; sys.exit(main(['schema', 'export', '--help']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (io.StringIO(), {"FORCE_COLOR": ""}, False),
    ],
)
def test_colours_are_where_a_terminal_is_or_somebody_wants_them(monkeypatch, stream, environ, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert takes_colours(stream) is coloured


@pytest.mark.parametrize(
    ("force", "start"), [("1", "\x1b[31mtracking-middleware:\x1b[0m "), ("", "tracking-m")]
)
def test_an_error_is_coloured(monkeypatch, capsys, tmp_path, force, start):
    monkeypatch.setenv("FORCE_COLOR", force)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["outbox", "status", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith(start)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["outbox"],
        ["outbox", "status"],
        ["schema", "export", "--own"],
        ["completion", "powershell"],
        ["collector", "--port", "65536"],
        ["collector", "--tail", "-t"],
        ["track", "--schema", "x", "--data", "{}", "--collector-url", "log:", "--app-id", "a"],
    ],
)
def test_2_is_misuse_with_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: tracking-middleware")


def test_a_reader_that_has_seen_enough_gets_no_traceback(tmp_path):
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.store([(b'{"eid":"%d"}' % n, False) for n in range(20_000)])
    outbox.close()
    command = [sys.executable, "-m", "tracking_middleware", "outbox", "export", str(outbox.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 1
