"""Imports run one way, and what is not needed is not loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tracking_middleware

ROOT = Path(tracking_middleware.__file__).parent
VALUES = {
    *("errors", "ids", "identity", "subject", "confidential", "declaring", "entities", "events"),
    *("checks", "proxies", "settings", "globs", "path_masks", "secret_names", "log_text"),
}
ISSUING = {"issuing", "cookie_scope", "twin", "issuer", "privacy"}
CLIENT = {"client_ip", "forwarded"}
REQUEST = CLIENT | {
    "exchange",
    "raw_request",
    "page",
    "rules",
    "urls",
    "redaction",
    "readable_parameters",
    "ids",
    "capture",
    "tally",
}
TRACKING = {"tracked", "tracking", "untracked", "sealing", "transactions", "destination", "departure"}
EXCHANGES = {"shared", "asking_exchange", "eventful_exchange", "skipped_exchange", "open_exchange"}
CORE = VALUES | ISSUING | REQUEST | TRACKING | EXCHANGES | {"living", "tracker"}
WIRED = CORE | {"protocol", "delivery", "wiring"}
ALLOWED = {
    "errors": set(),
    "identity": {"errors"},
    "subject": {"identity", "errors"},
    "confidential": set(),
    "declaring": {"confidential", "errors"},
    "entities": {"declaring", "errors"},
    "events": {"declaring", "subject", "identity", "ids", "errors"},
    "globs": set(),
    "path_masks": {"globs"},
    "secret_names": set(),
    "checks": {"errors", "path_masks"},
    "proxies": {"errors"},
    "settings": {"checks", "proxies", "errors", "secret_names"},
    "log_text": set(),
    "tally": {"log_text"},
    "transactions": {"events"},
    "destination": {"events"},
    "ids": {"errors"},
    "exchange": VALUES,
    "raw_request": VALUES | {"exchange"},
    "page": VALUES | {"exchange", "raw_request", "privacy"},
    "rules": VALUES | {"exchange", "raw_request"},
    "privacy": VALUES | {"exchange", "raw_request"},
    "issuing": {"identity"},
    "cookie_scope": {"identity"},
    "twin": {"identity", "issuing"},
    "issuer": VALUES
    | {"exchange", "raw_request", "ids", "issuing", "cookie_scope", "twin", "tally"}
    | CLIENT,
    "redaction": VALUES,
    "readable_parameters": set(),
    "urls": VALUES | {"redaction", "readable_parameters"},
    "forwarded": VALUES,
    "client_ip": VALUES | {"exchange", "forwarded"},
    "capture": VALUES
    | {"exchange", "raw_request", "page", "ids", "redaction", "urls", "client_ip", "cookie_scope"},
    "sealing": {"errors", "identity", "subject"},
    "tracked": VALUES | {"capture", "ids", "page", "client_ip"},
    "tracking": {"page", "subject"},
    "untracked": {"page"},
    "departure": REQUEST | {"destination", "tracked", "transactions"},
    "shared": VALUES | ISSUING | REQUEST | {"tracking"},
    "asking_exchange": CORE - EXCHANGES - {"tracker"} | {"shared"},
    "eventful_exchange": CORE - {"open_exchange", "skipped_exchange", "tracker"},
    "skipped_exchange": CORE - {"open_exchange", "tracker"},
    "open_exchange": CORE - {"skipped_exchange", "tracker"},
    "living": {"destination", "exchange", "settings", "tally"},
    "tracker": CORE,
    "protocol": VALUES - {"settings", "checks"},
    "delivery": VALUES | {"ids", "protocol", "delivery"},
    "wiring": WIRED,
    "track_command": WIRED,
    "schema_export": {"confidential"},
    "schema_command": {"schema_export", "track_command"},
    "collector_command": {"collector", "collector_outputs", "track_command"},
    "collector_outputs": {"collector", "track_command"},
    "cli": WIRED | {"collector_command", "schema_command", "track_command"},
    "asgi": WIRED - {"delivery"},
    "wsgi": WIRED - {"delivery"},
    "flask": WIRED - {"delivery"} | {"wsgi"},
    "starlette": WIRED - {"delivery"} | {"asgi"},
    "django": WIRED | {"wsgi", "asgi", "django"},
    "sqlalchemy": {"transactions"},
    "celery": WIRED - {"delivery"} | {"django"},
    "collector": {"protocol", "collector"},
    "testing": CORE | {"protocol", "collector"},
    "__init__": WIRED,
}
FRAMEWORKS = {
    "django": {"django", "asgiref"},
    "flask": {"flask"},
    "starlette": {"starlette"},
    "sqlalchemy": {"sqlalchemy"},
    "celery": {"celery"},
}
OUTSIDE = {"httpx", "uvicorn", "fastapi", "werkzeug", *FRAMEWORKS, "asgiref", "psycopg", "kombu"}
MODULES = sorted(ROOT.rglob("*.py"))


def room_of(path):
    """The module of the house that a file belongs to."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imports_of(path):
    """Rooms and outside packages that a file imports at any depth of its code."""
    package = path.relative_to(ROOT.parent).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (("outside", alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield "outside", node.module.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            target = [*base, *(node.module or "").split(".")] if node.module else [*base]
            names = [target] if node.module else [[*base, alias.name] for alias in node.names]
            yield from (("inside", name[1]) for name in names if len(name) > 1)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_only_what_the_layers_allow(path):
    room = room_of(path)
    inside = {name for kind, name in imports_of(path) if kind == "inside"}
    assert inside - ALLOWED[room] - {room} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_a_framework_only_in_its_own_module(path):
    room = room_of(path)
    allowed = FRAMEWORKS.get(room, set())
    if room == "collector":
        allowed = {"starlette", "uvicorn"}
    if path.relative_to(ROOT).parts == ("collector", "schema_http.py"):
        allowed = {"httpx"}
    if path.relative_to(ROOT).parts == ("delivery", "http.py"):
        allowed = {"httpx"}
    if path.relative_to(ROOT).parts == ("testing", "collector.py"):
        allowed = {"httpx", "uvicorn"}
    outside = {name for kind, name in imports_of(path) if kind == "outside"}
    assert outside & OUTSIDE - allowed == set()


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
        "Confidential",
        "EntityError",
        "EventError",
        "FilterFailedError",
        "HttpResponse",
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
        "current_page",
        "current_tracker",
        "entity",
        "event",
        "track",
        "untracked",
    ]
    assert all(hasattr(tracking_middleware, name) for name in tracking_middleware.__all__)


def test_the_version_is_the_same_everywhere():
    from tracking_middleware.protocol import TRACKER_VERSION

    changelog = (ROOT.parent / "CHANGELOG.md").read_text()
    assert TRACKER_VERSION.endswith(f"-{tracking_middleware.__version__}")
    assert changelog.split("## ")[1].startswith(tracking_middleware.__version__)
