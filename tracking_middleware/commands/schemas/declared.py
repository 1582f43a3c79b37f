"""What modules of an application's declare: Iglu URIs and schemas."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from ...events.schema_export import ExportError, declared_in, describe
from ..terminal import CommandError, UsageError


def declared(modules: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By Iglu URI, the schemas of the classes that modules declare; raises CommandError."""
    schemas: dict[str, dict[str, Any]] = {}
    for module in modules:
        found = _of_module(module)
        if not found:
            raise CommandError(f"{module} declares no class with @entity or @event")
        for uri, schema in found.items():
            if schemas.setdefault(uri, schema) != schema:
                raise CommandError(f"{uri} is declared twice, as different things: give one another name")
    return schemas


def _of_module(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for uri, kind in declared_in(_imported(name)):
        try:
            schema = describe(uri, kind)
        except ExportError as error:
            raise CommandError(f"{error}; mend that, or write its schema by hand") from None
        if found.setdefault(uri, schema) != schema:
            raise CommandError(f"{uri} is declared twice in {name}: give one another name or version")
    return found


def _imported(module: str) -> Any:
    if module.endswith(".py"):
        raise UsageError(f"{module!r} is a file: give the module as Python imports it, such as shop.tracked")
    if not all(part.isidentifier() for part in module.split(".")):
        raise UsageError(f"{module!r} is no module: give its name as Python imports it, such as shop.tracked")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(module)
    except Exception as error:  # noqa: BLE001
        # a module of the application's may raise anything while it is loaded
        problem = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise CommandError(f"{module} cannot be imported: {problem}") from None
