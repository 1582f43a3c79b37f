"""What holds events: requests, envelopes, and the wrappers of entities and of self-describing events."""

from __future__ import annotations

import json
from typing import Any

from .case import Case, body_of, got, posted

_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_PAYLOAD = f"{_SNOWPLOW}/payload_data/jsonschema"
_WEB_PAGE = {
    "schema": f"{_SNOWPLOW}/web_page/jsonschema/1-0-0",
    "data": {"id": "11111111-1111-4111-8111-111111111111"},
}
_LATE_KEYS = {"ua": ("1-0-0", "1-0-1"), "tnuid": ("1-0-1", "1-0-2"), "sid": ("1-0-2", "1-0-3")}
_LATE_KEYS |= {"stm": ("1-0-2", "1-0-3"), "ttm": ("1-0-3", "1-0-4")}
_VALUES = {"sid": "22222222-2222-4222-8222-222222222222", "stm": "1700000000001", "ttm": "1700000000001"}
_JSON = {"Content-Type": "application/json"}
_UUID = "33333333-3333-4333-8333-333333333333"


def _co(version: str, *entities: Any, name: str = "contexts") -> str:
    return json.dumps({"schema": f"{_SNOWPLOW}/{name}/jsonschema/{version}", "data": list(entities)})


def _ue(version: str, data: Any = _WEB_PAGE, name: str = "unstruct_event") -> str:
    return json.dumps({"schema": f"{_SNOWPLOW}/{name}/jsonschema/{version}", "data": data})


def _request(name: str, body: bytes, *, failure: str | None = None, **given: Any) -> Case:
    columns = given.pop("columns", {"platform": "web"} if failure is None else None)
    return Case(name=name, body=body, columns=columns, failure=failure, **{"headers": _JSON, **given})


def _nested(depth: int) -> str:
    """Entities whose text is so deep: an object, an array, an object, and what is in it."""
    inner: Any = 1
    for _ in range(depth - 3):
        inner = [inner]
    return _co("1-0-1", {"schema": "iglu:com.acme/unknown/jsonschema/1-0-0", "data": inner})


_ENVELOPES = [
    *(
        _request(f"payload_data {v}", body_of(v, tv="x"))
        for v in ("1-0-0", "1-0-1", "1-0-2", "1-0-3", "1-0-4")
    ),
    *(
        _request(
            f"payload_data {v}, which there is not", body_of(v), failure="of which there are 1-0-0 to 1-0-4"
        )
        for v in ("1-0-5", "1-0-99", "1-1-0", "2-0-0")
    ),
    *(
        _request(
            f"{key} in payload_data {before}",
            body_of(before, **{key: _VALUES.get(key, "x")}),
            failure=f"the key {key!r} is not allowed by payload_data {before}",
        )
        for key, (before, _) in _LATE_KEYS.items()
    ),
    *(
        _request(f"{key} in payload_data {since}", body_of(since, **{key: _VALUES.get(key, "x")}))
        for key, (_, since) in _LATE_KEYS.items()
    ),
    _request("cv is for GET only", body_of("1-0-4", cv="x"), failure="the key 'cv' is not allowed"),
    _request(
        "an envelope of another schema", body_of("1-0-0", name="contexts"), failure="is not iglu:com.snow"
    ),
    _request(
        "an envelope without events",
        b'{"schema":"%s/1-0-4","data":[]}' % _PAYLOAD.encode(),
        failure="at least one",
    ),
]

_REQUESTS = [
    _request("a POST without anything", b"", failure="an empty body"),
    _request(
        "a POST with an empty body and a query",
        b"",
        target="/com.snowplowanalytics.snowplow/tp2?e=pv&p=web&tv=x",
        failure="an empty body",
    ),
    _request(
        "a POST with an empty body, a query, and no Content-Type",
        b"",
        headers={},
        target="/com.snowplowanalytics.snowplow/tp2?e=pv&p=web&tv=x",
        failure="Content-Type",
    ),
    _request("a POST of a form", b"e=pv", headers={"Content-Type": "text/plain"}, failure="Content-Type"),
    _request(
        "a query wins over a body",
        body_of("1-0-4", aid="body"),
        target="/com.snowplowanalytics.snowplow/tp2?aid=query",
        columns={"app_id": "query"},
    ),
    _request(
        "a name without a value takes the body's away",
        body_of("1-0-4", aid="body"),
        target="/com.snowplowanalytics.snowplow/tp2?aid",
        columns={"app_id": None},
    ),
    _request(
        "tp1 reads no body",
        body_of("1-0-4"),
        target="/com.snowplowanalytics.snowplow/tp1",
        failure="neither a query string nor a body",
    ),
    _request(
        "tp1 reads the query beside a body",
        body_of("1-0-4", aid="body"),
        target="/com.snowplowanalytics.snowplow/tp1?e=pv&p=web&aid=query",
        columns={"app_id": "query"},
    ),
    _request("a POST to /r/tp2", body_of("1-0-4"), target="/r/tp2", failure="/r/tp2"),
    _request(
        "a POST to an unknown path",
        body_of("1-0-4"),
        target="/com.acme/v1",
        failure="no adapter for the path",
    ),
    Case(name="/i without a query", method="GET", target="/i", failure="neither a query string nor a body"),
    Case(
        name="tp2 without a query",
        method="GET",
        target="/com.snowplowanalytics.snowplow/tp2",
        failure="neither",
    ),
    got(
        "a GET to tp2",
        "e=pv&p=web&aid=x",
        target="/com.snowplowanalytics.snowplow/tp2",
        expected={"app_id": "x"},
    ),
]

_NETWORK_IDS = [
    got("a nuid that is a UUID", f"e=pv&p=web&nuid={_UUID}", expected={"network_userid": _UUID}),
    got("a nuid in capitals", f"e=pv&p=web&nuid={_UUID.upper()}", expected={"network_userid": _UUID.upper()}),
    got("a nuid that is no UUID", "e=pv&p=web&nuid=ann", expected="networkUserId: 'ann' is no UUID"),
    got("an empty nuid", "e=pv&p=web&nuid=", expected={"network_userid": None}),
    _request(
        "a cookie that is a UUID",
        body_of("1-0-4"),
        headers={**_JSON, "Cookie": f"sp={_UUID}"},
        columns={"network_userid": _UUID},
    ),
    _request(
        "a cookie that is no UUID",
        body_of("1-0-4"),
        headers={**_JSON, "Cookie": "sp=ann"},
        failure="networkUserId: 'ann' is no UUID",
    ),
    _request(
        "a cookie of 32 digits",
        body_of("1-0-4"),
        headers={**_JSON, "Cookie": f"sp={_UUID.replace('-', '')}"},
        failure="is no UUID",
    ),
    _request(
        "a cookie in capitals",
        body_of(
            "1-0-4",
        ),
        headers={**_JSON, "Cookie": "sp=ABCDEF01-2345-4789-ABCD-EF0123456789"},
        columns={"network_userid": "abcdef01-2345-4789-abcd-ef0123456789"},
    ),
    posted("a nuid of an event may be anything", expected={"network_userid": "ann"}, nuid="ann"),
    posted(
        "a tnuid of an event may be anything", expected={"network_userid": "ann"}, tnuid="ann", nuid="bob"
    ),
]

_WRAPPERS = [
    *(
        posted(f"contexts {v}", expected={"event": "page_view"}, co=_co(v, _WEB_PAGE))
        for v in ("1-0-0", "1-0-1")
    ),
    *(
        posted(f"contexts {v}, which there is not", expected="is not iglu:com.snow", co=_co(v, _WEB_PAGE))
        for v in ("1-0-2", "1-0-9", "1-1-0", "2-0-0")
    ),
    posted(
        "contexts 1-0-0 with an empty array", expected="must not be empty by contexts 1-0-0", co=_co("1-0-0")
    ),
    posted("contexts 1-0-1 with an empty array", expected={"contexts": {}}, co=_co("1-0-1")),
    posted(
        "contexts of another name",
        expected="is not iglu:com.snow",
        co=_co("1-0-0", _WEB_PAGE, name="context"),
    ),
    posted("contexts of no array", expected="must be an array", co=_ue("1-0-1", name="contexts")),
    posted(
        "an entity with a third key", expected="an object of exactly", co=_co("1-0-1", {**_WEB_PAGE, "x": 1})
    ),
    posted("unstruct_event 1-0-0", expected={"event_name": "web_page"}, e="ue", ue_pr=_ue("1-0-0")),
    *(
        posted(
            f"unstruct_event {v}, which there is not", expected="is not iglu:com.snow", e="ue", ue_pr=_ue(v)
        )
        for v in ("1-0-1", "1-0-7", "2-0-0")
    ),
    posted(
        "unstruct_event of an array", expected="an object of exactly", e="ue", ue_pr=_ue("1-0-0", [_WEB_PAGE])
    ),
    posted(
        "e=ue without ue_pr",
        expected={"event": "unstruct", "event_vendor": None, "event_name": None, "event_version": None},
        e="ue",
    ),
    posted("a ue_pr with another event", expected={"event_name": "page_view"}, ue_pr=_ue("1-0-0")),
    posted("a nesting of 49", expected={}, co=_nested(49)),
    posted("a nesting of 50", expected="more than 49 deep", co=_nested(50)),
    posted("a nesting of 51", expected="more than 49 deep", co=_nested(51)),
]

CASES: list[Case] = [*_ENVELOPES, *_REQUESTS, *_NETWORK_IDS, *_WRAPPERS]
