"""The application of a site: loaded by its name, and looked through for the tracking middleware."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

from ..errors import SettingsError
from ..tracker import Tracker
from ..wiring import is_async, may_take
from .checks.order import is_tracking

_MOST = 500
"""Objects that are looked at: a stack of middleware is no deeper."""
_INNER = ("app", "wsgi_app", "_middleware_chain", "get_response", "application", "__wrapped__", "__self__")


_MISSING = object()


class LoadingError(Exception):
    """The application cannot be had; the message says why."""


class NoNameError(LoadingError):
    """It was named in a way that can name none."""


def load(name: str) -> Any:
    """The app that ``MODULE:NAME`` names, such as ``shop.wsgi:application``, or ``MODULE:FACTORY()`` makes.

    Its middleware is set up. Raises LoadingError; NoNameError where that is no such name; SettingsError
    where the site's own code meets it, as with wrong settings in Flask and Django.
    """
    module, colon, path = name.removesuffix("()").partition(":")
    parts = path.split(".")
    if not colon or not all(part.isidentifier() for part in [*module.split("."), *parts]):
        raise NoNameError(f"{name!r} names no app: give MODULE:NAME, such as shop.wsgi:application")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    found = _done(lambda: importlib.import_module(module), f"{module} cannot be imported")
    for part in parts:
        found = _done(partial(getattr, found, part, _MISSING), f"{name} cannot be had")
        if found is _MISSING:
            raise LoadingError(f"{module} has no {path}: give the name of the app in it")
    if name.endswith("()"):
        found = _done(found, f"{name} made no app")
    _refuse_no_app(found, name)
    _done(lambda: trackings_in(found), f"the middleware of {name} cannot be set up")
    return found


def _done(step: Callable[[], Any], failed: str) -> Any:
    """What a step through the application's own code gives, which may raise anything."""
    try:
        return step()
    except SettingsError:
        raise
    except (Exception, SystemExit) as error:  # which a script raises that was meant to be run
        raise LoadingError(f"{failed}: {type(error).__name__}: {error}") from error


def _refuse_no_app(found: Any, name: str) -> None:
    if callable(found) and (may_take(found, 2) or may_take(found, 3)):
        return
    if isinstance(found, FunctionType) and may_take(found, 0) and not name.endswith("()"):
        raise LoadingError(f"{name} is no app, and may make one: give {name}() for what it returns")
    raise LoadingError(
        f"{name} is no app: it takes neither WSGI's environ, start_response nor ASGI's scope, receive, send"
    )


def is_asgi(app: Any) -> bool:
    """Whether an app is called as ASGI has it, and not as WSGI."""
    return is_async(app) or (may_take(app, 3) and not may_take(app, 2))


def trackings_in(app: Any) -> list[Any]:
    """The tracking middleware in an app's stack, from the outermost inwards."""
    return [each for each in _stack(app) if not isinstance(each, type) and is_tracking(each)]


def is_django(app: Any) -> bool:
    """Whether a request to an app comes to Django."""
    return any(type(each).__module__.startswith("django.") for each in _stack(app))


def names_in_front(app: Any) -> list[str]:
    """The classes of the middleware that a request meets before the tracking, as far as the stack shows."""
    listed = getattr(app, "user_middleware", None)
    if isinstance(listed, list):  # Starlette's, beside which there are some of the framework's own
        kinds = [getattr(each, "cls", None) for each in listed]
        ours = next((place for place, kind in enumerate(kinds) if is_tracking(kind)), 0)
        return [getattr(kind, "__name__", "one") for kind in kinds[:ours]]
    names: list[str] = []
    for each in _stack(app):
        if is_tracking(each):
            return names
        name = type(each).__name__
        if name.endswith("Middleware") or name == "ProxyFix":
            names.append(name)
    return []


def tracker_of(middleware: Any) -> Tracker:
    """Its tracker; raises SettingsError where its settings are wrong."""
    tracker: Tracker = middleware.tracker
    return tracker


def _stack(app: Any) -> Iterator[Any]:
    """An app and all that it is made around, outermost first."""
    waiting, seen = [app], set[int]()
    while waiting and len(seen) < _MOST:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += _within(each)


def _within(each: Any) -> list[Any]:
    if isinstance(each, FunctionType):
        cells = [cell.cell_contents for cell in each.__closure__ or () if _is_filled(cell)]
        return [found for found in (getattr(each, "__wrapped__", None), *cells) if callable(found)]
    if hasattr(each, "build_middleware_stack"):  # Starlette and what is made of it builds late
        if getattr(each, "middleware_stack", None) is None:
            each.middleware_stack = each.build_middleware_stack()  # once, since each has a tracker of its own
        return [each.middleware_stack]
    found = (getattr(each, name, None) for name in _INNER)
    return [inner for inner in found if callable(inner) and not isinstance(inner, type)]


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
