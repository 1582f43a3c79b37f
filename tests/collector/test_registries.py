"""Registries over HTTP: found, missing, hanging, failing, huge; the order they are asked in; what is kept."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.payload.schema_key import read_uri
from tracking_middleware.collector.schemas.folders import SchemasError
from tracking_middleware.collector.schemas.hiding import HidingSchemas
from tracking_middleware.collector.schemas.http import MAX_BYTES
from tracking_middleware.collector.schemas.iglu import Iglu, load_iglu
from tracking_middleware.collector.schemas.registries import DOWN_SECONDS, FolderRegistry, HttpRegistry, Place
from tracking_middleware.collector.schemas.resolver import Resolver

from ..conftest import PATIENCE, Collector
from .conftest import page_view, wrapped, write
from .test_command import run

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
KEY = read_uri(ORDER)
PATH = "/schemas/com.acme/order/jsonschema/1-0-0"
SCHEMA = {"type": "object", "required": ["id"]}


class Static:
    """A static registry on a loopback port: an answer for each path, else 404."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.keys = []
        static = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                static.asked.append(self.path)
                static.keys.append(self.headers.get("apikey"))
                status, body, headers = static.answers.get(self.path, (404, b"", {}))
                if callable(body):
                    body = body()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # who asked has gone, as in the hanging cases
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def give(self, schema, *, path=PATH, status=200, headers=None):
        body = schema if isinstance(schema, bytes) or callable(schema) else json.dumps(schema).encode()
        self.answers[path] = status, body, headers or {}

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def static():
    static = Static()
    yield static
    static.close()


@pytest.fixture
def other():
    static = Static()
    yield static
    static.close()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def http(static, name="http", *, clock=time.monotonic, api_key=None, **place):
    return HttpRegistry(Place(name, **place), static.url, api_key=api_key, clock=clock)


def test_a_schema_is_fetched_once_by_the_path_of_a_static_registry(static):
    static.give(SCHEMA)
    resolver = Resolver([http(static, api_key="k")])
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA
    assert static.asked == [PATH]
    assert static.keys == ["k"]


def test_what_was_found_and_what_was_not_is_asked_again_when_it_has_aged(static, clock):
    resolver = Resolver([http(static)], cache_ttl=60, clock=clock)
    assert resolver.lookup(KEY, PATIENCE).state == "not_found"
    static.give(SCHEMA)
    clock.now = 59
    assert resolver.lookup(KEY, PATIENCE).state == "not_found"
    assert len(static.asked) == 1
    clock.now = 61
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA


def test_a_schema_outlives_its_registry(static, clock):
    static.give(SCHEMA)
    resolver = Resolver([http(static)], cache_ttl=60, clock=clock)
    resolver.lookup(KEY, PATIENCE)
    static.give(b"", status=503)
    clock.now = 1000
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA
    assert len(static.asked) == 2


def hanging():
    """What answers when nobody waits any more."""
    threading.Event().wait(3)
    return b"{}"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"schema": b"", "status": 500}, "answers HTTP 500"),
        ({"schema": b"", "status": 429}, "answers HTTP 429"),
        ({"schema": b"<html>"}, "answers what is no JSON"),
        ({"schema": b"[]"}, "answers JSON that is no schema"),
        ({"schema": b"[" * 5000}, "answers what is no JSON"),
        ({"schema": b" " * (MAX_BYTES + 1)}, f"answers more than {MAX_BYTES} bytes"),
        ({"schema": b"", "status": 302, "headers": {"Location": PATH}}, "redirects more than 3 times"),
        ({"schema": hanging}, "did not answer in time"),
    ],
    ids=["500", "429", "html", "array", "deep", "huge", "redirects", "hangs"],
)
def test_a_registry_that_fails_is_no_answer_and_left_alone_for_a_while(static, clock, answer, reason):
    static.give(**answer)
    resolver = Resolver([http(static, clock=clock)], clock=clock)
    start = time.perf_counter()
    lookup = resolver.lookup(KEY, 0.5)
    assert (lookup.state, lookup.schema) == ("unreachable", None)
    assert reason in lookup.summary
    asked = len(static.asked)
    clock.now = DOWN_SECONDS - 1
    again = resolver.lookup(read_uri("iglu:com.acme/parcel/jsonschema/1-0-0"), 0.5)
    assert again.state == "unreachable"
    assert "it is asked again in 1 s" in again.summary
    assert len(static.asked) == asked
    assert time.perf_counter() - start < 2


def test_a_registry_that_works_again_is_asked_again(static, clock):
    static.give(b"", status=500)
    resolver = Resolver([http(static, clock=clock)], clock=clock)
    assert resolver.lookup(KEY, PATIENCE).state == "unreachable"
    static.give(SCHEMA)
    clock.now = DOWN_SECONDS + 1
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA


def test_a_refused_connection_costs_no_time(clock):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    registry = HttpRegistry(Place("gone"), f"http://127.0.0.1:{port}")
    start = time.perf_counter()
    assert "cannot be reached" in Resolver([registry], clock=clock).lookup(KEY, PATIENCE).summary
    assert time.perf_counter() - start < 2


def test_redirects_are_followed_on_the_host_and_nowhere_else(static, other):
    static.give(b"", status=301, headers={"Location": "/moved"})
    static.give(SCHEMA, path="/moved")
    assert Resolver([http(static)]).lookup(KEY, PATIENCE).schema == SCHEMA
    elsewhere = other.url.replace("127.0.0.1", "localhost")
    static.give(b"", status=301, headers={"Location": f"{elsewhere}/moved"})
    assert Resolver([http(static, api_key="secret")]).lookup(KEY, PATIENCE).state == "unreachable"
    assert other.asked == []


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd"])
def test_an_answer_that_might_unpack_to_no_end_is_not_read(static, encoding):
    static.give(b"\x1f\x8b", headers={"Content-Encoding": encoding})
    assert "an encoding that was not asked for" in Resolver([http(static)]).lookup(KEY, PATIENCE).summary


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"self": {"vendor": "com.other"}}, "'self' names another schema"),
        ({"properties": {"a": {"$ref": "file:///a"}}}, "leads nowhere within the schema"),
        ({"properties": {"a": {"confidential": "yes"}}}, "'confidential' must be true or false"),
    ],
)
def test_what_is_another_schema_or_unclear_is_not_used(static, schema, reason):
    static.give(schema)
    lookup = Resolver([http(static)]).lookup(KEY, PATIENCE)
    assert lookup.state == "unusable"
    assert reason in lookup.summary


def test_registries_are_asked_by_prefix_then_embedded_then_priority(static, other, tmp_path):
    write(tmp_path, {"title": "folder"})
    static.give({"title": "low"})
    other.give({"title": "high"})
    low, high = http(static, "low", priority=5), http(other, "high", priority=1)
    folder = FolderRegistry(Place("folder", 9), tmp_path)

    def first(*registries):
        return Resolver(registries).lookup(KEY, PATIENCE).schema["title"]

    assert first(low, high, folder) == "folder"
    assert first(low, high) == "high"
    assert first(http(static, priority=5, vendor_prefixes=("com.ac",)), high, folder) == "low"
    assert first(http(static, priority=5, vendor_prefixes=("com.other",)), high) == "high"


def test_where_one_registry_is_down_another_still_answers(static, other):
    static.give(b"", status=500)
    other.give(SCHEMA)
    resolver = Resolver([http(static, priority=1), http(other, priority=2)])
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA


def resolver_file(folder, static, **repository):
    connection = {"http": {"uri": f"{static.url}/", "apikey": "k"}}
    data = {
        "cacheSize": 10,
        "cacheTtl": 5,
        "repositories": [
            {
                "name": "Ours",
                "priority": 0,
                "vendorPrefixes": ["com.acme"],
                "connection": connection,
                **repository,
            }
        ],
    }
    path = folder / "resolver.json"
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3"
    path.write_text(json.dumps({"schema": schema, "data": data}))
    return path


def test_a_resolver_file_says_what_registries_there_are(static, tmp_path):
    static.give(SCHEMA)
    iglu = load_iglu(resolver_file=resolver_file(tmp_path, static))
    assert iglu.resolver.lookup(KEY, PATIENCE).schema == SCHEMA
    assert (static.asked, static.keys) == ([PATH], ["k"])


def test_an_embedded_registry_is_a_folder_seen_from_the_file(static, tmp_path):
    write(tmp_path / "iglu" / "schemas", SCHEMA)
    path = resolver_file(tmp_path, static, connection={"embedded": {"path": "iglu"}})
    assert load_iglu(resolver_file=path).resolver.lookup(KEY, PATIENCE).schema == SCHEMA


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is no Iglu resolver file"),
        ('{"schema": "iglu:a/b/jsonschema/1-0-0", "data": {}}', "resolver-config 1-0-*"),
        (None, "missing required field `cacheSize`"),
    ],
)
def test_a_resolver_file_that_is_none_is_said(tmp_path, text, reason):
    path = tmp_path / "resolver.json"
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1"
    path.write_text(json.dumps({"schema": schema, "data": {}}) if text is None else text)
    with pytest.raises(SchemasError) as raised:
        load_iglu(resolver_file=path)
    assert str(path) in str(raised.value)
    assert reason in str(raised.value)


def test_what_a_registry_calls_confidential_is_hidden_and_so_is_what_it_cannot_say(static, clock):
    static.give({"properties": {"margin": {"confidential": True}}})
    resolver = Resolver([http(static, clock=clock)], clock=clock, cache_ttl=60)
    hiding = HidingSchemas(resolver)
    assert hiding
    assert hiding[ORDER]["properties"]["margin"] == {"confidential": True}
    assert list(hiding) == [ORDER]
    assert "iglu:com.acme/parcel/jsonschema/1-0-0" not in hiding
    static.give(b"", status=500, path="/schemas/com.acme/sale/jsonschema/1-0-0")
    assert hiding["iglu:com.acme/sale/jsonschema/1-0-0"] == {"confidential": True}


def test_a_text_that_cannot_be_read_is_hidden_where_a_registry_might_call_it_confidential(static, clock):
    static.give(b"", status=500)
    showing = Showing(HidingSchemas(Resolver([http(static, clock=clock)], clock=clock)))
    parameters = {"co": f'{{"schema": "{ORDER}", "data": ', "page": ORDER}
    shown = showing.shape({"rawEvent": {"parameters": parameters}})
    assert shown["rawEvent"]["parameters"] == {"co": "***", "page": ORDER}


def test_a_hanging_registry_does_not_hold_up_the_events(static):
    """Bounded for a whole request, however many schemas it names."""
    static.give(hanging)
    static.give(hanging, path="/schemas/com.acme/parcel/jsonschema/1-0-0")
    check = Iglu([http(static)]).validation.for_request(seconds=0.5)
    start = time.perf_counter()
    for uri in (ORDER, "iglu:com.acme/parcel/jsonschema/1-0-0") * 5:
        (problem,) = check({"schema": uri, "data": {}}, "entity", [])
        assert "could not be looked for" in problem.sentence
    assert time.perf_counter() - start < 2
    assert len(static.asked) == 1


def test_the_command_takes_registries_and_says_which_reason_it_is(static):
    static.give(SCHEMA)
    static.give(b"", status=500, path="/schemas/com.acme/sale/jsonschema/1-0-0")
    collector = Collector("--unknown-schemas", "bad", "--registry", static.url)
    for name in ("order", "parcel", "sale"):
        uri = f"iglu:com.acme/{name}/jsonschema/1-0-0"
        collector.post(page_view(co=wrapped({"schema": uri, "data": {}})))
    sale, parcel, order = (row["reasons"][0] for row in collector.bad())
    assert 'the required property "id" is missing' in order
    assert f"is not found in: tracking_middleware, standard schemas, {static.url}" in parcel
    assert (
        f"could not be looked for (tracking_middleware: has none; standard schemas: has none; {static.url}"
        in sale
    )
    assert collector.stop() == 0


def test_micros_variables_name_a_registry_and_its_key(static, monkeypatch):
    static.give(SCHEMA)
    monkeypatch.setenv("MICRO_IGLU_REGISTRY_URL", f"{static.url}/")
    monkeypatch.setenv("MICRO_IGLU_API_KEY", "canary")
    collector = Collector("--unknown-schemas", "bad")
    collector.post(page_view(co=wrapped({"schema": ORDER, "data": {"id": 1}})))
    collector.post(page_view(co=wrapped({"schema": ORDER, "data": {}})))
    assert collector.counts() == {"total": 2, "good": 1, "bad": 1}
    assert static.asked == [PATH]
    assert static.keys == ["canary"]
    assert collector.stop() == 0


@pytest.mark.parametrize("url", ["iglu.example/api", "ftp://iglu.example", "https://"])
def test_a_registry_of_micros_variables_that_is_no_url_is_said(url, monkeypatch):
    monkeypatch.setenv("MICRO_IGLU_REGISTRY_URL", url)
    done = run("collector", "--port", "0")
    assert done.returncode == 1
    assert f"MICRO_IGLU_REGISTRY_URL: {url!r} is no URL: write it with http" in done.stderr


def test_a_registry_that_is_no_url_is_said():
    done = run("collector", "--port", "0", "--registry", "iglu.example/api")
    assert done.returncode == 1
    assert "--registry: 'iglu.example/api' is no URL: write it with http" in done.stderr


def test_a_key_without_a_registry_is_said(monkeypatch, capfd):
    monkeypatch.setenv("MICRO_IGLU_API_KEY", "canary")
    collector = Collector()
    assert collector.stop() == 0
    said = capfd.readouterr().err
    assert "MICRO_IGLU_API_KEY is used nowhere" in said
    assert "canary" not in said
