"""Is this schema in that registry? A folder and a URL, as commands name them, with every kind of answer."""

from __future__ import annotations

import pytest

from tracking_middleware.collector.payload.schema_key import read_uri
from tracking_middleware.collector.schemas.folders import SchemasError
from tracking_middleware.collector.schemas.published.asking import ask, ask_all, registry_at
from tracking_middleware.collector.schemas.registries import DOWN_SECONDS, HttpRegistry, Place
from tracking_middleware.collector.schemas.resolver import Resolver

from ..conftest import PATIENCE
from .conftest import write
from .test_registries import KEY, ORDER, PATH, SCHEMA, Clock, Static

PARCEL = "iglu:com.acme/parcel/jsonschema/1-0-0"


@pytest.fixture
def static():
    static = Static()
    yield static
    static.close()


@pytest.mark.parametrize("suffix", ["", "/", "/schemas"])
def test_a_url_is_asked_with_its_key(static, suffix):
    static.give(SCHEMA)
    answer = ask(registry_at(static.url + suffix, api_key="k"), ORDER)
    assert (answer.state, answer.schema) == ("found", SCHEMA)
    assert (static.asked, static.keys) == ([PATH], ["k"])


def test_a_folder_is_asked(tmp_path):
    write(tmp_path, SCHEMA)
    registry = registry_at(str(tmp_path))
    assert ask(registry, ORDER).schema == SCHEMA
    assert ask(registry, PARCEL).state == "not_found"
    assert ask(registry, PARCEL).sentence == f"{tmp_path} has no {PARCEL}"


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (401, "refused", "answers HTTP 401 and does not say whether it has the schema: look at its API key"),
        (403, "refused", "answers HTTP 403 and does not say"),
        (404, "not_found", f"has no {ORDER}"),
        (410, "not_found", f"has no {ORDER}"),
        (500, "unreachable", "answers HTTP 500"),
    ],
)
def test_only_a_no_is_a_no(static, status, state, said):
    static.give(b"", status=status)
    answer = ask(registry_at(static.url), ORDER)
    assert answer.state == state
    assert answer.sentence.startswith(static.url)
    assert said in answer.sentence


def test_what_is_no_iglu_uri_or_another_schema_is_unusable(static):
    static.give({"self": {"vendor": "com.other"}})
    registry = registry_at(static.url)
    assert ask(registry, ORDER).state == "unusable"
    assert ask(registry, "com.acme/order").state == "unusable"
    assert ask(registry, "iglu:../order/jsonschema/1-0-0").state == "not_found"


@pytest.mark.parametrize("place", ["nowhere", "ftp://iglu.example", "https://", "http://[", "http://x:0"])
def test_what_is_neither_a_folder_nor_a_url_is_said(place):
    with pytest.raises(SchemasError, match="is no"):
        registry_at(place)


def test_of_several_the_one_that_has_it_answers_and_else_the_one_that_cannot_say(static, tmp_path):
    static.give(b"", status=403)
    folder = tmp_path / "schemas"
    folder.mkdir()
    assert ask_all(ORDER, [str(folder), static.url]).state == "refused"
    write(folder, SCHEMA)
    assert ask_all(ORDER, [static.url, str(folder)]).state == "found"
    with pytest.raises(SchemasError, match="no registry to ask"):
        ask_all(ORDER, [])


def test_a_refusal_is_no_answer_of_the_collectors_either_and_holds_for_that_schema_alone(static):
    clock = Clock()
    static.give(b"", status=403)
    static.give(SCHEMA, path="/schemas/com.acme/parcel/jsonschema/1-0-0")
    registry = HttpRegistry(Place("http"), static.url, clock=clock)
    resolver = Resolver([registry], clock=clock)
    for _ in range(3):
        lookup = resolver.lookup(KEY, PATIENCE)
        assert lookup.state == "unreachable"
        assert "answers HTTP 403" in lookup.summary
    assert static.asked == [PATH]
    assert resolver.lookup(read_uri(PARCEL), PATIENCE).schema == SCHEMA
    static.give(SCHEMA)
    clock.now = DOWN_SECONDS + 1
    assert resolver.lookup(KEY, PATIENCE).schema == SCHEMA


def test_the_password_in_a_registrys_url_is_not_said():
    said = ask(registry_at("http://me:hunter2@127.0.0.1:9"), ORDER).sentence
    assert said.startswith("http://127.0.0.1:9 ")
