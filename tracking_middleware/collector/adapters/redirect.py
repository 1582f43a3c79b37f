"""A click that the collector redirects, ``/r/tp2?u=…``, as an event or an entity (RedirectAdapter)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..payload.hit import Hit
from ..payload.json_text import encoded
from ..payload.problems import RefusedError, of_protocol
from ..payload.query import query_pairs
from ..payload.self_describing import as_unstruct_event, read_json, wrapped
from ..payload.values import decoded_base64

_TRACKER = "r-tp2"
_PLATFORM = "web"
_URI_REDIRECT = "iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0"


def redirect_events(hit: Hit) -> list[Mapping[str, str | None]]:
    """The one event of a redirect: what the query string says, with an entity of where it led to.

    Where the query string has no ``e``, where it led to is the event. The body counts for nothing. Raises
    RefusedError.
    """
    query = dict(query_pairs(hit.query))
    if not query:
        what = f"/{hit.vendor}/{hit.version} without a query string is no redirect"
        raise RefusedError(of_protocol("querystring", what))
    target = query.pop("u", None)
    if target is None:
        raise RefusedError(of_protocol("querystring", "u, where the redirect leads to, is missing"))
    redirect = {"schema": _URI_REDIRECT, "data": {"uri": target}}
    if "e" in query:
        said = _with_entity(query, redirect)
    else:
        said = {"e": "ue", "ue_pr": encoded(as_unstruct_event(redirect))}
    return [{**query, **said, "tv": _TRACKER, "p": query.get("p", _PLATFORM)}]


def _with_entity(query: Mapping[str, str | None], redirect: Mapping[str, Any]) -> dict[str, str | None]:
    """The entities of the event with one more before them; ``cx`` wins over ``co``."""
    for key in ("cx", "co"):
        if key in query and query[key] is None:
            raise RefusedError(of_protocol(key, "has no value, so that no entity can be added to it"))
    plain, packed = query.get("co"), query.get("cx")
    if packed is not None:
        text = _added("cx", decoded_base64(packed), redirect).encode("utf-8", "replace")
        return {"cx": base64.urlsafe_b64encode(text).decode()}
    if plain:
        return {"co": _added("co", plain, redirect)}
    return {"co": encoded(wrapped([dict(redirect)]))}


def _added(key: str, text: str, redirect: Mapping[str, Any]) -> str:
    """What has no array of entities stays as it is, to be refused as what it is."""
    try:
        contexts = read_json(text)
    except ValueError as error:
        raise RefusedError(of_protocol(key, f"is no JSON: {error}")) from None
    if not isinstance(contexts, dict) or not isinstance(contexts.get("data"), list):
        return text
    return encoded({**contexts, "data": [redirect, *contexts["data"]]})
