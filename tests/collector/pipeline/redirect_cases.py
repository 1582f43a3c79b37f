"""What a redirect becomes (Enrich, RedirectAdapter); posted, since the collector redirects only GETs."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..conftest import CONTEXTS
from .case import Case

_SNOWPLOW = "com.snowplowanalytics.snowplow"
_TARGET = "https://shop.example/a?b=c#d"
_U = f"u={quote(_TARGET, safe='')}"
_REDIRECT = {"schema": f"iglu:{_SNOWPLOW}/uri_redirect/jsonschema/1-0-0", "data": {"uri": _TARGET}}
_LINK = {
    "schema": f"iglu:{_SNOWPLOW}/link_click/jsonschema/1-0-1",
    "data": {"targetUrl": "https://a.example"},
}


def _contexts(*entities: Mapping[str, Any], version: str = "1-0-1") -> str:
    schema = f"iglu:{_SNOWPLOW}/contexts/jsonschema/{version}"
    return json.dumps({"schema": schema, "data": list(entities)})


def _query(**parameters: str) -> str:
    return "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _case(name: str, query: str, expected: Any) -> Case:
    is_failure = isinstance(expected, str)
    return Case(
        name=name,
        target=f"/r/tp2?{query}",
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
    )


def _event(**columns: Any) -> dict[str, Any]:
    unstruct = f"iglu:{_SNOWPLOW}/unstruct_event/jsonschema/1-0-0"
    return {
        "event": "unstruct",
        "event_name": "uri_redirect",
        "event_vendor": _SNOWPLOW,
        "v_tracker": "r-tp2",
        "platform": "web",
        "unstruct_event": {"schema": unstruct, "data": _REDIRECT},
        "contexts": {},
        **columns,
    }


def _entities(*entities: Mapping[str, Any], **columns: Any) -> dict[str, Any]:
    contexts = {"schema": CONTEXTS, "data": list(entities)}
    return {"event": "page_view", "v_tracker": "r-tp2", "contexts": contexts, **columns}


_BOTH = _entities(_REDIRECT, _LINK)
_ALONE = _event(contexts=_entities(_LINK)["contexts"])
_NOWHERE = _event(unstruct_event={**_event()["unstruct_event"], "data": {**_REDIRECT, "data": {"uri": ""}}})
_NO_ARRAY = json.dumps({"schema": CONTEXTS, "data": {}})

CASES = [
    _case("without an event it is one", _U, _event()),
    _case("what else is said of it", f"{_U}&aid=shop&p=mob", _event(app_id="shop", platform="mob")),
    _case("the tracker is always the redirect", f"{_U}&tv=js-4.6.9", _event()),
    _case("of two targets the last", f"u=https%3A%2F%2Fother.example&{_U}", _event()),
    _case(
        "entities of the event that it is",
        f"{_U}{_query(co=_contexts(_LINK))}",
        _event(contexts=_entities(_LINK)["contexts"]),
    ),
    _case("with an event it is an entity", f"{_U}&e=pv", _entities(_REDIRECT, platform="web")),
    _case("of a platform", f"{_U}&e=pv&p=mob", _entities(_REDIRECT, platform="mob")),
    _case("before the other entities", f"{_U}&e=pv{_query(co=_contexts(_LINK))}", _BOTH),
    _case("before those in base64", f"{_U}&e=pv{_query(cx=_packed(_contexts(_LINK)))}", _BOTH),
    _case(
        "in contexts of the first version", f"{_U}&e=pv{_query(co=_contexts(_LINK, version='1-0-0'))}", _BOTH
    ),
    _case("in contexts without any", f"{_U}&e=pv{_query(co=_contexts())}", _entities(_REDIRECT)),
    _case("beside an empty co", f"{_U}&e=pv&co=", _entities(_REDIRECT)),
    _case("entities that are no JSON", f"{_U}&e=pv&co=%7B", "co: is no JSON"),
    _case("base64 that is no JSON", f"{_U}&e=pv&cx=e30x", "cx: is no JSON"),
    _case("an empty cx", f"{_U}&e=pv&cx=", "cx: is no JSON"),
    _case(
        "entities that are no array",
        f"{_U}&e=pv{_query(co=_NO_ARRAY)}",
        "array",
    ),
    _case("an event that there is not", f"{_U}&e=xx", "e (event)"),
    _case("without a target", "e=pv&p=web", "u, where the redirect leads to, is missing"),
    _case("with a target that has no value", "u&e=pv", "u, where the redirect leads to, is missing"),
    _case(
        "with an empty target",
        "u=",
        _NOWHERE,
    ),
    _case("a target that is too long", f"u={'a' * 8193}", "8192"),
    Case(name="without a query", target="/r/tp2", failure="without a query string"),
    Case(name="another version", target=f"/r/tp3?{_U}", failure="no adapter for the path"),
]
