"""``@page_entity``: what a view's page is about, said beside the view."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from ...errors import TrackingError
from ...request.page import current_exchange
from ...request.untracked import keep_signature
from .describing import as_entities

V = TypeVar("V", bound=Callable[..., Any])
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def page_entity(describe: Callable[..., object]) -> Callable[[V], V]:
    """Have a view's page carry what ``describe(request, **arguments)`` gives: an entity, a list, or None.

    For views of Django, Flask, Starlette and FastAPI, sync and async, also as methods. ``request`` is the
    framework's own, ``arguments`` are those of the view by their names: of its URL, in FastAPI also others.
    It is called once the view has answered, and may query; for an async view it may be async. What it raises
    is counted (``description_failed``) and never in the response.

    Raises TrackingError where it cannot be called.
    """
    if not callable(describe):
        raise TrackingError(f"@page_entity takes a function of the request, not {describe!r}")

    def decorate(view: V) -> V:
        if inspect.iscoroutinefunction(view):

            @functools.wraps(view)
            async def wrapper(*arguments: Any, **named: Any) -> Any:
                return await _answered(describe, view(*arguments, **named), (arguments, named))
        else:

            @functools.wraps(view)
            def wrapper(*arguments: Any, **named: Any) -> Any:
                answer = view(*arguments, **named)
                if inspect.isawaitable(answer):  # as those of Django's class-based views may be
                    return _answered(describe, answer, (arguments, named))
                _attach(describe, (arguments, named))
                return answer

        keep_signature(wrapper, view)
        return wrapper  # type: ignore[return-value]  # it is called as the view is

    return decorate


async def _answered(describe: Callable[..., object], answer: Awaitable[Any], arguments: Arguments) -> Any:
    answered = await answer
    given = _attach(describe, arguments, is_awaited=True)
    if given is not None:
        try:
            _attach_all(await given)
        except (Exception, SystemExit) as error:  # noqa: BLE001
            _count(describe, error)
    return answered


def _attach(
    describe: Callable[..., object], arguments: Arguments, *, is_awaited: bool = False
) -> Awaitable[object] | None:
    """Attach what describes the page; give it where it is to be awaited first."""
    exchange = current_exchange()
    if not (exchange.is_candidate and exchange.is_open):
        return None
    try:
        request = _request_in(*arguments)
        given = describe(request, **_named(request, arguments[1]))
        if not inspect.isawaitable(given):
            _attach_all(given)
            return None
        if is_awaited:
            return given
        if inspect.iscoroutine(given):
            given.close()
        raise TrackingError("it is async, and its view is not")
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # the application's function may raise anything, and must not into the view
        _count(describe, error)
    return None


def _attach_all(given: object) -> None:
    page = current_exchange().page
    for entity in as_entities(given):
        page.attach(entity)


def _count(describe: Callable[..., object], error: BaseException) -> None:
    told = str(error) if isinstance(error, TrackingError) else f"raised {type(error).__name__}"
    name = f"{describe.__module__}.{getattr(describe, '__qualname__', '')}"
    tracker: Any = current_exchange().tracker  # there is one, since the exchange may be a page
    tracker.tally.error("description_failed", f"{name} of @page_entity {told}: nothing was attached")


def _request_in(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """The request that a view was given, after a method's ``self`` or by its name; else the adapter's."""
    for value in (*arguments, named.get("request")):
        if hasattr(value, "headers") and hasattr(value, "method"):
            return value
    exchange: Any = current_exchange()
    return exchange.native  # Flask gives its views none


def _named(request: Any, named: dict[str, Any]) -> Mapping[str, Any]:
    """The view's arguments; Starlette has those of the URL on the request."""
    others = {name: value for name, value in named.items() if value is not request}
    path = getattr(request, "path_params", None)
    return others or (path if isinstance(path, Mapping) else {})
