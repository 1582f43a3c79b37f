"""The version of a schema that came before another, as far as a registry says, which is asked for each."""

from __future__ import annotations

from ...payload.schema_key import VERSION, SchemaKey
from ..registries import Registry, Schema
from .asking import ask
from .steps import Step

Version = tuple[int, int, int]
"""Model, revision and addition."""

_MOST_QUESTIONS = 100


class NoAnswerError(Exception):
    """A registry does not say which versions it has; the message says why."""


def version_of(key: SchemaKey) -> Version:
    """The numbers of a schema's version; raises NoAnswerError where it is none from 1-0-0 on."""
    if not VERSION.fullmatch(key.version):
        raise NoAnswerError(f"{key.uri}: {key.version!r} is no version: the first is 1-0-0")
    model, revision, addition = map(int, key.version.split("-"))
    return model, revision, addition


def with_version(key: SchemaKey, version: Version) -> SchemaKey:
    """The same schema of another version."""
    return key._replace(version="-".join(map(str, version)))


def stepped(version: Version, step: Step) -> Version:
    """The version after another, by a step."""
    model, revision, addition = version
    return {
        Step.NONE: version,
        Step.ADDITION: (model, revision, addition + 1),
        Step.REVISION: (model, revision + 1, 0),
        Step.MODEL: (model + 1, 0, 0),
    }[step]


def step_between(old: Version, new: Version) -> Step:
    """Which step leads from a version to a later one."""
    first = next((place for place in range(3) if old[place] != new[place]), None)
    return Step.NONE if first is None else (Step.MODEL, Step.REVISION, Step.ADDITION)[first]


def published(registry: Registry, key: SchemaKey) -> Schema | None:
    """A schema, or None where the registry says that it has none; raises NoAnswerError."""
    answer = ask(registry, key.uri)
    if answer.state not in {"found", "not_found"}:
        raise NoAnswerError(answer.sentence)
    return answer.schema


def version_before(registry: Registry, key: SchemaKey) -> tuple[SchemaKey, Schema] | None:
    """The latest version before a schema's own within its model; None where the registry has none.

    Registries over HTTP give no list: within each revision the additions are taken to follow each other.
    Raises NoAnswerError.
    """
    model, revision, addition = version_of(key)
    questions = 0
    for number in range(addition - 1, -1, -1):
        questions = _one_more(questions, key)
        found = published(registry, with_version(key, (model, revision, number)))
        if found is not None:
            return with_version(key, (model, revision, number)), found
    for earlier in range(revision - 1, -1, -1):
        last = None
        for number in range(_MOST_QUESTIONS):
            questions = _one_more(questions, key)
            place = with_version(key, (model, earlier, number))
            found = published(registry, place)
            if found is None:
                break
            last = place, found
        if last is not None:
            return last
    return None


def next_free(registry: Registry, key: SchemaKey, step: Step) -> SchemaKey:
    """The first version that a step leads to and the registry has not; raises NoAnswerError."""
    candidate = with_version(key, stepped(version_of(key), step))
    for _ in range(_MOST_QUESTIONS):
        if published(registry, candidate) is None:
            return candidate
        candidate = with_version(candidate, stepped(version_of(candidate), step))
    raise NoAnswerError(f"{registry.place.name} has all of the next {_MOST_QUESTIONS} versions of {key.uri}")


def _one_more(questions: int, key: SchemaKey) -> int:
    if questions >= _MOST_QUESTIONS:
        raise NoAnswerError(f"the version before {key.uri} was not found by {_MOST_QUESTIONS} questions")
    return questions + 1
