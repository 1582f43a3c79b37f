"""``untracked``: marks views, routers and apps whose answers are no page views; knows no framework."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast
from weakref import WeakSet

from .page import HasPage, current_exchange

T = TypeVar("T")

_MARK = "_tracking_middleware_untracked"
"""On what ``untracked`` gives; decorators around it copy the mark with the rest of ``__dict__``."""
_DOORS = ("add_route", "add_api_route", "mount", "host")
"""Where a router of Starlette's or FastAPI's takes a view or an app as its second argument."""
_REFUSED = (
    "untracked() takes a view (function or class), a Flask blueprint, a Starlette or FastAPI router, route "
    "or app, Django's include() or URL patterns, or a WSGI or ASGI app, and not {}"
)

_of_routers: WeakSet[Any] = WeakSet()
"""What the routes of untracked routers lead to."""
_wrapped_ones: WeakSet[Any] = WeakSet()
"""Functions as they were before they were wrapped."""


def untracked(target: T) -> T:
    """Let nothing that ``target`` answers be a page view; a decorator for views, a function for the rest.

    It is ``current_page().skip("untracked")`` before anything of the target runs: events that are
    tracked within are sent all the same. A function is wrapped and keeps its signature and whether it
    is async; a class, a blueprint, a router and its routes are marked themselves, and routes that are
    added later with them; of Django's URL patterns new ones are given. Raises TypeError for anything else.
    """
    return cast("T", _marked(target))


def is_untracked(view: object) -> bool:
    """Whether a view is what ``untracked`` gave, maybe with other decorators around it."""
    return getattr(view, _MARK, False) is True


def is_untracked_endpoint(endpoint: object) -> bool:
    """The same of what a router has, also where ``@untracked`` stands above the route's decorator.

    That one has registered the function as it was. What tells it from ``Route("/", untracked(view))``,
    beside which another route may have the view as it is, is that its name now means the wrapper.
    """
    if endpoint is None:
        return False
    if is_untracked(endpoint) or _is_in(_of_routers, endpoint):
        return True
    if not _is_in(_wrapped_ones, endpoint):
        return False
    module = sys.modules.get(getattr(endpoint, "__module__", ""))
    return getattr(module, getattr(endpoint, "__name__", ""), None) is not endpoint


def leave_out(exchange: HasPage | None = None) -> None:
    """Let the given exchange, or the current one, be no page view."""
    exchange = current_exchange() if exchange is None else exchange
    if exchange.is_candidate and exchange.is_open:
        exchange.page.skip("untracked")


def _marked(target: Any) -> Any:
    if isinstance(target, type):
        return _marked_class(target)
    if hasattr(target, "url_value_preprocessor"):  # Flask calls it before all else of a request
        return _marked_blueprint(target)
    if hasattr(target, "url_path_for"):  # Starlette's and FastAPI's routes, routers and apps
        _mark_routes(target)
        return target
    if isinstance(target, (list, tuple)):
        return _marked_patterns(target)
    if hasattr(target, "pattern") and hasattr(target, "callback"):
        return _marked_pattern(target)
    if callable(target):
        return _wrapped(target)
    raise TypeError(_REFUSED.format(type(target).__name__))


def _marked_blueprint(blueprint: Any) -> Any:
    """A blueprint, or an app, once: an app factory may come by each time that it makes an app.

    Flask takes nothing new for a blueprint once it is registered, and carries over what it has.
    """
    if is_untracked(blueprint):
        return blueprint
    try:
        blueprint.url_value_preprocessor(_leave_out_blueprint)
    except AssertionError:
        raise TypeError(
            f"{blueprint.name!r} is in use already: call untracked() before register_blueprint()"
        ) from None
    setattr(blueprint, _MARK, True)
    return blueprint


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function or a callable object, with the page left out before it is called.

    What it gives may be a generator or a coroutine: the response has not begun then.
    """
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):

        @functools.wraps(function)
        async def wrapper(*arguments: Any, **options: Any) -> Any:
            leave_out()
            return await function(*arguments, **options)
    else:

        @functools.wraps(function)
        def wrapper(*arguments: Any, **options: Any) -> Any:
            leave_out()
            return function(*arguments, **options)

    keep_signature(wrapper, function)
    setattr(wrapper, _MARK, True)
    _add(_wrapped_ones, function)
    return wrapper


def keep_signature(wrapper: Callable[..., Any], function: Callable[..., Any]) -> None:
    """FastAPI reads annotations that are text in the module of the function it is given."""
    if any(isinstance(annotation, str) for annotation in getattr(function, "__annotations__", {}).values()):
        try:
            wrapper.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001
            # a name that is there for type checkers only: who needs it says so themselves
            return


def _marked_class(view: type) -> type:
    """A class of views: Flask's has ``dispatch_request``, others have ``dispatch``; apps are called."""
    for name in ("dispatch_request", "dispatch", "__call__"):
        method = inspect.getattr_static(view, name, None)
        if inspect.isfunction(method):
            setattr(view, name, _wrapped(method))
            setattr(view, _MARK, True)
            return view
    raise TypeError(_REFUSED.format(f"the class {view.__name__}, which has no dispatch() and no __call__()"))


def _mark_routes(target: Any) -> None:
    """A route or what it leads to; a router or an app with its routes, also those that come later."""
    _add(_of_routers, target)
    router = getattr(target, "router", target)
    if not hasattr(router, "url_path_for") or is_untracked(router):
        return
    setattr(router, _MARK, True)
    # FastAPI may keep an included router as it is
    for part in ("endpoint", "app", "original_router"):
        _mark_routes(getattr(router, part, None))
    for route in list(getattr(router, "routes", ())):
        _mark_routes(route)
    for name in _DOORS:
        if hasattr(router, name):
            setattr(router, name, _marking_door(getattr(router, name)))
    if hasattr(router, "include_router"):
        router.include_router = _marking_inclusion(router.include_router)


def _marking_door(add: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(add)
    def add_untracked(path: str, *arguments: Any, **options: Any) -> Any:
        for part in (*arguments[:1], options.get("endpoint"), options.get("app")):
            _mark_routes(part)
        return add(path, *arguments, **options)

    return add_untracked


def _marking_inclusion(include: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(include)
    def include_untracked(router: Any, *arguments: Any, **options: Any) -> Any:
        _mark_routes(router)
        return include(router, *arguments, **options)

    return include_untracked


def _marked_patterns(patterns: list[Any] | tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    """Django's URL patterns, or what its ``include()`` gives: those, an ``app_name`` and a namespace."""
    if isinstance(patterns, tuple) and len(patterns) == 3 and not hasattr(patterns[1], "pattern"):
        included, app_name, namespace = patterns
        return _marked_all(getattr(included, "urlpatterns", included)), app_name, namespace
    return _marked_all(patterns)


def _marked_all(patterns: Iterable[Any]) -> list[Any]:
    return [_marked_pattern(pattern) for pattern in patterns]


def _marked_pattern(pattern: Any) -> Any:
    """A new pattern in place of Django's own, which may stand in other places too."""
    if hasattr(pattern, "default_args"):
        callback = _wrapped(pattern.callback)
        return type(pattern)(pattern.pattern, callback, pattern.default_args, pattern.name)
    if hasattr(pattern, "url_patterns"):
        included = _marked_all(pattern.url_patterns)
        scope = (pattern.default_kwargs, pattern.app_name, pattern.namespace)
        return type(pattern)(pattern.pattern, included, *scope)
    raise TypeError(_REFUSED.format(f"a list with {type(pattern).__name__} in it"))


def _add(marked: WeakSet[Any], view: object) -> None:
    try:
        marked.add(view)
    except TypeError:  # not hashable, or nothing that a weak reference may point to
        return


def _is_in(marked: WeakSet[Any], view: object) -> bool:
    try:
        return view in marked
    except TypeError:
        return False


def _leave_out_blueprint(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    leave_out()
