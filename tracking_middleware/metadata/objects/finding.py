"""The described objects in what a template was given; nothing is read that the page has not read itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from .declaring import Description, description_of
from .shown import Shown

Found = tuple[Any, Description]
MOST_LOOKED_AT = 10_000
"""Values of one page that are looked at, which takes some milliseconds."""
_DEEPEST = 3
"""Lists in lists and the like, such as the stories of each section of a front page."""


def objects_in(shown: Shown) -> Iterator[Found]:
    """Each object once of what was not looked at yet: those with a name of their own first, then in lists.

    What it does not look at is added to ``left_out``: a context that is too long is one.
    """
    seen, contexts = shown.seen, list(shown.contexts.values())[shown.has_looked :]
    shown.has_looked += len(contexts)
    values = _values(contexts)
    for value in islice(values, MOST_LOOKED_AT - shown.looked_at):
        shown.looked_at += 1
        description = _description_of(value)
        if description is not None and id(value) not in seen:
            seen.add(id(value))
            yield value, description
    if next(values, shown) is not shown:
        shown.left_out += 1


def _description_of(value: object) -> Description | None:
    try:
        # never isinstance(): a lazy object would be made of it, as ``request.user`` with a query
        return description_of(type(value))  # type: ignore[arg-type]  # a class mostly has a hash
    except Exception:  # noqa: BLE001
        # a class whose own class takes its hash away, or raises
        return None


def _values(contexts: Iterable[object]) -> Iterator[object]:
    level = list(chain.from_iterable(map(_named, contexts)))
    yield from level
    for _ in range(_DEEPEST):
        level = list(islice(chain.from_iterable(map(_listed, level)), MOST_LOOKED_AT))
        yield from level


def _named(context: object) -> Iterator[object]:
    if issubclass(type(context), dict):
        yield from _serialized(context)
        yield from dict.values(context)  # type: ignore[arg-type]  # it is one
    else:
        yield context


def _listed(value: object) -> Iterator[object]:
    """What is in a list or a dict, as it lies there: of a subclass nothing that is its own runs.

    Also in a queryset that was read, on a page of a paginator, and behind serialized data.
    """
    kind: Any = type(value)
    own = _own(value)
    if issubclass(kind, list):
        yield from _serialized(value)
        yield from list.__iter__(value)  # type: ignore[arg-type]  # it is one
    elif issubclass(kind, tuple):
        yield from tuple.__iter__(value)  # type: ignore[arg-type]  # it is one
    elif issubclass(kind, dict):
        yield from _named(value)
    elif type(own.get("_result_cache")) is list:  # Django's QuerySet
        yield from own["_result_cache"]
    elif "object_list" in own and "paginator" in own:  # Django's Page
        yield from _listed(own["object_list"])
    elif (
        type(own.get("items")) is list and "page" in own and "per_page" in own
    ):  # Flask-SQLAlchemy's Pagination
        yield from own["items"]
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
    except Exception:  # noqa: BLE001
        # it has none, or a class has made a property of it
        return {}
    return own if type(own) is dict else {}
