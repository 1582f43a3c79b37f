"""The pytest plugin: it does nothing but keep events in, until a test asks for a fixture of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ..tracking.holding import HOLD, SEND, WISH, stage
from .collector import CollectorServer
from .observation import observation
from .tracked.data import TrackedData
from .tracked.report import data_differences
from .tracked.selection import TrackedEvents

_HOLDING = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options in ``pytest.ini``, ``tox.ini`` or ``pyproject.toml``."""
    parser.addini(
        "tracking_delivery",
        "hold: no event leaves the tests unless they use the fixture collector; send: as in production",
        default=HOLD,
    )
    parser.addini(
        "tracking_schemas",
        "folders of Iglu schemas, <vendor>/<name>/jsonschema/<version>, for validation",
        type="paths",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep events in from the start on: applications make their trackers when they are imported."""
    for name, delivery in (
        ("tracking_delivery", config.getini("tracking_delivery")),
        (WISH, os.environ.get(WISH, HOLD)),
    ):
        if delivery not in {HOLD, SEND}:
            raise pytest.UsageError(f"{name} is {delivery!r}: write '{HOLD}' or '{SEND}'")
    config.stash[_HOLDING] = ExitStack()
    if os.environ.get(WISH, config.getini("tracking_delivery")) == HOLD:
        config.stash[_HOLDING].enter_context(stage.holding())


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Of tracked data that is not as it should be, the fields that differ."""
    if op != "==" or not any(isinstance(side, TrackedData) for side in (left, right)):
        return None
    lines = data_differences(left, right)
    return [f"{left!r} == {right!r}", *lines] if lines else None


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
    with CollectorServer(schemas=request.config.getini("tracking_schemas")).listening() as server:
        yield server


@pytest.fixture
def collector(_tracking_collector: CollectorServer) -> Iterator[CollectorServer]:
    """A real collector on a port of this machine, without events, one for each worker of the test run.

    Trackers whose ``collector_url`` is its ``url`` send to it.
    """
    with _tracking_collector.attending():
        yield _tracking_collector
