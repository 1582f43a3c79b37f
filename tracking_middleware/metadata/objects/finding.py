"""The described objects in what a template was given; nothing is read that the page has not read itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from .declaring import Description, description_of
from .shown import Shown

Found = tuple[Any, Description]
MOST_LOOKED_AT = 10_000
"""Values of one page that are looked at, which takes some milliseconds."""


def objects_in(shown: Shown) -> Iterator[Found]:
    """Each object once of what was not looked at yet, in the order of names; of a list each, in its order.

    What it does not look at is added to ``left_out``: a context that is too long is one.
    """
    seen, contexts = shown.seen, shown.contexts[shown.has_looked :]
    shown.has_looked += len(contexts)
    values = _values(contexts)
    for value in islice(values, MOST_LOOKED_AT - shown.looked_at):
        shown.looked_at += 1
        # never isinstance(): a lazy object would be made of it, as ``request.user`` with a query
        description = description_of(type(value))  # type: ignore[arg-type]  # a class has a hash
        if description is not None and id(value) not in seen:
            seen.add(id(value))
            yield value, description
    if next(values, shown) is not shown:
        shown.left_out += 1


def _values(contexts: Iterable[object]) -> Iterator[object]:
    for context in contexts:
        named: Iterable[object] = [context]
        if isinstance(context, Mapping):
            yield from _serialized(context)
            named = tuple(context.values())
        for value in named:
            yield value
            yield from _listed(value)


def _listed(value: object) -> Iterator[object]:
    """What is in a list; in a queryset that was read; on a page of a paginator; behind serialized data."""
    if type(value) in {list, tuple}:
        yield from value  # type: ignore[misc]  # it is one
        return
    own = _own(value)
    if type(own.get("_result_cache")) is list:  # Django's QuerySet
        yield from own["_result_cache"]
    elif "object_list" in own and "paginator" in own:  # Django's Page
        yield from _listed(own["object_list"])
    else:
        yield from _serialized(value)


def _serialized(value: object) -> Iterator[object]:
    """What Django REST Framework made data of: the object, or each of several."""
    serializer = _own(value).get("serializer")
    if serializer is not None:
        instance = _own(serializer).get("instance")
        yield instance
        yield from _listed(instance)


def _own(value: object) -> Mapping[str, Any]:
    """The attributes that an object has itself: no property, and no ``__getattr__``, of anybody's runs."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return own if type(own) is dict else {}
