"""What is kept with a page in a cache of Django's: an attribute of the response, which is pickled with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.cache import FetchFromCacheMiddleware
from django.template.response import SimpleTemplateResponse

from ...exchange.exchange import Exchange
from ...request.page import current_exchange
from .shown import show_response

_KEPT = "_tracking_middleware_page"
"""Bytes, so that a cache can be read without us; no header and no part of the body."""
_TITLE = "_tracking_middleware_title"
"""What its view had said when a cache began to wait for it to be rendered; it is not pickled."""


@cache
def keep_with_pages() -> None:
    """Have each page that is pickled keep what is said of it: as ``cache_page`` does, and as a view may.

    Whoever caches a page does so within the view's decorators and the middlewares, where nothing of ours
    runs, and all do it by pickling the response.
    """
    for kind in (HttpResponse, SimpleTemplateResponse):  # whose own one does not ask its base
        kind.__getstate__ = _keeping(kind.__getstate__)  # type: ignore[method-assign, assignment]
    lazy: Any = SimpleTemplateResponse
    lazy.add_post_render_callback = _deferring(lazy.add_post_render_callback)
    fetch: Any = FetchFromCacheMiddleware
    fetch.process_request = _beginning(fetch.process_request)


def recall(exchange: Exchange, request: HttpRequest, response: Any) -> None:
    """Say again what was kept with a page that comes from a cache; count where nothing was."""
    kept = response.__dict__.get(_KEPT)
    # True where the cache may keep this answer, False where the answer is the one that it had kept
    if kept is not None or getattr(request, "_cache_update_cache", True) is False:
        exchange.recall(kept)


def _deferring(add_callback: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """A cache waits for a response to be rendered: its view is over, and what is said from now on not its."""

    @wraps(add_callback)
    def deferring(response: Any, callback: Any) -> None:
        exchange: Any = current_exchange()
        if exchange.is_open and not response.is_rendered:
            response.__dict__.setdefault(_TITLE, exchange.title_of_render)
        add_callback(response, callback)

    return deferring


def _beginning(process_request: Callable[[Any, HttpRequest], Any]) -> Callable[[Any, HttpRequest], Any]:
    @wraps(process_request)
    def beginning(middleware: Any, request: HttpRequest) -> Any:
        response = process_request(middleware, request)
        exchange: Any = current_exchange()
        if response is None and exchange.is_open:
            exchange.begin_render()
        return response

    return beginning


def _keeping(getstate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(getstate)
    def keeping(response: Any) -> Any:
        state = getstate(response)
        headers = getattr(response, "headers", {})  # a class of the application's may have none yet
        if type(state) is dict and "html" in headers.get("Content-Type", ""):
            exchange: Any = current_exchange()
            # a page that a cache had is kept as it is by a second one, and a copy anew: more was said since
            if exchange.is_open and (_KEPT not in state or exchange.has_remembered(state[_KEPT])):
                show_response(response)
                kept = exchange.remember(state.get(_TITLE, exchange.title_of_render))
                if kept is not None:
                    state[_KEPT] = kept
        if type(state) is dict:
            state.pop(_TITLE, None)
        return state

    return keeping
