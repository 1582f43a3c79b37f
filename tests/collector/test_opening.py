"""The command's --open, its custom paths, and its help."""

from __future__ import annotations

import os
import sys

import pytest

from ..conftest import SCHEMA, Collector
from .conftest import page_view
from .test_command import run


def browser(tmp_path, monkeypatch):
    """A program in the place of the browser, which writes the address that it is given into a pipe."""
    address = tmp_path / "address"
    os.mkfifo(address)
    program = tmp_path / "browser"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(address)!r}, 'w').write(sys.argv[1])\n")
    program.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    return address


@pytest.mark.parametrize("options", [(), ("--token", "secret-token")])
def test_open_sends_the_browser_to_the_printed_address(tmp_path, monkeypatch, options):
    address = browser(tmp_path, monkeypatch)
    collector = Collector("--open", *options)
    assert address.read_text() == collector.address
    assert collector.stop() == 0


def test_open_sends_it_to_an_address_that_there_is(tmp_path, monkeypatch):
    address = browser(tmp_path, monkeypatch)
    collector = Collector("--open", "--host", "0.0.0.0")
    assert address.read_text() == collector.address.replace("0.0.0.0", "localhost")
    assert collector.stop() == 0


def test_a_custom_path_stands_for_the_trackers_own():
    collector = Collector("--post-path", "com.acme/track", "--post-path", "/a/b")
    body = {"schema": SCHEMA, "data": [page_view()]}
    for path in ("/com.acme/track", "/a/b"):
        assert collector.client.post(path, json=body).text == "ok"
    apis = [shape["rawEvent"]["api"] for shape in collector.good()]
    assert apis == [{"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"}] * 2
    assert collector.stop() == 0


@pytest.mark.parametrize("path", ["track", "a/b/c", "micro/good", "r/tp2", "a/b?c", "a/ä", ""])
def test_a_custom_path_that_cannot_be_one_is_refused(path):
    done = run("collector", "--port", "0", "--post-path", path)
    assert done.returncode == 2
    assert "such as com.acme/track" in done.stderr


def test_the_help_says_how_to_give_a_token():
    assert "TRACKING_COLLECTOR_TOKEN" in run("collector", "--help").stdout
