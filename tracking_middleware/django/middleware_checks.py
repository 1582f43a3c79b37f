"""What ``manage.py check`` says about the place of the middleware in ``MIDDLEWARE``."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage
from django.utils.module_loading import import_string

from ..asgi import ASGIMiddleware
from ..doctor.checks.order import effects_of
from ..errors import SettingsError
from ..wsgi import WSGIMiddleware
from .tracker import settings_of_django

_PATH = "tracking_middleware.django.TrackingMiddleware"
_CLASS = "tracking_middleware.django.middleware.TrackingMiddleware"
_ELSEWHERES = ("tracking_middleware.starlette.", "tracking_middleware.flask.")


def check_middleware(**_options: Any) -> list[CheckMessage]:
    """``E002``: a class of another framework; ``W002`` to ``W004``: missing, there twice, not the first."""
    try:
        if not settings_of_django().enabled:
            return []
    except SettingsError:  # E001 tells
        return []
    listed = list(django_settings.MIDDLEWARE)
    foreign = [path for path in listed if _is_foreign(path)]
    if foreign:
        return [
            checks.Error(
                f"MIDDLEWARE has {path!r}, which is not for Django",
                hint=f"Write {_PATH!r}.",
                id="tracking_middleware.E002",
            )
            for path in foreign
        ]
    places = [place for place, path in enumerate(listed) if _is_ours(path)]
    if not places:
        return [_missing()]
    return [*_repeated(listed, places), *_late(listed, places[0])]


def _missing() -> CheckMessage:
    return checks.Warning(
        "MIDDLEWARE has no tracking middleware: no page view is tracked",
        hint=f"Put {_PATH!r} first in MIDDLEWARE; where the process answers no requests, or an ASGI or WSGI "
        "middleware is around Django, add 'tracking_middleware.W002' to SILENCED_SYSTEM_CHECKS.",
        id="tracking_middleware.W002",
    )


def _repeated(listed: list[str], places: list[int]) -> list[CheckMessage]:
    return [
        checks.Warning(
            f"MIDDLEWARE has the tracking middleware again, {listed[place]!r}: the inner one does nothing",
            hint="Leave it out.",
            id="tracking_middleware.W003",
        )
        for place in places[1:]
    ]


def _late(listed: list[str], place: int) -> list[CheckMessage]:
    if place == 0:
        return []
    before = ", ".join(repr(path) for path in listed[:place])
    effects = effects_of(listed[:place])
    return [
        checks.Warning(
            f"MIDDLEWARE has {before} in front of the tracking middleware: what they answer themselves, such "
            f"as a page from a cache, is not tracked, and what they change is not seen"
            f"{f' ({effects})' if effects else ''}",
            hint=f"Put {_PATH!r} first.",
            id="tracking_middleware.W004",
        )
    ]


def _is_ours(path: str) -> bool:
    found = _found(path)
    bases = found.__mro__ if isinstance(found, type) else ()
    # by name, since the middleware itself has these checks registered
    return any(f"{base.__module__}.{base.__name__}" == _CLASS for base in bases)


def _is_foreign(path: str) -> bool:
    if path.startswith(_ELSEWHERES):  # also where that framework is not installed
        return True
    found = _found(path)
    return isinstance(found, type) and issubclass(found, ASGIMiddleware | WSGIMiddleware)


def _found(path: str) -> object:
    """What a path names; None where it cannot be imported, of which Django tells."""
    try:
        return import_string(path)
    except Exception:  # noqa: BLE001
        # a module of the application's may raise anything
        return None
