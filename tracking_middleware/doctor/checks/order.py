"""Where the tracking middleware stands among others, by what a framework lists, outermost first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .remark import Remark

_EFFECTS = {
    "UpdateCacheMiddleware": "what comes from its cache is not tracked",
    "FetchFromCacheMiddleware": "what comes from its cache is not tracked",
    "GZipMiddleware": "what it compresses was tracked before, and what it refuses is not",
    "SessionMiddleware": "the cookie and the Vary that it adds are not seen",
    "SecurityMiddleware": "what it redirects to https is not seen",
    "HTTPSRedirectMiddleware": "what it redirects to https is not seen",
    "TrustedHostMiddleware": "what it refuses is not seen",
}
"""What it means that one of these stands in front, by its name."""
HARMLESS = frozenset(
    {
        "CORSMiddleware",  # it answers preflights alone, which load no page
        "OpenTelemetryMiddleware",
        "ProxyFix",
        "ProxyHeadersMiddleware",
        "SentryAsgiMiddleware",
        "ServerErrorMiddleware",
    }
)
"""What passes every page on, or has to be in front."""


def effects_of(names: Sequence[str]) -> str:
    """What middleware in front, by their dotted paths or names, do that tracking then misses."""
    told = []
    for name in names:
        last = name.rpartition(".")[2]
        if _EFFECTS.get(last):
            told.append(f"{last}: {_EFFECTS[last]}")
    return "; ".join(told)


def is_tracking(kind: Any) -> bool:
    """Whether a class, or an instance of it, is one of our adapters, whatever it is derived from."""
    classes = kind.__mro__ if isinstance(kind, type) else type(kind).__mro__
    return any(
        base.__module__.startswith("tracking_middleware.") and base.__name__.endswith("Middleware")
        for base in classes
    )


def remarks_on_order(app: Any) -> list[Remark]:
    """On the middleware of a Starlette or FastAPI app, as its ``user_middleware`` lists them."""
    listed = getattr(app, "user_middleware", None)
    if not isinstance(listed, list):
        return []
    kinds = [getattr(each, "cls", None) for each in listed]
    places = [place for place, kind in enumerate(kinds) if kind is not None and is_tracking(kind)]
    if not places:
        return []
    remarks = [
        Remark(
            "order",
            "the tracking middleware is there twice: the inner one does nothing",
            "Leave one out.",
        )
        for _ in places[1:]
    ]
    names = [getattr(kind, "__name__", "one") for kind in kinds[: places[0]]]
    names = [name for name in names if name not in HARMLESS]
    if names:
        effects = effects_of(names)
        remarks.append(
            Remark(
                "order",
                f"{', '.join(names)} stands in front of the tracking middleware: what is answered there is "
                f"not tracked, and what is changed there is not seen{f' ({effects})' if effects else ''}",
                "Add the tracking middleware last by add_middleware(), or first in the list middleware=.",
            )
        )
    return remarks
