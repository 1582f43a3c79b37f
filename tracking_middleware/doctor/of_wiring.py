"""How the tracking middleware stands in an application: there, once, in front, and the right one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .checks.order import HARMLESS, effects_of
from .finding import Finding
from .loading import is_asgi, names_in_front, trackings_in

_TOPIC = "wiring"


def on_wiring(app: Any) -> Iterator[Finding]:
    """What a request meets on its way through the app."""
    found = trackings_in(app)
    kind = "ASGI" if is_asgi(app) else "WSGI"
    if not found:
        yield Finding(
            "wrong",
            _TOPIC,
            f"{_name(app)}, an app of {kind}, has no tracking middleware: no page view is tracked",
            "Add it as the documentation has it under Add it to a site.",
        )
        return
    yield Finding("ok", _TOPIC, f"{_name(app)}, an app of {kind}, has {_path(found[0])}")
    for inner in found[1:]:
        yield Finding(
            "note", _TOPIC, f"it is there again, {_path(inner)}: the inner one does nothing", "Leave one out."
        )
    front = [name for name in names_in_front(app) if name not in HARMLESS]
    if front and ".django." not in _path(found[0]):  # of which Django's own checks tell
        effects = effects_of(front)
        yield Finding(
            "note",
            _TOPIC,
            f"in front of it: {', '.join(front)}. What is answered there is not tracked"
            f"{f' ({effects})' if effects else ''}",
            "Put the tracking middleware first, outermost.",
        )


def _name(app: Any) -> str:
    kind = app if isinstance(app, type) else type(app)
    return getattr(app, "__name__", kind.__name__)


def _path(middleware: Any) -> str:
    kind = type(middleware)
    return f"{kind.__module__}.{kind.__qualname__}"
