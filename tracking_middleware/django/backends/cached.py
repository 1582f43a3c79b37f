"""What is kept with a page in a cache of Django's: an attribute of the response, which is pickled with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from ...exchange.exchange import Exchange
from ...request.page import current_exchange
from .shown import show_response

_KEPT = "_tracking_middleware_page"
"""Bytes, so that a cache can be read without us; no header and no part of the body."""


@cache
def keep_with_pages() -> None:
    """Have each page that is pickled keep what is said of it: as ``cache_page`` does, and as a view may.

    Whoever caches a page does so within the view's decorators and the middlewares, where nothing of ours
    runs, and all do it by pickling the response.
    """
    for kind in (HttpResponse, SimpleTemplateResponse):  # whose own one does not ask its base
        kind.__getstate__ = _keeping(kind.__getstate__)  # type: ignore[method-assign, assignment]


def recall(exchange: Exchange, request: HttpRequest, response: Any) -> None:
    """Say again what was kept with a page that comes from a cache; count where nothing was."""
    kept = response.__dict__.get(_KEPT)
    # True where the cache may keep this answer, False where the answer is the one that it had kept
    if kept is not None or getattr(request, "_cache_update_cache", True) is False:
        exchange.recall(kept)


def _keeping(getstate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(getstate)
    def keeping(response: Any) -> Any:
        state = getstate(response)
        # a page that a cache had is kept as it is by a second one
        if type(state) is dict and _KEPT not in state and "html" in response.headers.get("Content-Type", ""):
            exchange: Any = current_exchange()
            if exchange.is_open:
                show_response(response)
                kept = exchange.remember()
                if kept is not None:
                    state[_KEPT] = kept
        return state

    return keeping
