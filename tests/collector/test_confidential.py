"""What schemas call confidential: kept as it was sent, and shown nowhere."""

from __future__ import annotations

import base64
import json
import sqlite3

import pytest

from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.schemas.registries import FolderRegistry, Place

from ..conftest import POST_PATH, SCHEMA, Collector
from .conftest import page_view, write
from .test_command import run

CANARY = "canary-8264"
ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
ORDER_SCHEMA = {
    "self": {"vendor": "com.acme", "name": "order", "format": "jsonschema", "version": "1-0-0"},
    "properties": {
        "margin": {"type": "string", "confidential": True},
        "lines": {"items": {"$ref": "#/definitions/line"}},
    },
    "definitions": {"line": {"properties": {"cost": {"confidential": True}}}},
}
SENT = {
    "schema": ORDER,
    "data": {"id": "Ä-1", "margin": CANARY, "lines": [{"sku": "RS-1", "cost": CANARY}]},
}
SHOWN = {"schema": ORDER, "data": {"id": "Ä-1", "margin": "***", "lines": [{"sku": "RS-1", "cost": "***"}]}}
CONTEXTS = {"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": [SENT]}
UNSTRUCT = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": SENT}


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def in_base64(text, *, words=CANARY):
    """Whether base64 text holds the words, at whatever offset."""
    return any(
        base64.b64encode(b"\0" * n + words.encode())[4 if n else 0 : -4].decode() in text for n in range(3)
    )


EVERY_WAY = [
    {"co": json.dumps(CONTEXTS)},
    {"cx": encoded(CONTEXTS)},
    {"e": "ue", "ue_pr": json.dumps(UNSTRUCT)},
    {"e": "ue", "ue_px": encoded(UNSTRUCT)},
]


@pytest.fixture(scope="module")
def store_path(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "events.sqlite3"


@pytest.fixture(scope="module")
def discreet(tmp_path_factory, store_path):
    """A collector that knows a schema with confidential properties."""
    folder = tmp_path_factory.mktemp("schemas")
    write(folder, ORDER_SCHEMA)
    (folder / ".git").mkdir()
    collector = Collector("--schemas", str(folder), "--store", str(store_path))
    yield collector
    assert collector.stop() == 0


@pytest.fixture
def collector(discreet):
    discreet.reset()
    return discreet


def everything_shown(collector):
    """All that its pages and answers say."""
    paths = ("/", "/micro/ui", "/micro/all", "/micro/good", "/micro/bad")
    texts = [collector.get(path).text for path in paths]
    posted = [collector.client.post(path, json={}).text for path in ("/micro/good", "/micro/bad")]
    return "\n".join([*texts, *posted])


def is_hidden(collector):
    text = everything_shown(collector)
    return CANARY not in text and not in_base64(text)


def is_kept(path):
    connection = sqlite3.connect(path)
    try:
        stored = connection.execute("SELECT shape FROM events").fetchall()
    finally:
        connection.close()
    text = "".join(shape for (shape,) in stored)
    return CANARY in text or in_base64(text)


@pytest.mark.parametrize("parameters", EVERY_WAY, ids=["co", "cx", "ue_pr", "ue_px"])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("eid", [None, "bad"])
def test_is_kept_and_not_shown(collector, store_path, method, parameters, eid):
    event = page_view(**parameters, **({"eid": eid} if eid else {}))
    collector.post(event) if method == "POST" else collector.get("/i", params=event)
    assert collector.counts() == {"total": 1, "good": 0 if eid else 1, "bad": 1 if eid else 0}
    assert is_hidden(collector)
    assert is_kept(store_path)


def test_the_columns_show_the_rest(collector):
    collector.post(page_view(e="ue", ue_pr=json.dumps(UNSTRUCT), co=json.dumps(CONTEXTS)))
    (shape,) = collector.good()
    assert shape["event"]["unstruct_event"]["data"] == SHOWN
    assert shape["event"]["contexts"]["data"] == [SHOWN]
    assert shape["schema"] == ORDER
    assert collector.good(schema=ORDER, contexts=[ORDER]) == [shape]


@pytest.mark.parametrize("eid", [None, "bad"])
def test_the_parameters_show_the_rest_in_the_encoding_they_came_in(collector, eid):
    parameters = {"co": json.dumps(CONTEXTS), "cx": encoded(CONTEXTS), "page": "A"}
    collector.post(page_view(**parameters, **({"eid": eid} if eid else {})))
    (shape,) = collector.bad() if eid else collector.good()
    shown = shape["rawEvent"]["parameters"]
    assert json.loads(shown["co"])["data"] == [SHOWN]
    assert json.loads(base64.urlsafe_b64decode(shown["cx"] + "=="))["data"] == [SHOWN]
    assert shown["page"] == "A"


def test_the_body_of_a_bad_row_shows_the_rest(collector):
    collector.post(page_view(co=json.dumps(CONTEXTS), page="A"), page_view(eid="bad"))
    (shape,) = collector.bad()
    envelope = json.loads(shape["collectorPayload"]["body"])
    assert envelope["data"][0]["page"] == "A"
    assert json.loads(envelope["data"][0]["co"])["data"] == [SHOWN]


def test_what_holds_nothing_confidential_is_shown_to_the_letter(collector):
    other = {"schema": "iglu:com.acme/order/jsonschema/1-0-1", "data": {"margin": CANARY}}
    co = json.dumps({**CONTEXTS, "data": [other]}, indent=1)
    cx = encoded({**CONTEXTS, "data": [{"schema": ORDER, "data": {"id": "1"}}]}) + "=="
    collector.post(page_view(co=co), page_view(cx=cx, eid="bad"), page_view(co="{", eid="bad"))
    (good,) = collector.good()
    assert good["rawEvent"]["parameters"]["co"] == co
    assert good["event"]["contexts"]["data"] == [other]
    broken, bad = collector.bad()
    assert bad["rawEvent"]["parameters"]["cx"] == cx
    assert broken["rawEvent"]["parameters"]["co"] == "{"


TWICE = json.dumps({**CONTEXTS, "data": []})[:-1] + f', "data": [{json.dumps(SENT)}], "data": []}}'


@pytest.mark.parametrize(
    "event",
    [
        page_view(co=json.dumps(CONTEXTS)[:-1]),
        page_view(co=json.dumps(CONTEXTS)[:-1].replace("/", "\\/")),
        page_view(cx=encoded(CONTEXTS) + "!"),
        page_view(cx=encoded("x" + json.dumps(CONTEXTS))[:-9]),
        page_view(co=json.dumps(SENT)),
        page_view(co=json.dumps([SENT])),
        page_view(co=json.dumps({**CONTEXTS, "data": SENT})),
        page_view(co=json.dumps({**CONTEXTS, "data": [{**SENT, "more": 1}]})),
        page_view(co=TWICE),
        page_view(co=json.dumps(CONTEXTS).replace("/1-0-0", "") + "x"),
        page_view(co=json.dumps(CONTEXTS), e="xx"),
        page_view(co=json.dumps(CONTEXTS), madeup="1"),
        page_view(co=CONTEXTS),
    ],
    ids=lambda event: next(iter(set(event) & {"co", "cx"})),
)
def test_is_not_shown_where_the_event_is_broken(collector, store_path, event):
    collector.post(event)
    assert is_hidden(collector)
    assert is_kept(store_path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"schema": SCHEMA, "data": [page_view(co=json.dumps(CONTEXTS))]})[:-1],
        json.dumps({"schema": SCHEMA, "data": [page_view(cx=encoded(CONTEXTS))]})[:-1],
        json.dumps(SENT),
        json.dumps([SENT]),
    ],
)
def test_is_not_shown_of_a_body_that_cannot_be_read(collector, store_path, content):
    collector.client.post(POST_PATH, content=content, headers={"Content-Type": "application/json"})
    assert collector.counts()["bad"] == 1
    assert is_hidden(collector)
    assert is_kept(store_path)


WEBHOOK = "/com.snowplowanalytics.iglu/v1"
SAID = json.dumps(SENT["data"])


@pytest.mark.parametrize("eid", ["", "&eid=bad"], ids=["good", "bad"])
@pytest.mark.parametrize(
    ("query", "content", "kind"),
    [
        (f"schema={ORDER}&id=1&margin={CANARY}", None, None),
        (f"schema={ORDER}", SAID, "application/json"),
        (f"schema={ORDER}", f"[{SAID}]", "application/json"),
        (f"schema={ORDER}", f"id=1&margin={CANARY}", "application/x-www-form-urlencoded"),
        ("aid=shop", json.dumps(SENT), "application/json"),
        (f"schema={ORDER}", f"{SAID}]", "application/json"),
        (f"schema={ORDER}", SAID, "text/plain"),
        (f"schema={ORDER}x", SAID, "application/json"),
        (f"schema=x{ORDER}&margin={CANARY}", None, None),
    ],
)
def test_is_not_shown_of_a_webhook(collector, store_path, query, content, kind, eid):
    if content is None:
        collector.get(f"{WEBHOOK}?{query}{eid}")
    else:
        headers = {"Content-Type": kind}
        collector.client.post(f"{WEBHOOK}?{query}{eid}", content=content, headers=headers)
    assert collector.counts()["total"] == 1
    assert is_hidden(collector)
    assert is_kept(store_path)


def test_of_a_webhooks_bad_row_the_rest_is_shown(collector):
    collector.get(f"{WEBHOOK}?schema={ORDER}&id=1&margin={CANARY}&eid=bad")
    (row,) = collector.bad()
    assert row["collectorPayload"]["querystring"] == [f"schema={ORDER}", "id=1", "margin=***", "eid=bad"]


def test_without_the_schema_nothing_is_masked(running_collector):
    running_collector.reset()
    running_collector.post(page_view(co=json.dumps(CONTEXTS)))
    (shape,) = running_collector.good()
    assert shape["event"]["contexts"]["data"] == [SENT]


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "more than 200 deep"),
        (b"[]", "must be a JSON object"),
        ({"self": {**ORDER_SCHEMA["self"], "name": "other"}}, "its 'self' names another schema"),
        ({"self": "order"}, "its 'self' names another schema"),
        ({"properties": []}, "'properties' must be an object"),
        ({"properties": {"a": {"confidential": "true"}}}, "'confidential' must be true or false, not 'true'"),
        ({"properties": {"a": {"$ref": "#/definitions/a"}}}, "the $ref '#/definitions/a' leads nowhere"),
        ({"items": [{"$ref": "iglu:com.acme/a/jsonschema/1-0-0"}]}, "leads nowhere within the schema"),
    ],
)
def test_a_schema_that_cannot_be_used_is_said_with_its_path(tmp_path, schema, problem):
    path = write(tmp_path, schema)
    done = run("collector", "--port", "0", "--schemas", str(tmp_path))
    assert done.returncode == 1
    assert f"{path}: " in done.stderr
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_all_schemas_that_cannot_be_used_are_said_at_once(tmp_path):
    paths = [write(tmp_path, b"{", name=name) for name in ("a", "b")]
    paths.append(write(tmp_path, {}, version="1-0-0.json"))
    (tmp_path / "com.acme/c/jsonschema/1-0-0").mkdir(parents=True)
    done = run("collector", "--port", "0", "--schemas", str(tmp_path))
    for path in [*paths, tmp_path / "com.acme/c/jsonschema/1-0-0"]:
        assert f"{path}: " in done.stderr
    assert "name the file like 1-0-0" in done.stderr


@pytest.mark.parametrize("folder", ["nowhere", "", "file"])
def test_a_folder_without_schemas_is_said(tmp_path, folder):
    (tmp_path / "file").touch()
    done = run("collector", "--port", "0", "--schemas", str(tmp_path / folder))
    assert done.returncode == 1
    assert f"{tmp_path / folder}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_half_a_surrogate_pair_beside_it_does_not_show_it(tmp_path):
    write(tmp_path, ORDER_SCHEMA)
    sent = {**SENT, "data": {**SENT["data"], "id": "\ud800"}}
    given = page_view(cx=encoded({**CONTEXTS, "data": [sent]}))
    showing = Showing(Iglu([FolderRegistry(Place("test", 0), tmp_path)]).hiding)
    shown = showing.shape({"rawEvent": {"parameters": given}})["rawEvent"]["parameters"]["cx"]
    data = json.loads(base64.urlsafe_b64decode(shown + "=="))["data"]
    assert data[0]["data"] == {**SHOWN["data"], "id": "?"}
