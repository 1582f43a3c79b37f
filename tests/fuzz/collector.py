"""The collector's targets: its reading of one request, and its app over a store."""

from __future__ import annotations

import atexit
import base64
import json
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote_from_bytes

from tracking_middleware.collector.adapters.choosing import parameters_of
from tracking_middleware.collector.app import create_app
from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.payload.json_text import decoded, encoded
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.schemas.registries import FolderRegistry, Place
from tracking_middleware.collector.store.rows import Query
from tracking_middleware.collector.store.store import Row, Store
from tracking_middleware.protocol import FIELDS

from . import mutator
from .corpus import Request
from .oracle import hit_of, strict_json
from .serving import called, run, scope_of

ENVELOPE = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
ACME = "iglu:com.acme/hidden/jsonschema/1-0-0"
_FOLDER = Path(__file__).parent / "schemas"
_KEYS = tuple(FIELDS)


def _parameters(random):
    """One event's parameters, nearly right."""
    event = {"e": random.choice(("pv", "se", "ue", "pp", "tr", "ti", "x")), "p": "web", "tv": "js-4.6.9"}
    for _ in range(random.randrange(6)):
        key = random.choice(_KEYS)
        event[key] = mutator.text_of(random, mutator.hostile(random))
    for key in random.sample(("url", "refr", "se_va", "dtm", "stm", "vid"), 2):
        event[key] = random.choice(
            (
                "https://a.example/?_sp=a.1.b",
                "http://[::1]:99999/",
                "1e999",
                "-0",
                "null",
                "253402300799999",
                "0",
            )
        )
    for key, schema in (("co", CONTEXTS), ("cx", CONTEXTS), ("ue_pr", UNSTRUCT), ("ue_px", UNSTRUCT)):
        if random.random() < 0.25:
            value = mutator.described(random, random.choice((schema, schema, None)))
            text = mutator.json_text(random, value)
            if key in {"cx", "ue_px"}:
                text = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
            event[key] = text
    if random.random() < 0.1:
        event[random.choice(_KEYS)] = mutator.json_value(random)
    return event


def _body(random):
    """A body, and how many events it has where it is one that can be read."""
    kind = random.random()
    if kind < 0.7:
        many = random.choice((1, 1, 1, 2, 5))
        return mutator.json_text(
            random, {"schema": ENVELOPE, "data": [_parameters(random) for _ in range(many)]}
        )
    if kind < 0.9:
        sent = mutator.mutated(random, {"POST"}).body
        return sent.decode("utf-8", "replace")
    return mutator.json_text(random, mutator.json_value(random))


def rows(random, log):
    hit = hit_of(
        _body(random) if random.random() < 0.8 else random.choice(("", None)),
        query=_query(random).decode("latin-1") if random.random() < 0.4 else "",
        content_type="application/json" if random.random() < 0.95 else "text/plain",
        hostname=random.choice(("a", None)),
        referer=random.choice((None, "https://a.example/", "[", "\xff")),
    )
    found = rows_of(hit, _iglu(random).validation)
    assert found, "a request without a row"
    if all(row.shape["rawEvent"] for row in found):
        assert len(found) == len(parameters_of(hit)), "an event was lost"
    log.check()
    for row in found:
        check_row(row)


def check_row(row):
    """A row can be kept, read again, and shown, as JSON and to people."""
    kept = encoded(row.shape, allow_nan=False)
    strict_json(kept)
    read = Row(row.is_good, row.received, decoded(kept))
    shown = _showing().row(read)
    strict_json(encoded(shown.shape, allow_nan=False))


@cache
def _iglus():
    registry = FolderRegistry(Place("fuzz", 0), _FOLDER)
    return tuple(Iglu([registry], unknown_schemas=unknown, cache_ttl=None) for unknown in ("good", "bad"))


def _iglu(random):
    return random.choice(_iglus())


@cache
def _showing():
    return Showing(_iglus()[0].hiding)


def _query(random):
    pairs = []
    for key, value in _parameters(random).items():
        raw = str(value).encode("utf-8", "surrogatepass")
        pairs.append(
            f"{key}={quote_from_bytes(raw)}".encode() if random.random() < 0.8 else mutator.hostile(random)
        )
    return b"&".join(pairs)


# --- the app ---

_TAKING = (b"/i", b"/ice.png")


@cache
def _store():
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    store = Store(Path(folder.name) / "events.db")
    atexit.register(folder.cleanup)
    atexit.register(store.close)
    return store


@cache
def _app():
    return create_app(_store(), _iglus()[0])


def app(random, log):
    store = _store()
    store.clear()
    request = _request_to_collector(random)
    sent, raised = _ask(random, request)
    status = _check_answer(sent, raised, request)
    log.check()
    good, bad = store.counts()
    path, _, query = request.target.partition(b"?")
    if status == 200 and request.method == "POST" and not path.startswith(b"/micro"):
        assert good + bad, "a POST that was answered left no row"
    if status == 200 and request.method == "GET" and path in _TAKING and query:
        assert good + bad == 1, "a pixel that was answered left no row"
    if good + bad and random.random() < 0.5:
        (newest,) = store.latest(Query(), before=None, most=1).rows
        event = b"/events/%d" % newest.id
        asked = [b"/micro/good", b"/micro/bad", b"/", b"/bad", event]
        if random.random() < 0.05:  # they make tables first, which takes its time
            asked += [b"/journeys", b"/gaps?wait=0"]
        for question in asked:
            _check_answer(*_ask(random, Request("GET", question)), question)


def _request_to_collector(random):
    kind = random.random()
    if kind < 0.35:
        headers = [(b"Host", b"c.example.test"), (b"Content-Type", b"application/json")]
        if random.random() < 0.5:
            name = random.choice(tuple(mutator.HEADERS))
            headers.append((name, mutator.hostile(random, random.choice(mutator.HEADERS[name]))))
        body = _body(random).encode("utf-8", "surrogatepass")
        return Request("POST", b"/com.snowplowanalytics.snowplow/tp2", tuple(headers), body)
    if kind < 0.5:
        return Request("GET", b"/i?" + _query(random), ((b"Host", random.choice(mutator.HEADERS[b"Host"])),))
    if kind < 0.58:
        _store_something()
        return _question(random)
    if kind < 0.68:
        names = ("event_type", "schema", "contexts", "limit", "vendor", "version")
        criteria = {name: mutator.json_value(random) for name in names if random.random() < 0.3}
        text = mutator.json_text(random, criteria if random.random() < 0.9 else mutator.json_value(random))
        route = random.choice((b"/micro/good", b"/micro/bad"))
        _store_something()
        return Request("POST", route, (), text.encode("utf-8", "surrogatepass"))
    return mutator.mutated(random)


_MOMENTS = (
    *(
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01T00:00:00",
    ),
    *("2026-01-01T00:00:00", "2026-01-01T00:00:00.999999999Z", "2026-01-01", "\ud800", 1, None),
)
_NUMBERS = (1, 1, 2, 0, -1, 1000, 2**31, 2**63 - 1, 2**63, 2**70, 1.5, None)


def _question(random):
    """One of the routes of Micro 4, or an export."""
    columns = ("event_id", "app_id", "platform", "page_url", "contexts", "event", "\ud800", "", 7)
    if random.random() < 0.3:
        names = ("app_id", "platform", "event_name", "domain_userid", "text", "since", "until", "x")
        pairs = [f"{name}={random.choice(_MOMENTS)}" for name in names if random.random() < 0.2]
        query = "&".join(pairs).encode("utf-8", "surrogatepass") + mutator.hostile(random)
        return Request("GET", b"/export." + random.choice((b"tsv", b"ndjson", b"x")) + b"?" + query)
    time = {"start": random.choice(_MOMENTS), "end": random.choice(_MOMENTS)}
    if random.random() < 0.3:
        asked, route = {"buckets": [time] * random.choice((0, 1, 1, 600))}, b"/micro/timeline"
    else:
        route = b"/micro/events"
        asked = {"page": random.choice(_NUMBERS), "pageSize": random.choice(_NUMBERS), "filters": []}
        if random.random() < 0.5:
            asked["filters"] = [{"column": random.choice(columns), "values": [mutator.json_value(random)]}]
        if random.random() < 0.5:
            asked["sorting"] = {"column": random.choice(columns), "desc": True}
        if random.random() < 0.3:
            asked["timeRange"] = time
    text = mutator.json_text(random, asked if random.random() < 0.9 else mutator.json_value(random))
    return Request("POST", route, (), text.encode("utf-8", "surrogatepass"))


def _store_something():
    body = json.dumps(
        {"schema": ENVELOPE, "data": [{"e": "pv", "p": "web", "tv": "x"}, {"e": "x", "p": "", "tv": ""}]}
    )
    _store().add(rows_of(hit_of(body), _iglus()[0].validation))


def _ask(random, request):
    scope = {**scope_of(random, request), "root_path": ""}
    return run(called(_app(), scope, request.body))


def _check_answer(sent, raised, request):
    assert not raised, f"{raised} was raised at {request!r:.300}"
    start, body = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
    assert start["status"] < 500, f"{start['status']} to {request!r:.300}"
    headers = dict(start["headers"])
    for name, value in headers.items():
        assert not {*b"\r\n\0"} & {*name, *value}, f"header injection: {name} {value}"
    if headers.get(b"content-type") == b"application/json":
        strict_json(body)
    return start["status"]
