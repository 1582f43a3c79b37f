"""Apps that end, hang or linger: the doctor and ``explain`` end all the same, and say what happened."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from tracking_middleware.commands.cli import main

from ...conftest import PATIENCE
from ..exchanges import COOKIES

PAGE = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
SETTINGS = {"TRACKING_COLLECTOR_URL": "log:", "TRACKING_APP_ID": "a"}


def command(tmp_path, text, *arguments, **environ):
    """The exit status of the command in a process of its own, beside a module ``odd``, and what it says."""
    (tmp_path / "odd.py").write_text(text)
    paths = filter(None, (os.getcwd(), os.environ.get("PYTHONPATH")))
    done = subprocess.run(
        [sys.executable, "-m", "tracking_middleware.commands.cli", *arguments],
        capture_output=True,
        timeout=PATIENCE,
        cwd=tmp_path,
        env={**os.environ, **SETTINGS, "PYTHONPATH": os.pathsep.join(paths), **environ},
    )
    return done.returncode, (done.stdout + done.stderr).decode()


ENDING = "raise SystemExit(0)"
RAISING = """
class Site:
    @property
    def app(self):
        raise RuntimeError("theirs")
site = Site()
"""


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (ENDING, "odd:app", "odd cannot be imported: SystemExit: 0"),
        (RAISING, "odd:site.app", "odd:site.app cannot be had: RuntimeError: theirs"),
    ],
)
def test_a_module_that_ends_or_raises_is_no_app_that_is_well(tmp_path, text, name, said):
    status, printed = command(tmp_path, text, "doctor", "--app", name)
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed


LINGERING = """
import threading
threading.Thread(target=threading.Event().wait).start()
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<h1>x"]
"""


@pytest.mark.parametrize(("what", "status"), [(["doctor"], 1), (["explain", "/"], 0)])
def test_threads_of_an_app_do_not_keep_the_command(tmp_path, what, status):
    assert command(tmp_path, LINGERING, *what, "--app", "odd:app")[0] == status


def test_a_terminal_without_arrows_is_told_all_the_same(tmp_path):
    status, text = command(tmp_path, "", "doctor", PYTHONIOENCODING="ascii")
    assert status == 0
    assert "\\u2192 Give --app MODULE:NAME." in text


def test_ctrl_c_ends_in_silence(monkeypatch, capsys):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("tracking_middleware.doctor.examination.Examination.findings", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "")


async def answer(scope, receive, send):
    if scope["type"] == "http":
        await send(PAGE)
        await send({"type": "http.response.body", "body": b"<h1>x"})


def answer_of_wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html\x1b[2J\nverdict    tracked")])
    return [b"<h1>x"]


def test_an_app_that_does_not_shut_down_is_explained(explain, monkeypatch):
    monkeypatch.setattr("tracking_middleware.doctor.explaining.calling._SHUTDOWN_SECONDS", 0.05)

    async def app(scope, receive, send):
        while scope["type"] == "lifespan":
            if (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
        await answer(scope, receive, send)

    status, text = explain(app, "/")
    assert status == 0
    assert "answer     200, text/html, 5 bytes" in text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_whatever_an_app_raises_is_said(explain, error):
    def app(environ, start_response):
        raise error("theirs")

    async def asgi(scope, receive, send):
        if scope["type"] == "http":
            raise error("theirs")

    for each in (app, asgi):
        status, text = explain(each, "/")
        assert status == 0
        assert f"the app raised {error.__name__}" in text


def test_an_app_whose_start_is_cancelled_is_asked(explain):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise asyncio.CancelledError
        await answer(scope, receive, send)

    assert "answer     200, text/html, 5 bytes" in explain(app, "/")[1]


def test_the_name_and_password_in_a_url_are_no_host(explain):
    text = explain(answer_of_wsgi, "https://me:secret@www.example.test/")[1]
    assert "https://www.example.test/" in text
    assert "secret" not in text


def test_nothing_of_an_answer_is_another_line_or_a_terminals_command(explain):
    text = explain(answer_of_wsgi, "/")[1]
    assert "text/html\\x1b[2J\\nverdict    tracked" in text
    assert "\x1b" not in text


def test_a_cookie_of_several_lines_is_misuse(explain, capsys):
    with pytest.raises(SystemExit) as ended:
        explain(answer_of_wsgi, "/", "--cookie", f"{COOKIES}\nx")
    assert ended.value.code == 2
    assert "is no text of cookies, which is one line" in capsys.readouterr().err
