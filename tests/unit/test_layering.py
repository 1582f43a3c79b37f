"""Imports run one way, and what is not needed is not loaded."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import tracking_middleware
from tests import house

ROOT = house.ROOT
FRAMEWORKS = {
    "django": {"django", "asgiref"},
    "flask": {"flask"},
    "starlette": {"starlette"},
    "fastapi": {"fastapi"},
    "sqlalchemy": {"sqlalchemy"},
    "celery": {"celery"},
}
OUTSIDE = {"httpx", "uvicorn", "werkzeug", *FRAMEWORKS, "asgiref", "psycopg", "kombu"}
MODULES = sorted(ROOT.rglob("*.py"))


def outside_imports(path):
    """Outside packages that a file imports at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("name", house.TARGETS)
def test_the_house_is_kept(name):
    value, where = house.measured()[name]
    assert value <= house.TARGETS[name], where


def test_every_module_stands_in_a_room_of_the_table():
    assert {house.room_of(path) for path in house.modules()} == set(house.ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_a_framework_only_in_its_own_module(path):
    room = house.room_of(path).split("/")[0]
    allowed = FRAMEWORKS.get(room, set())
    if room == "collector":
        allowed = {"starlette", "uvicorn"}
    if path.relative_to(ROOT).parts == ("collector", "schemas", "http.py"):
        allowed = {"httpx"}
    if path.relative_to(ROOT).parts == ("delivery", "http.py"):
        allowed = {"httpx"}
    if path.relative_to(ROOT).parts == ("testing", "collector.py"):
        allowed = {"httpx", "uvicorn"}
    if path.relative_to(ROOT).parts[:2] == ("journeys", "engines"):
        allowed = {{"postgres.py": "psycopg", "clickhouse.py": "httpx"}.get(path.name, "")}
    assert set(outside_imports(path)) & OUTSIDE - allowed == set()


def test_importing_the_package_loads_no_framework_and_no_http_client():
    modules = "tracking_middleware.asgi, tracking_middleware.wsgi, tracking_middleware.testing"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert OUTSIDE.isdisjoint(loaded)


def test_the_public_names_are_these():
    assert tracking_middleware.__all__ == [
        "Article",
        "Article2",
        "Confidential",
        "EntityError",
        "EventError",
        "FilterFailedError",
        "Format",
        "HttpResponse",
        "JsonSchema",
        "MaxLength",
        "Maximum",
        "MinLength",
        "Minimum",
        "PageStore",
        "Pattern",
        "Settings",
        "SettingsError",
        "StructuredEvent",
        "Subject",
        "TokenError",
        "TokenExpiredError",
        "TokenFormatError",
        "TokenSignatureError",
        "TokenTooLongError",
        "Tracker",
        "TrackingError",
        "cached_page",
        "current_page",
        "current_tracker",
        "describes",
        "entity",
        "event",
        "page_entity",
        "track",
        "untracked",
    ]
    assert all(hasattr(tracking_middleware, name) for name in tracking_middleware.__all__)


def test_the_version_is_the_same_everywhere():
    from tracking_middleware.protocol import TRACKER_VERSION

    changelog = (ROOT.parent / "CHANGELOG.md").read_text()
    assert TRACKER_VERSION.endswith(f"-{tracking_middleware.__version__}")
    assert changelog.split("## ")[1].startswith(tracking_middleware.__version__)
