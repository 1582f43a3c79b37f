"""Whether the registries have the schemas of what the application declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import missing_extra
from ..events.declaring import classes_of, declared_schemas
from .finding import Finding

_TOPIC = "schemas"
_PACKAGE = __name__.partition(".")[0]


def on_schemas(places: Sequence[str], *, api_keys: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """For each schema that classes were declared with in this process, what the registries say."""
    uris = [uri for uri in declared_schemas() if not _is_ours(uri)]
    if not uris:
        yield Finding("note", _TOPIC, "the application declares none with @entity or @event")
        return
    if not places:
        yield Finding(
            "note",
            _TOPIC,
            f"{len(uris)} declared, and no registry was named to look for them: {', '.join(uris)}",
            "Give --registry, a URL or a folder: without its schema an event is lost downstream.",
        )
        return
    try:
        from ..collector.schemas.folders import SchemasError
        from ..collector.schemas.published.asking import ask_all
    except ImportError:
        yield Finding(
            "wrong", _TOPIC, missing_extra("registries are asked by the collector's code", "collector")
        )
        return
    for uri in uris:
        try:
            answer = ask_all(uri, places, api_keys=api_keys)
        except SchemasError as error:
            yield Finding("wrong", _TOPIC, str(error))
            return
        yield _finding(answer.state, answer.sentence)


def _is_ours(uri: str) -> bool:
    """Whether only this package's own classes were declared with it, which the site may not use."""
    return all(declared.__module__.partition(".")[0] == _PACKAGE for declared in classes_of(uri))


_ADVICE = {
    "not_found": "Publish what tracking-middleware schema export writes before this is deployed.",
    "refused": "Nobody knows whether it has the schema: give its key in IGLU_API_KEY.",
    "unreachable": "Look at the URL and the network, and ask again.",
    "unusable": "Look at what is published there.",
}


def _finding(state: str, sentence: str) -> Finding:
    return Finding("ok" if state == "found" else "wrong", _TOPIC, sentence, _ADVICE.get(state, ""))
