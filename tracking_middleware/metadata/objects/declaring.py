"""``@describes``: how an object of the application's becomes an entity, declared once for its class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Literal, TypeVar

from ...errors import TrackingError

Describing = Callable[[Any], object]
F = TypeVar("F", bound=Describing)
Queries = Literal["refused", "allowed"]


class Description:
    """The function that describes the objects of a class, whether it may ask the database and be cached."""

    __slots__ = ("function", "is_cacheable", "name", "queries")

    def __init__(self, function: Describing, queries: Queries, *, is_cacheable: bool) -> None:
        self.function = function
        self.queries = queries
        self.is_cacheable = is_cacheable
        name = getattr(function, "__qualname__", type(function).__name__)
        if name.endswith("<lambda>"):  # as others of its module are called
            name = f"{name} in line {function.__code__.co_firstlineno}"
        self.name = f"{function.__module__}.{name}"


_descriptions: dict[type, Description] = {}


def describes(model: type, *, queries: Queries = "refused", cacheable: bool = True) -> Callable[[F], F]:
    """Declare a function that makes of an object of ``model`` an entity, a list of entities, or None.

    From then on each page that shows such an object, or one of a subclass, carries them: what a template was
    given by a name or in a list (a queryset that the page has read itself). A subclass's own function wins.
    Nothing in a view is needed, and what a view attaches of the same schema wins.

    The function runs when the response has been made. It may use what the page has loaded: where it would
    query Django's database or SQLAlchemy's it is stopped, and its object left out (``description_queried``),
    unless ``queries="allowed"``. What it raises is counted (``description_failed``), never in a response.

    Where a framework's cache keeps the page, this is kept with it, for whoever is given that page:
    ``cacheable=False`` where ``model`` is a person's, who may be another one then.

    Raises TrackingError where ``model`` is no class or has another function, and where that is async.
    """
    if not isinstance(model, type):
        raise TrackingError(f"@describes takes the class of the objects, and not {model!r}")
    if queries not in {"refused", "allowed"}:
        raise TrackingError(f"@describes(queries=…) must be 'refused' or 'allowed', not {queries!r}")

    def declare(function: F) -> F:
        if not callable(function) or _is_async(function):
            raise TrackingError(
                f"@describes({model.__qualname__}) takes a plain function of one object, not {function!r}: "
                "it runs when the response has been made, and nobody awaits it"
            )
        description = Description(function, queries, is_cacheable=cacheable)
        known = _descriptions.get(model)
        if known is not None and known.name != description.name:  # else its module was loaded again
            raise TrackingError(
                f"{model.__qualname__} is described by {known.name} already: let one function return a list"
            )
        _descriptions[model] = description
        description_of.cache_clear()
        return function

    return declare


def _is_async(function: Describing) -> bool:
    call = getattr(function, "__call__", None)  # noqa: B004  # of an object with such a method
    return any(map(inspect.iscoroutinefunction, (function, call)))


def are_declared() -> bool:
    """Whether any class is described."""
    return bool(_descriptions)


def described_models() -> Iterable[type]:
    """The classes that are described."""
    return _descriptions.keys()


@lru_cache(maxsize=1024)
def description_of(kind: type) -> Description | None:
    """What describes the objects of a class: its own, else that of the nearest class it is derived from."""
    return next((found for base in kind.__mro__ if (found := _descriptions.get(base)) is not None), None)
