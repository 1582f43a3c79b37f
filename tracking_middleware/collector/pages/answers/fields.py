"""Which fields may be shown: none that a schema calls confidential, in any version that was seen; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ....journeys.answers.settings import Answers
from ....journeys.reading.asked import Choices, Field
from ...filtering.kinds import Hiding, open_kinds

MONEY = frozenset({"value", "margin"})
"""The fields of a conversion that are money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may be shown: ``fields`` of entities, the most seen first; ``kinds`` of an article (``title``,
    ``author``, …); of conversions ``value`` and ``margin``; ``choices`` of the filters without the others.
    """

    fields: Sequence[Field]
    kinds: frozenset[str]
    money: frozenset[str]
    choices: Choices


def shown_of(choices: Choices, answers: Answers, hiding: Hiding) -> Shown:
    """What may be shown of the answers to a configuration."""
    uris = [uri for uri, _ in choices.fields]
    kinds = open_kinds(answers.article, uris, hiding)
    if "title" not in answers.article.fields:  # it is the page's then, which no schema describes
        kinds |= {"title"}
    money = MONEY if all(map(hiding.knows, choices.conversion_uris)) else frozenset()
    for described in (answers.conversion, answers.returned):
        if described is not None:
            money -= set(described.fields) - open_kinds(described, choices.conversion_uris, hiding)
    return Shown(
        fields=_fields(choices.fields, hiding),
        kinds=kinds,
        money=money,
        choices=replace(
            choices,
            authors=choices.authors if "author" in kinds else (),
            subjects=choices.subjects if "subject" in kinds else (),
        ),
    )


def _fields(described: Iterable[tuple[str, str | None]], hiding: Hiding) -> list[Field]:
    versions: dict[str, set[str]] = defaultdict(set)
    names: dict[Field, None] = {}
    for uri, name in described:
        entity = uri.removeprefix("iglu:").partition("/jsonschema/")[0]
        versions[entity].add(uri)
        if name is not None:
            names.setdefault(Field(entity, name))
    return [
        field
        for field in names
        if all(hiding.knows(uri) and not hiding.hides(uri, field.name) for uri in versions[field.entity])
    ]
