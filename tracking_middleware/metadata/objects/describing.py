"""Describing what a page has shown, once it was made and before its database goes away. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, NoReturn

from ...errors import EntityError
from ...events.entities import encode_entity
from ...request.page import Page
from ...tally import Count
from .declaring import Description
from .finding import objects_in
from .guards import QueryRefusedError, guards

Described = tuple[str, bytes, object]
"""The begin of an entity's schema, its encoding, and the entity."""


def describe_shown(
    contexts: Iterable[object], *, page: Callable[[], Page], max_entities: int, count: Count
) -> None:
    """Attach to the page what describes the objects in these contexts, but for what its view said.

    ``page`` gives it, and is asked only where there is something.
    """
    found = list(objects_in(contexts))
    if not found:
        return
    said = page().entities
    described: dict[bytes, object] = {}
    for place, (shown, description) in enumerate(found):
        if len(said) + len(described) >= max_entities:
            for _ in found[place:]:
                count("description_left_out")
            break
        for begin, encoded, entity in _described(shown, description, count):
            if not any(one.startswith(begin.encode()) for one in said):
                described.setdefault(encoded, entity)
    for entity in described.values():
        page().attach(entity)


def _described(shown: Any, description: Description, count: Count) -> list[Described]:
    """What describes an object; nothing of it where anything is wrong."""
    has_queried = False

    def refuse() -> NoReturn:
        nonlocal has_queried
        has_queried = True
        raise QueryRefusedError("a describing function may use only what the page has loaded")

    try:
        with ExitStack() as standing:
            if description.queries == "refused":
                for guard in guards():
                    standing.enter_context(guard(refuse, shown))
            entities = [_encoded(entity) for entity in as_entities(description.function(shown))]
    except Exception as error:  # noqa: BLE001
        # the application's function may raise anything, and quote the object: only what it is may be told
        if not has_queried:
            told = str(error) if isinstance(error, EntityError) else f"raised {type(error).__name__}"
            count("description_failed", f"{description.name} {told}: its object was left out")
            return []
    if has_queried:  # also where the function went on without the answer
        count(
            "description_queried",
            f"{description.name} would have made a query, and its object was left out: load what it needs in "
            'the view (select_related, prefetch_related), or declare @describes(…, queries="allowed")',
        )
        return []
    return entities


def _encoded(entity: object) -> Described:
    schema, encoded = encode_entity(entity)
    # without its version: a view that attached another one has said the same
    return f'{{"schema":"{schema.rpartition("/")[0]}/', encoded, entity


def as_entities(given: object) -> list[object]:
    """What a function of the application's gave: an entity, several in a list, or none."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]
