"""``schema pull``: the class of a schema, whose export is the same schema."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.collector.test_registries import Static
from tests.unit.events.test_schema_limits import things
from tracking_middleware.collector.schemas.published.changes import changes
from tracking_middleware.commands.schemas.class_text import NoClassError, class_text
from tracking_middleware.events.entities import encode_entity
from tracking_middleware.events.schema_export import META, declared_in, describe

URI = "iglu:com.acme/article/jsonschema/1-0-0"
SELF = {"vendor": "com.acme", "name": "article", "format": "jsonschema", "version": "1-0-0"}
SHIPPED = Path(__file__).parents[4] / "tracking_middleware"


def article(properties=None, **more):
    return {
        "$schema": META,
        "description": "What a reader reads.",
        "self": SELF,
        "type": "object",
        "properties": {} if properties is None else properties,
        "additionalProperties": False,
        **more,
    }


def loaded(text):
    """The one class that a module declares."""
    module = types.ModuleType("pulled")
    sys.modules["pulled"] = module  # where annotations are looked up
    try:
        exec(compile(text, "pulled.py", "exec"), vars(module))
        ((uri, kind),) = declared_in(module)
        return uri, kind, describe(uri, kind)
    finally:
        del sys.modules["pulled"]


def again(schema):
    uri, _, exported = loaded(class_text(URI, schema, role="entity"))
    assert uri == URI
    return tidy(exported)


def tidy(schema):
    """With the words of lists that have no order in one."""
    if isinstance(schema, list):
        return [tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    sets = {"enum", "type", "required"}
    return {
        key: sorted(part, key=str) if key in sets and isinstance(part, list) else tidy(part)
        for key, part in schema.items()
    }


HOSTILE = '"""\n    import os\n'
REFERENCE = {"$ref": "#/definitions/a"}
KINDS = {
    "text": {"type": "string", "maxLength": 200, "minLength": 1, "pattern": "^[a-z]"},
    "number": {"type": "number", "minimum": 0.5, "maximum": 10},
    "more_than": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 2},
    "switch": {"type": "boolean"},
    "nothing": {"type": ["string", "null"], "maxLength": 3},
    "day": {"type": "string", "format": "date", "maxLength": 10},
    "moment": {"type": ["string", "null"], "format": "date-time"},
    "number_of_it": {"type": "string", "format": "uuid"},
    "mail": {"type": "string", "format": "email"},
    "odd": {"type": "string", "format": "uri-reference"},
    "listed": {"type": "string", "enum": ["a", "b"]},
    "listed_or_null": {"type": ["string", "null"], "enum": ["a", "b", None]},
    "list_of": {
        "type": "array",
        "items": {"type": "string", "maxLength": 5},
        "maxItems": 3,
        "uniqueItems": True,
    },
    "any_list": {"type": "array"},
    "mapping": {"type": "object", "additionalProperties": {"type": "integer"}},
    "anything": {},
    "either": {"type": ["string", "integer"], "maxLength": 5, "maximum": 9},
    "held": {
        "type": ["object", "null"],
        "properties": {"a": {"type": "integer"}, "b": {"type": ["integer", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
    },
    "held_open": {"type": "object", "properties": {"a": {"type": "integer"}}},
    "held_many": {
        "type": "array",
        "items": {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    },
    "one_of": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
    "not_that": {"not": {"type": "string"}},
    "patterns": {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
    "places": {"type": "array", "items": [{"type": "string"}], "additionalItems": False},
    "described": {"type": "string", "description": 'It\'s "quoted"; with a \\ and a line\nbreak'},
    "secret": {"type": "number", "confidential": True},
    "secret_within": {"type": "array", "items": {"type": "string", "confidential": True}},
    "unreadable": {"type": "string", "pattern": "\\p{L}"},
    "first-name": {"type": "string"},
    "class": {"type": ["string", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "_private": {"type": "integer"},
    "2nd": {"type": "integer", "description": "d"},
}


@pytest.mark.parametrize("required", [[], ["it"]], ids=["optional", "required"])
@pytest.mark.parametrize("name", KINDS)
def test_what_is_pulled_exports_to_the_same_schema(name, required):
    schema = article({name: KINDS[name]}, **({"required": [name]} if required else {}))
    assert again(schema) == tidy(schema)


def test_all_of_it_together_is_the_same_too():
    schema = article(KINDS, required=["text", "held", "first-name"])
    del schema["properties"]["secret"]  # which has no place beside names that Python has not
    assert again(schema) == tidy(schema)


@pytest.mark.parametrize("more", [{}, {"additionalProperties": True}])
def test_an_open_schema_stays_open(more):
    schema = article({"a": {"type": "string"}}, **more)
    if not more:
        del schema["additionalProperties"]
    exported = again(schema)
    assert "additionalProperties" not in exported
    assert changes(schema, exported) == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(things(), st.booleans())
def test_every_exported_schema_comes_back(thing, is_open):
    schema = {**describe(URI, thing[0])}
    if is_open:
        del schema["additionalProperties"]
    assert again(schema) == tidy({**schema, "description": "article"})


FILES = sorted(path for path in SHIPPED.rglob("jsonschema/*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_the_schemas_that_are_shipped_come_back_or_are_refused(path):
    schema = json.loads(path.read_text())
    text, said = None, ""
    try:
        text = class_text("iglu:" + "/".join(path.parts[-4:]), schema, role="entity")
    except NoClassError as error:
        said = str(error)
    if set(schema) & {"oneOf", "anyOf", "allOf", "not", "minProperties"} or schema.get("type") != "object":
        assert "which no class says" in said
    else:
        assert said == ""
        assert changes(schema, loaded(text)[2]) == []


def test_what_is_left_out_is_not_written():
    _, kind, _ = loaded(
        class_text(URI, article({"a": {"type": "string"}, "b": {"type": "integer"}}), role="entity")
    )
    assert encode_entity(kind(a="x")) == (URI, b'{"schema":"%s","data":{"a":"x"}}' % URI.encode())


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "array"}, "is of no objects, which no class says"),
        (article(oneOf=[{}]), "has 'oneOf' at its top, which no class says"),
        (article(required=["a"]), "requires 'a' and does not say what it is"),
        (
            article({"a": REFERENCE}, definitions={"a": {"items": REFERENCE}}),
            "itself",
        ),
        (article({HOSTILE: {"type": "string"}}), "is no name that a field can have in JSON"),
        (article({"first-name": KINDS["secret"]}), "'first-name' is confidential, and no name of a field"),
    ],
)
def test_what_no_class_says_is_refused(schema, said):
    with pytest.raises(NoClassError, match=said):
        class_text(URI, schema, role="entity")


def test_nothing_in_a_schema_is_run():
    """Whatever a registry says stands in texts and in names of letters."""
    names = ["a: int = exit()", "x = 1;", "é", "__init__", "__class__"]
    schema = article({name: {"type": "string", "description": HOSTILE, "enum": [HOSTILE]} for name in names})
    schema["description"] = HOSTILE
    schema["properties"]["more"] = {"not": {"enum": [HOSTILE]}}
    exported = again(schema)
    assert exported["properties"] == tidy(schema["properties"])


@pytest.fixture
def iglu(folder):
    path = folder / "iglu" / "com.acme" / "article" / "jsonschema" / "1-0-0"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(article({"title": {"type": "string", "maxLength": 200}}, required=["title"])))
    return folder / "iglu"


def test_the_command_prints_a_class_that_the_command_exports_and_checks(iglu, folder, run):
    status, out, err = run("pull", URI, "--from", iglu)
    assert (status, err) == (0, "")
    assert (
        out
        == f'''from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tracking_middleware import MaxLength, entity


@entity("{URI}")
@dataclass(frozen=True, kw_only=True)
class Article:
    """What a reader reads."""

    title: Annotated[str, MaxLength(200)]
'''
    )
    assert run("pull", URI, "--from", iglu, "--to", "pulled_article.py") == (0, "pulled_article.py\n", "")
    assert (folder / "pulled_article.py").read_text() == out
    assert run("export", "pulled_article", "--to", "again")[0] == 0
    path = "com.acme/article/jsonschema/1-0-0"
    assert json.loads((folder / "again" / path).read_text()) == json.loads((iglu / path).read_text())
    assert run("check", "pulled_article", "--against", iglu)[0] == 0


def test_an_event_is_declared_as_one_and_a_file_is_left_alone(iglu, folder, run):
    assert '\n@event("iglu:' in run("pull", URI, "--from", iglu, "--event")[1]
    (folder / "mine.py").write_text("mine")
    status, _, err = run("pull", URI, "--from", iglu, "--to", "mine.py")
    assert status == 1
    assert "mine.py is there with another text, and is left alone" in err
    assert (folder / "mine.py").read_text() == "mine"


@pytest.mark.parametrize("status", [404, 401, 403])
def test_what_a_registry_has_not_or_does_not_say_is_said(run, status):
    static = Static()
    try:
        static.give(b"", path="/schemas/com.acme/article/jsonschema/1-0-0", status=status)
        found, out, err = run("pull", URI, "--from", static.url)
    finally:
        static.close()
    assert (found, out) == (1, "")
    assert (f"has no {URI}" if status == 404 else f"answers HTTP {status}") in err


@pytest.mark.parametrize(
    "properties",
    [
        {"\uff53\uff54\uff52": {"type": "string"}, "b": {"type": "string"}},
        {"\ufb01": {"type": "string"}, "fi": {"type": "string"}},
        {"a": {"type": "integer", "minimum": 5, "maximum": 1}},
        {"a": {"type": "string", "minLength": 5, "maxLength": 1}},
        {"a": {"type": "integer", "maximum": 10**400}},
        {"a": {"type": "number", "multipleOf": -1}},
        {"a": {"type": "string", "pattern": "(" * 5000 + ")" * 5000}},
        {"a": {"type": "string", "pattern": "a{99999999999999}"}},
    ],
    ids=["type's name", "one name", "range", "lengths", "huge", "multiple", "deep pattern", "long pattern"],
)
def test_what_no_annotation_says_comes_back_as_it_was(properties):
    assert again(article(properties))["properties"] == properties


NO_SCHEMAS = [
    {"required": 5},
    {"required": [[]]},
    {"definitions": "abc"},
    {"properties": {"a": {"type": [[]]}}},
    {"properties": {"a": {"type": "string", "format": []}}},
    {"properties": {"a": 5}},
    {"properties": {"a": True}},
    {"properties": {"a": {"minimum": float("inf")}}},
    {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
    {"properties": {"a\ud800": {"type": "string"}}},
]


@pytest.mark.parametrize("more", NO_SCHEMAS, ids=str)
def test_what_is_no_schema_is_said_and_nothing_is_written(folder, run, more):
    path = folder / "hostile" / URI.removeprefix("iglu:")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(article(**more)))
    status, out, err = run("pull", URI, "--from", "hostile", "--to", "pulled.py")
    assert (status, out) == (1, "")
    assert err.startswith("tracking-middleware: ")
    assert not (folder / "pulled.py").exists()


def test_what_is_no_uri_is_misuse(iglu, run):
    status, _, err = run("pull", "com.acme/article", "--from", iglu)
    assert status == 2
    assert "is no Iglu URI: give one such as" in err
