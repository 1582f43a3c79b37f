"""Entities and events against their schemas: what is good, what is bad, and what the bad row says."""

from __future__ import annotations

import json
import time
import uuid

import pytest

from tracking_middleware.collector.schemas.folders import SchemasError
from tracking_middleware.collector.schemas.iglu import Iglu, load_iglu
from tracking_middleware.collector.schemas.masking import HIDDEN, masked
from tracking_middleware.collector.schemas.registries import FolderRegistry, Place

from ..conftest import Collector
from .conftest import page_view, wrapped, write

CANARY = "canary-5519"
ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
ORDER_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 4},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/line"}},
        "margin": {"type": "object", "confidential": True, "additionalProperties": {"type": "number"}},
        "placed": {"type": "string", "format": "date-time"},
        "odd name": {"enum": ["a", "b"]},
    },
    "required": ["id"],
    "additionalProperties": False,
    "definitions": {
        "line": {"properties": {"cost": {"type": "number", "confidential": True}, "sku": {"type": "string"}}}
    },
}


def described(data, uri=ORDER):
    return {"schema": uri, "data": data}


def validated(folder, data, *, uri=ORDER, derived=None, **options):
    """The sentences and the messages of what is wrong with data."""
    iglu = Iglu([FolderRegistry(Place("shop"), folder)], **options)
    check = iglu.validation.for_request()
    problems = list(check(described(data, uri), "entity 1 (contexts)", [] if derived is None else derived))
    return [problem.sentence for problem in problems], [problem.message for problem in problems]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, ORDER_SCHEMA)
    return tmp_path


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        ({}, "$", 'the required property "id" is missing'),
        ({"id": 7}, "$.id", "must be of type string"),
        ({"id": "12345"}, "$.id", "must have 4 characters at most"),
        ({"id": "1", "x": 1}, "$", 'must not have "x"'),
        ({"id": "1", "lines": [{}, {"sku": 2}]}, "$.lines[1].sku", "must be of type string"),
        ({"id": "1", "placed": "today"}, "$.placed", "must be a date-time such as"),
        ({"id": "1", "odd name": "c"}, '$["odd name"]', 'must be one of "a", "b"'),
        ([], "$", "must be of type object"),
    ],
)
def test_the_path_what_was_expected_and_the_schema_are_said(folder, data, path, expected):
    (sentence,), (message,) = validated(folder, data)
    assert sentence.startswith(f"entity 1 (contexts): {path}: {expected}")
    assert sentence.endswith(f"by {ORDER}")
    assert message["schemaKey"] == ORDER
    (report,) = message["error"]["dataReports"]
    assert report["path"] == path


def test_what_is_valid_is_no_problem(folder):
    data = {"id": "\N{ROCKET}" * 4, "lines": [{"cost": 2}], "placed": "2026-03-14T09:30:00Z"}
    assert validated(folder, data) == ([], [])


@pytest.mark.parametrize(
    "data",
    [
        {"id": "1", "margin": {CANARY: "x"}},
        {"id": "1", "margin": CANARY},
        {"id": "1", "lines": [{"cost": CANARY}]},
    ],
)
def test_nothing_of_what_is_confidential_is_said(folder, data):
    sentences, messages = validated(folder, data)
    assert "what it must be is confidential" in sentences[0]
    assert CANARY not in json.dumps([sentences, messages])


def test_nothing_of_the_data_is_quoted(folder):
    sentences, messages = validated(folder, {"id": CANARY, "placed": CANARY, "odd name": CANARY})
    assert len(sentences) == 3
    assert CANARY not in json.dumps([sentences, messages])


def test_not_found_is_another_reason_than_invalid_and_says_what_to_do(folder):
    (sentence,), (message,) = validated(folder, {}, uri="iglu:com.acme/parcel/jsonschema/1-0-0")
    assert "is not found in: shop, tracking_middleware, standard schemas" in sentence
    assert "Save it as FOLDER/com.acme/parcel/jsonschema/1-0-0" in sentence
    assert [entry["errors"][0]["error"] for entry in message["error"]["lookupHistory"]] == ["NotFound"] * 3


def test_unknown_schemas_may_be_good(folder):
    unknown = "iglu:com.acme/parcel/jsonschema/1-0-0"
    assert validated(folder, {}, uri=unknown, unknown_schemas="good") == ([], [])
    assert len(validated(folder, {}, unknown_schemas="good")[0]) == 1


def test_a_schema_that_is_saved_or_mended_counts_at_once(tmp_path):
    write(tmp_path, {"type": "object"})
    now = [0.0]
    iglu = Iglu([FolderRegistry(Place("shop"), tmp_path)])
    iglu.resolver._clock = lambda: now[0]
    check = iglu.validation.for_request()

    def problems(uri):
        now[0] += 2
        return list(check(described("text", uri), "event", []))

    assert len(problems(ORDER)) == 1
    write(tmp_path, {"type": ["object", "string"]})
    assert problems(ORDER) == []
    newer = "iglu:com.acme/order/jsonschema/1-0-1"
    assert "is not found" in problems(newer)[0].sentence
    write(tmp_path, {"type": "string"}, version="1-0-1")
    assert problems(newer) == []


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strin"}, "$.type"),
        ({"required": "id"}, "$.required"),
        ({"pattern": "("}, "$.pattern"),
        ({"exclusiveMinimum": 3}, "minimum"),
    ],
)
def test_what_is_no_schema_of_draft_4_is_said(tmp_path, schema, reason):
    write(tmp_path, schema)
    (sentence,), _ = validated(tmp_path, {})
    assert f"the schema {ORDER} cannot be used" in sentence
    assert reason in sentence


@pytest.mark.parametrize(
    "reference", ["file:///etc/passwd", "other#/a", "http://127.0.0.1:9/schema#/definitions/a"]
)
def test_a_reference_that_leads_nowhere_is_refused_at_the_start(tmp_path, reference):
    write(tmp_path, {"properties": {"a": {"$ref": reference}}})
    with pytest.raises(SchemasError, match="leads nowhere within the schema"):
        validated(tmp_path, {"a": 1})


def test_a_reference_to_another_place_is_an_empty_schema_and_said_once(tmp_path, caplog):
    write(tmp_path, {"properties": {"a": {"$ref": "http://127.0.0.1:9/schema#"}, "b": {"type": "string"}}})
    iglu = Iglu([FolderRegistry(Place("shop"), tmp_path)])
    for _ in range(2):
        assert not list(iglu.validation.for_request()(described({"a": [7], "b": "x"}), "event", []))
    (remark,) = caplog.messages
    assert str(tmp_path / "com.acme/order/jsonschema/1-0-0") in remark
    assert "as in the pipeline it is an empty one" in remark


def test_what_a_reference_to_another_place_says_of_is_hidden(tmp_path):
    write(tmp_path, {"properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}, "b": {"type": "string"}}})
    iglu = Iglu([FolderRegistry(Place("shop"), tmp_path)])
    assert masked(described({"a": CANARY, "b": "x"}), iglu.hiding)["data"] == {"a": HIDDEN, "b": "x"}


@pytest.mark.parametrize(
    "meta", ["http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-07/schema#", 4]
)
def test_a_schema_of_another_meta_schema_is_of_no_use_as_in_the_pipeline(tmp_path, caplog, meta):
    write(tmp_path, {"$schema": meta, "type": "object"})
    (sentence,), _ = validated(tmp_path, {})
    assert f"the schema {ORDER} cannot be used: its $schema is {meta!r}" in sentence
    assert "Data with it is bad" in caplog.text


def doubling(depth):
    """A schema of little text and 2 to the power of ``depth`` parts."""
    steps = {f"s{n}": {"allOf": [{"$ref": f"#/definitions/s{n + 1}"}] * 2} for n in range(depth)}
    return {"$ref": "#/definitions/s0", "definitions": {**steps, f"s{depth}": {"type": "object"}}}


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 5000 + "!"}),
        ({"properties": {"a": {"pattern": "^(?=(a+)+$)(a|aa)+$"}}}, {"a": "a" * 5000 + "!"}),
        ({"properties": {"a": {"pattern": "(a{1000}){1000}{1000}"}}}, {"a": "a"}),
        (doubling(60), {}),
        ({"allOf": [{"$ref": "#"}]}, []),
    ],
    ids=["backtracking", "backtracking look-ahead", "large pattern", "doubling", "itself"],
)
def test_an_evil_schema_costs_little_time(tmp_path, schema, data):
    write(tmp_path, schema)
    start = time.perf_counter()
    validated(tmp_path, data)
    assert time.perf_counter() - start < 2


def test_a_schema_may_refer_to_itself(tmp_path):
    write(tmp_path, {"type": "object", "properties": {"child": {"$ref": "#"}}})
    assert validated(tmp_path, {"child": {"child": {}}}) == ([], [])
    assert validated(tmp_path, {"child": {"child": 1}})[0][0].startswith(
        "entity 1 (contexts): $.child.child: must be of type object"
    )


def test_superseded_data_is_validated_by_the_newer_schema_and_gets_its_version(tmp_path):
    write(tmp_path, {"type": "null", "$supersededBy": "1-0-1"})
    write(tmp_path, {"type": "object", "required": ["id"]}, version="1-0-1")
    derived = []
    assert validated(tmp_path, {"id": 1}, derived=derived) == ([], [])
    assert derived == [
        {
            "schema": "iglu:com.snowplowanalytics.iglu/validation_info/jsonschema/1-0-0",
            "data": {"originalSchema": ORDER, "validatedWith": "1-0-1"},
        }
    ]
    assert validated(tmp_path, {})[0][0].endswith("by iglu:com.acme/order/jsonschema/1-0-1")


def test_schemas_that_supersede_each_other_end(tmp_path):
    write(tmp_path, {"$supersededBy": "1-0-1"})
    write(tmp_path, {"$supersededBy": "1-0-0"}, version="1-0-1")
    assert validated(tmp_path, {}) == ([], [])


def test_no_name_leads_out_of_the_folder(tmp_path):
    inside = tmp_path / "a" / "schemas"
    write(inside, {})
    write(tmp_path, {"type": "null"}, vendor="a")
    (sentence,), _ = validated(inside, {}, uri="iglu:../order/jsonschema/1-0-0")
    assert "is not found" in sentence


WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
SESSION = "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2"
ACTION = "iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2"
PRODUCT = "iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0"
CLICK = "iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1"
NEW_ID = str(uuid.UUID(int=2**127))
IS_SESSION = {
    "userId": NEW_ID,
    "sessionId": NEW_ID,
    "sessionIndex": 1,
    "storageMechanism": "COOKIE_1",
    "firstEventId": None,
}
IS_PRODUCT = {"id": "RS-1", "category": "shoes", "price": 19.99, "currency": "EUR"}


@pytest.mark.parametrize(
    ("uri", "valid", "invalid"),
    [
        (WEB_PAGE, {"id": NEW_ID.upper()}, {"id": "7"}),
        (SESSION, IS_SESSION, {**IS_SESSION, "userId": "me"}),
        (SESSION, {**IS_SESSION, "userId": "0123456789abcdef"}, {**IS_SESSION, "storageMechanism": "PAPER"}),
        (ACTION, {"type": "add_to_cart"}, {"type": "steal"}),
        (PRODUCT, IS_PRODUCT, {**IS_PRODUCT, "price": 19.999}),
        (CLICK, {"targetUrl": "https://a.example/"}, {"targetUrl": ""}),
        ("iglu:org.tracking_middleware/article/jsonschema/1-0-0", {"id": "a"}, {"id": "a", "length": "5"}),
    ],
)
def test_what_trackers_send_is_known_without_a_network(uri, valid, invalid):
    check = load_iglu().validation.for_request()
    assert list(check(described(valid, uri), "entity", [])) == []
    assert len(list(check(described(invalid, uri), "entity", []))) == 1


def test_every_schema_of_the_package_is_one_of_draft_4():
    iglu = Iglu()
    registries = iglu.resolver.registries
    uris = [
        "iglu:" + "/".join(path.relative_to(registry.root).parts)
        for registry in registries
        for path in registry.root.glob("*/*/jsonschema/*")
    ]
    assert len(uris) > 40
    check = iglu.validation.for_request()
    for uri in uris:
        sentences = [problem.sentence for problem in check(described(None, uri), "entity", [])]
        assert ["must be of type object" in sentence for sentence in sentences] == [True], sentences


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    write(folder, ORDER_SCHEMA)
    collector = Collector("--unknown-schemas", "bad", "--schemas", str(folder))
    yield collector
    assert collector.stop() == 0


@pytest.fixture
def collector(strict):
    strict.reset()
    return strict


def test_an_event_with_an_invalid_entity_is_bad_and_costs_no_other(collector):
    good, bad = described({"id": "1"}), described({"id": 1})
    collector.post(
        page_view(co=wrapped(good, good)),
        page_view(co=wrapped(good, bad)),
        page_view(eid="x", co=wrapped(bad)),
    )
    assert collector.counts() == {"total": 3, "good": 1, "bad": 2}
    twice, once = collector.bad()
    assert once["reasons"] == [f"entity 2 (contexts): $.id: must be of type string; by {ORDER}"]
    assert len(twice["reasons"]) == 2
    summary, text = twice["errors"]
    assert summary == "Error while validating the event"
    row = json.loads(text)
    assert row["schema"].startswith("iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/")
    assert len(row["data"]["failure"]["messages"]) == 2


def test_an_event_whose_schema_nobody_has_is_bad_as_in_the_pipeline(collector):
    parcel = described({}, "iglu:com.acme/parcel/jsonschema/1-0-0")
    event = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": parcel}
    collector.post(page_view(e="ue", ue_pr=json.dumps(event)))
    (row,) = collector.bad()
    assert row["reasons"][0].startswith(
        "event (unstruct_event): the schema iglu:com.acme/parcel/jsonschema/1-0-0"
    )


def test_a_bad_row_shows_nothing_confidential(collector):
    collector.post(page_view(co=wrapped(described({"id": "1", "margin": {CANARY: CANARY}}))))
    assert collector.counts()["bad"] == 1
    assert CANARY not in collector.get("/micro/bad").text
    assert CANARY not in collector.get("/").text
    asked = {"page": 1, "pageSize": 9, "filters": []}
    assert CANARY not in collector.client.post("/micro/events", json=asked).text
    assert CANARY not in collector.get("/micro/columns").text


def test_a_failed_event_keeps_the_entities_that_are_valid(collector):
    page = {"schema": "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"}
    page["data"] = {"id": "1b3c5d7e-0000-4000-8000-000000000000"}
    collector.post(page_view(co=wrapped(described({"id": 1}), page)))
    answer = collector.client.post("/micro/events", json={"page": 1, "pageSize": 9, "filters": []})
    (event,) = answer.json()["events"]
    assert event["contexts_com_snowplowanalytics_snowplow_web_page_1"] == [page["data"]]
    assert not any("order" in name and name.startswith("contexts_com_acme") for name in event)


def test_a_failed_event_keeps_nothing_of_a_self_describing_event_that_is_not_valid(collector):
    wrapper = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
    collector.post(page_view(e="ue", ue_pr=json.dumps({"schema": wrapper, "data": described({"id": 1})})))
    answer = collector.client.post("/micro/events", json={"page": 1, "pageSize": 9, "filters": []})
    (event,) = answer.json()["events"]
    assert (event["event"], event["event_name"]) == ("unstruct", "order")
    assert not any(name.startswith("unstruct_event_") for name in event)


def test_the_schemas_are_served(collector):
    assert collector.get("/micro/iglu/com.acme/order/jsonschema/1-0-0").json() == ORDER_SCHEMA
    missing = collector.get("/micro/iglu/com.acme/parcel/jsonschema/1-0-0")
    assert missing.status_code == 404
    assert [entry["errors"][0]["error"] for entry in missing.json()["lookupHistory"]] == ["NotFound"] * 3


@pytest.mark.parametrize("version", ["1-0", "1.0.0", "0-1-0", "latest", "1-0-00"])
def test_a_version_that_is_none_is_said(collector, version):
    answer = collector.get(f"/micro/iglu/com.acme/order/jsonschema/{version}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert version in answer.text
