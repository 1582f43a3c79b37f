"""Which adapter reads a request, by its path (Enrich, AdapterRegistry)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from ..payload.hit import Hit
from ..payload.problems import RefusedError, of_adapter, of_collector, quoted
from .redirect import redirect_events
from .tracker import query_events, tracker_events
from .webhook import webhook_events

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACKER = "com.snowplowanalytics.snowplow"

Adapter = Callable[[Hit], Sequence[Mapping[str, str | None]]]

_ADAPTERS: Mapping[tuple[str, str], Adapter] = {
    (_TRACKER, "tp1"): query_events,
    (_TRACKER, "tp2"): tracker_events,
    ("r", "tp2"): redirect_events,
    ("com.snowplowanalytics.iglu", "v1"): webhook_events,
}


def parameters_of(hit: Hit) -> list[dict[str, str]]:
    """The events of a request, each as its parameters; raises RefusedError where it has none to read.

    A parameter without a value counts as none.
    """
    if not _UUID.fullmatch(hit.network_userid):
        raise RefusedError(of_collector("networkUserId", _no_uuid(hit.network_userid)))
    adapter = _ADAPTERS.get((hit.vendor, hit.version))
    if adapter is None:
        raise RefusedError(of_adapter(f"there is no adapter for the path /{hit.vendor}/{hit.version}"))
    return [_given(event) for event in adapter(hit)]


def _given(parameters: Mapping[str, str | None]) -> dict[str, str]:
    if None not in parameters.values():
        return cast("dict[str, str]", dict(parameters))
    return {name: value for name, value in parameters.items() if value is not None}


def _no_uuid(given: str) -> str:
    return (
        f"{quoted(given)} is no UUID, so that the pipeline refuses the whole request: it came as nuid in the"
        " query string, or as the collector's cookie (sp), which may be of another site on this host; the"
        " cookie is a new one from now on"
    )
