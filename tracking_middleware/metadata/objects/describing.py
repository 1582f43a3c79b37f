"""Describing what a page has shown, once it was made and before its database goes away. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from types import GeneratorType
from typing import Any, NoReturn

from ...errors import EntityError
from ...events.entities import encode_entity
from ...request.page import Page
from ...tally import Count
from .declaring import Description
from .finding import objects_in
from .guards import QueryRefusedError, guards
from .shown import Described, Shown

Encoded = tuple[bytes, Described]


def describe_shown(shown: Shown, *, page: Callable[[], Page], max_entities: int, count: Count) -> None:
    """Attach to the page what describes the objects that it shows, but for what its view said.

    ``page`` gives it, and is asked only where there is something.
    """
    describe_more(shown, page=page, max_entities=max_entities, count=count)
    if not shown.described:
        return
    said = page().entities
    for one in shown.described.values():
        if not any(other.startswith(one.begin) for other in said):
            page().attach(one.entity)


def describe_more(shown: Shown, *, page: Callable[[], Page], max_entities: int, count: Count) -> None:
    """Describe the objects that were shown since the last time, but for what the view said."""
    found = list(objects_in(shown))
    for _ in range(shown.left_out):
        count("description_unseen")
    shown.left_out = 0
    if not found:
        return
    said, described = page().entities, shown.described
    for _, group in groupby(enumerate(found), key=lambda one: one[1][1].queries):
        objects = list(group)
        with _guarded(
            [value for _, (value, description) in objects if description.queries == "refused"]
        ) as query:
            for place, (value, description) in objects:
                if len(said) + len(described) >= max_entities:
                    for _ in found[place:]:
                        count("description_left_out")
                    return
                for encoded, one in _described(value, description, query, count):
                    if not any(other.startswith(one.begin) for other in said):
                        described.setdefault(encoded, one)


class _Query:
    """Whether a describing function has tried to make one."""

    __slots__ = ("was_refused",)

    def __init__(self) -> None:
        self.was_refused = False

    def refuse(self) -> NoReturn:
        self.was_refused = True
        raise QueryRefusedError("a describing function may use only what the page has loaded")


@contextmanager
def _guarded(objects: list[object]) -> Iterator[_Query]:
    """All guards stand for these objects, which are described within; for none of them none does."""
    query = _Query()
    with ExitStack() as standing:
        for guard in guards() if objects else ():
            standing.enter_context(guard(query.refuse, objects))
        yield query


def _described(shown: Any, description: Description, query: _Query, count: Count) -> list[Encoded]:
    """What describes an object; nothing of it where anything is wrong."""
    query.was_refused = False
    try:
        entities = [
            _encoded(entity, shown, description) for entity in as_entities(description.function(shown))
        ]
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # the application's function may raise anything, and quote the object: only what it is may be told
        if not query.was_refused:
            told = str(error) if isinstance(error, EntityError) else f"raised {type(error).__name__}"
            count("description_failed", f"{description.name} {told}: its object was left out")
            return []
    if query.was_refused:  # also where the function went on without the answer
        count(
            "description_queried",
            f"{description.name} would have made a query, and its object was left out: load what it needs in "
            'the view (select_related, prefetch_related), or declare @describes(…, queries="allowed")',
        )
        return []
    return entities


def _encoded(entity: object, shown: object, description: Description) -> Encoded:
    schema, encoded = encode_entity(entity)
    # a person, by what Django, flask-login and Starlette have on theirs
    is_persons = hasattr(type(shown), "is_authenticated")
    return encoded, Described(schema, entity, is_cacheable=description.is_cacheable and not is_persons)


def as_entities(given: object) -> list[object]:
    """What a function of the application's gave: an entity, several in a list or one by one, or none."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple | GeneratorType) else [given]
