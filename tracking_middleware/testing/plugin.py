"""The pytest plugin: it does nothing but keep events in, until a test asks for a fixture of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from .collector import CollectorServer
from .holding import stage
from .observation import observation
from .tracked_events import TrackedEvents

_HOLDING = pytest.StashKey[ExitStack]()
_HOLD, _SEND = "hold", "send"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options in ``pytest.ini``, ``tox.ini`` or ``pyproject.toml``."""
    parser.addini(
        "tracking_delivery",
        "hold: no event leaves the tests unless they use the fixture collector; send: as in production",
        default=_HOLD,
    )
    parser.addini(
        "tracking_schemas",
        "folders of Iglu schemas, <vendor>/<name>/jsonschema/<version>, for validation",
        type="paths",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep events in from the start on: applications make their trackers when they are imported."""
    delivery = config.getini("tracking_delivery")
    if delivery not in {_HOLD, _SEND}:
        raise pytest.UsageError(f"tracking_delivery is {delivery!r}: write '{_HOLD}' or '{_SEND}'")
    config.stash[_HOLDING] = ExitStack()
    if delivery == _HOLD:
        config.stash[_HOLDING].enter_context(stage.holding())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The end."""
    config.stash[_HOLDING].close()


@pytest.fixture
def tracked_events(request: pytest.FixtureRequest) -> Iterator[TrackedEvents]:
    """What this test tracks; no event leaves, and writing to ``current_page()`` outside a request raises."""
    folders = [str(path) for path in request.config.getini("tracking_schemas")]
    with observation(schemas=folders) as observed:
        yield observed


@pytest.fixture(scope="session")
def _tracking_collector(request: pytest.FixtureRequest) -> Iterator[CollectorServer]:
    with CollectorServer(schemas=request.config.getini("tracking_schemas")) as server:
        yield server


@pytest.fixture
def collector(_tracking_collector: CollectorServer) -> Iterator[CollectorServer]:
    """A real collector on a port of this machine, without events, one for each worker of the test run.

    Trackers whose ``collector_url`` is its ``url`` send to it.
    """
    _tracking_collector.reset()
    with stage.letting_out(_tracking_collector.url):
        yield _tracking_collector
        _tracking_collector.settle()
