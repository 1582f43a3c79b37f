"""The command ``explain`` in this process, for an app that is at hand."""

from __future__ import annotations

import sys
import types

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.tracking import living_trackers
from tracking_middleware.tracking.holding import stage


@pytest.fixture(autouse=True)
def _held(monkeypatch):
    """A command that ends its process stands before all trackers to the end of it; this process goes on."""
    before = stage._holders
    monkeypatch.setattr(stage, "_is_watching", False)
    monkeypatch.setattr(living_trackers, "_watchers", list(living_trackers._watchers))
    yield
    stage._holders = before


@pytest.fixture
def explain(monkeypatch, capsys):
    """The exit status of the command, and what it prints."""

    def run(app, *arguments):
        module = types.ModuleType("explained_site")
        module.app = app
        monkeypatch.setitem(sys.modules, "explained_site", module)
        status = main(["explain", "--app", "explained_site:app", *arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run
