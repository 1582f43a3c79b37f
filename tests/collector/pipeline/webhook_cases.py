"""The Iglu webhook: by GET, as JSON, and as a form (Enrich, IgluAdapter; its documentation)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from .case import Case

_PATH = "/com.snowplowanalytics.iglu/v1"
_URI = "iglu:com.acme/social/jsonschema/1-0-0"
_TEXT = {"type": "string"}
_SCHEMAS = {
    "social": {
        "type": "object",
        "properties": {"network": _TEXT, "action": _TEXT, "target": _TEXT},
        "required": ["network", "action"],
        "additionalProperties": False,
    }
}
_SOCIAL = {"network": "twitter", "action": "retweet"}
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_QUERY = f"schema={quote(_URI, safe='')}"
_EID = "1b3c5d7e-0000-4000-8000-00000000000a"


def _happened(data: Any, **columns: Any) -> dict[str, Any]:
    unstruct = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
    return {
        "event": "unstruct",
        "event_name": "social",
        "event_vendor": "com.acme",
        "v_tracker": "com.snowplowanalytics.iglu-v1",
        "platform": "app",
        "unstruct_event": {"schema": unstruct, "data": {"schema": _URI, "data": data}},
        **columns,
    }


def _asked(name: str, query: str, expected: Any) -> Case:
    is_failure = isinstance(expected, str)
    return Case(
        name=f"by GET: {name}",
        method="GET",
        target=f"{_PATH}?{query}" if query else _PATH,
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
        schemas=_SCHEMAS,
    )


def _sent(
    name: str,
    body: Any,
    expected: Any,
    *,
    query: str = _QUERY,
    content_type: str | None = _JSON,
    different: str | None = None,
) -> Case:
    is_failure = isinstance(expected, str)
    text = body if isinstance(body, str) else json.dumps(body)
    return Case(
        name=f"by POST: {name}",
        target=f"{_PATH}?{query}" if query else _PATH,
        headers={} if content_type is None else {"Content-Type": content_type},
        body=text.encode(),
        columns=None if is_failure else expected,
        failure=expected if is_failure else None,
        different=different,
        schemas=_SCHEMAS,
    )


_FIELDS = "network=twitter&action=retweet"

CASES = [
    _asked("the other parameters are the data", f"{_QUERY}&{_FIELDS}", _happened(_SOCIAL)),
    _asked("a schema that is not escaped", f"schema={_URI}&{_FIELDS}", _happened(_SOCIAL)),
    _asked("of a name the last value", f"{_QUERY}&network=x&{_FIELDS}", _happened(_SOCIAL)),
    _asked(
        "aid, p, nuid and cv are about the event",
        f"{_QUERY}&{_FIELDS}&aid=shop&p=mob&nuid={_EID}&cv=c-1",
        _happened(_SOCIAL, app_id="shop", platform="mob", network_userid=_EID, v_collector="c-1"),
    ),
    _asked("a platform that there is not", f"{_QUERY}&{_FIELDS}&p=fridge", "p (platform)"),
    _asked("eid is about the event, and of its data too", f"{_QUERY}&{_FIELDS}&eid={_EID}", "eid"),
    _asked("an empty value is null", f"{_QUERY}&{_FIELDS}&target=", "target"),
    _asked("uid is data and nobody", f"{_QUERY}&{_FIELDS}&uid=ann", "uid"),
    _asked("data that the schema does not allow", f"{_QUERY}&network=twitter", "action"),
    _asked("without a schema", _FIELDS, "schema: is missing"),
    _asked("with a schema that has no value", f"schema&{_FIELDS}", "schema: is missing"),
    _asked("without a query", "", "schema: is missing"),
    _asked("a schema that is no Iglu URI", f"schema=social&{_FIELDS}", "no Iglu URI"),
    _asked("an empty schema", f"schema=&{_FIELDS}", "no Iglu URI"),
    _sent("an object", _SOCIAL, _happened(_SOCIAL)),
    _sent("with a charset", _SOCIAL, _happened(_SOCIAL), content_type="application/json; charset=UTF-8"),
    _sent("an array of one", [_SOCIAL], _happened(_SOCIAL)),
    _sent(
        "the query says of which app and platform",
        _SOCIAL,
        _happened(_SOCIAL, app_id="shop", platform="srv"),
        query=f"{_QUERY}&aid=shop&p=srv",
    ),
    _sent(
        "eid is about the event",
        _SOCIAL,
        _happened(_SOCIAL, event_id=_EID),
        query=f"{_QUERY}&eid={_EID}",
    ),
    _sent(
        "url and ttm are about the event",
        _SOCIAL,
        _happened(
            _SOCIAL,
            page_urlhost="shop.example",
            true_tstamp="2023-11-14T22:13:20.000Z",
            derived_tstamp="2023-11-14T22:13:20.000Z",
        ),
        query=f"{_QUERY}&url=https%3A%2F%2Fshop.example%2F&ttm=1700000000000",
    ),
    _sent(
        "another parameter is nothing", _SOCIAL, _happened(_SOCIAL, user_id=None), query=f"{_QUERY}&uid=ann"
    ),
    _sent("an empty array", [], "empty array"),
    _sent(
        "an array of more than 1,000",
        [_SOCIAL] * 1_001,
        "body: is an array of 1,001 events: send at most 1,000",
        different="there each is an event of its own; here a few bytes for each must not fill the disk",
    ),
    _sent(
        "an array of what is no object",
        [_SOCIAL, *([1] * 500)],
        "body: is an array whose element 2 is no object",
        different="there each is a bad row that holds the whole body",
    ),
    _sent("an empty object", {}, "no keys and values"),
    _sent("a text", "social", "body: is no JSON"),
    _sent("a JSON text", '"social"', "no keys and values"),
    _sent("a number that Python alone takes", '{"network": NaN}', "body: is no JSON"),
    _sent("an empty body", "", "body: is no JSON"),
    _sent("without a content type", _SOCIAL, "contentType: is missing", content_type=None),
    _sent("another content type", _SOCIAL, "contentType: 'text/plain'", content_type="text/plain"),
    _sent("a schema that is no Iglu URI", _SOCIAL, "no Iglu URI", query="schema=social"),
    _sent("data that the schema does not allow", {"network": "twitter"}, "action"),
    _sent("a self-describing JSON", {"schema": _URI, "data": _SOCIAL}, _happened(_SOCIAL), query=""),
    _sent(
        "a self-describing JSON of an app",
        {"schema": _URI, "data": _SOCIAL},
        _happened(_SOCIAL, app_id="shop", platform="web"),
        query="aid=shop&p=web",
    ),
    _sent(
        "a self-describing JSON in a description is data",
        {"schema": _URI, "data": _SOCIAL},
        "schema",
    ),
    _sent("no self-describing JSON", _SOCIAL, "no self-describing JSON", query=""),
    _sent("one without data", {"schema": _URI}, "no self-describing JSON", query=""),
    _sent("one with another schema", {"schema": "social", "data": _SOCIAL}, "no Iglu URI", query=""),
    _sent("an array of them", [{"schema": _URI, "data": _SOCIAL}], "no self-describing JSON", query=""),
    _sent("a form", _FIELDS, _happened(_SOCIAL, platform="srv"), content_type=_FORM),
    _sent(
        "a form of an app",
        _FIELDS,
        _happened(_SOCIAL, app_id="shop", platform="web"),
        query=f"{_QUERY}&aid=shop&p=web",
        content_type=_FORM,
    ),
    _sent(
        "a form's escapes",
        "network=a%2Bb+c&action=%C3%A4",
        _happened({"network": "a+b c", "action": "ä"}, platform="srv"),
        content_type=_FORM,
    ),
    _sent("a form with a space in it", "network=a b&action=c", "character 10", content_type=_FORM),
    _sent("a form with a stray %", "network=50%&action=c", "character 11", content_type=_FORM),
    _sent("a form without a schema", _FIELDS, "contentType:", query="", content_type=_FORM),
    _sent("a form with a charset", _FIELDS, "contentType:", content_type=f"{_FORM}; charset=UTF-8"),
]
