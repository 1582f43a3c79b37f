"""``schema check``: CI fails where a type changed and its URI was not stepped by as much."""

from __future__ import annotations

import json

import pytest

from tests.collector.test_registries import Static

URI = "iglu:com.acme/article/jsonschema/"
FIELDS = """
    id: str
    note: Annotated[str, MaxLength(200)] | None = None
"""


def article(fields=FIELDS, version="1-0-0"):
    return f'@entity("{URI}{version}")\nclass Mine:{fields}'


@pytest.fixture
def published(module, run):
    """Puts an article into a folder."""

    def publish(fields=FIELDS, version="1-0-0"):
        assert run("export", module(article(fields, version)), "--to", "iglu")[0] == 0

    return publish


@pytest.fixture
def static():
    static = Static()
    yield static
    static.close()


CHANGES = {
    "addition": (FIELDS + "    more: int | None = None\n", "$.more is new", "1-0-1", "1-0-1"),
    "wider": (FIELDS.replace("200", "300"), "$.note maxLength 300, and was maxLength 200", "1-0-1", "1-0-1"),
    "revision": (
        FIELDS.replace("200", "100"),
        "$.note maxLength 100, and was maxLength 200",
        "1-1-0",
        "1-0-1",
    ),
    "model": (FIELDS.replace("id: str", "id: int"), "$.id is integer, and was string", "2-0-0", "1-1-0"),
}


@pytest.mark.parametrize(("fields", "said", "right", "too_little"), CHANGES.values(), ids=CHANGES)
def test_a_change_wants_its_step(published, module, run, fields, said, right, too_little):
    published()
    status, out, _ = run("check", module(article(fields)), "--against", "iglu")
    assert status == 1
    assert out.startswith(f"WRONG {URI}1-0-0: what changed since {URI}1-0-0 demands a")
    assert f"give it {URI}{right}\n" in out
    assert said in out
    if too_little != right:
        status, out, _ = run("check", module(article(fields, too_little)), "--against", "iglu")
        assert status == 1
        assert f"give it {URI}{right}\n" in out
    status, out, _ = run("check", module(article(fields, right)), "--against", "iglu")
    assert (status, out[:6]) == (0, "ok    ")


def test_what_did_not_change_needs_no_step(published, module, run):
    published()
    same = module(
        article(FIELDS.replace("id: str", 'id: Annotated[str, JsonSchema({"type": "string", "title": "t"})]'))
    )
    assert run("check", same, "--against", "iglu") == (0, f"ok    {URI}1-0-0 is as it is there\n", "")


def test_a_larger_step_than_need_be_is_a_step(published, module, run):
    published()
    fields = CHANGES["addition"][0]
    status, out, _ = run("check", module(article(fields, "1-1-0")), "--against", "iglu")
    assert status == 0
    assert "demands an addition, which it has" in out


def test_a_new_schema_and_a_new_model_are_right(published, module, run):
    published(version="1-0-3")
    for version in ("1-0-0", "2-0-0"):
        status, out, _ = run("check", module(article("\n    other: int\n", version)), "--against", "iglu")
        assert (status, out) == (0, f"ok    {URI}{version} is new: iglu has no earlier one of its model\n")


def test_the_latest_version_before_is_what_counts(published, module, run):
    wider = FIELDS.replace("200", "300")
    published()
    published(wider, "1-0-1")
    status, out, _ = run("check", module(article(FIELDS, "1-0-2")), "--against", "iglu")
    assert status == 1
    assert f"what changed since {URI}1-0-1 demands a revision: give it {URI}1-1-0" in out
    published(wider, "1-1-0")
    published(FIELDS.replace("200", "400"), "1-1-1")
    status, out, _ = run("check", module(article(wider, "1-2-0")), "--against", "iglu")
    assert status == 0
    assert f"since {URI}1-1-1 demands a revision, which it has" in out
    status, out, _ = run("check", module(article(FIELDS.replace("200", "500"), "1-0-0")), "--against", "iglu")
    assert status == 1
    assert f"demands an addition: give it {URI}1-0-2" in out


def test_a_registry_is_asked_by_its_url_with_the_key_of_the_environment(
    folder, published, module, run, static, monkeypatch
):
    published()
    monkeypatch.setenv("IGLU_API_KEY", "canary")
    path = "com.acme/article/jsonschema/1-0-0"
    static.give(json.loads((folder / "iglu" / path).read_text()), path=f"/schemas/{path}")
    assert run("check", module(article()), "--against", static.url)[0] == 0
    changed = module(article(CHANGES["addition"][0], "1-0-1"))
    status, out, _ = run("check", changed, "--against", static.url)
    assert (
        status,
        "since iglu:com.acme/article/jsonschema/1-0-0 demands an addition, which it has" in out,
    ) == (0, True)
    assert set(static.keys) == {"canary"}


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_registry_that_does_not_say_is_no_leave(module, run, static, status):
    static.give(b"", path="/schemas/com.acme/article/jsonschema/1-0-0", status=status)
    found, out, _ = run("check", module(article()), "--against", static.url)
    assert found == 1
    assert f"WRONG {URI}1-0-0: {static.url} answers HTTP {status}" in out


def test_a_registry_that_leads_elsewhere_is_no_leave(module, run, static):
    path = "/schemas/com.acme/article/jsonschema/1-0-0"
    static.give(b"", path=path, status=302, headers={"Location": "http://sign-in.example.test/"})
    found, out, _ = run("check", module(article()), "--against", static.url)
    assert found == 1
    assert "answers HTTP 302, which leads elsewhere, and does not say" in out


def test_a_folder_of_other_things_is_no_registry_and_an_empty_one_is(published, folder, module, run):
    published()
    (folder / "around").mkdir()
    assert run("check", module(article()), "--against", "around")[0] == 0
    (folder / "iglu").rename(folder / "around" / "schemas")
    status, out, err = run("check", module(article()), "--against", "around")
    assert (status, out) == (1, "")
    assert "around: has no schemas, which would be its <vendor>/<name>" in err
    assert "did you mean around/schemas?" in err


@pytest.mark.parametrize("there", [{"required": 5}, {"properties": {"id": {"enum": 5}}}])
def test_what_is_there_and_no_schema_is_said(module, run, static, there):
    static.give({"type": "object", **there}, path="/schemas/com.acme/article/jsonschema/1-0-0")
    status, out, _ = run("check", module(article()), "--against", static.url)
    assert status == 1
    assert out.startswith(f"WRONG {URI}1-0-0:")


def test_a_place_that_is_none_is_said(module, run):
    status, out, err = run("check", module(article()), "--against", "nowhere")
    assert (status, out) == (1, "")
    assert "nowhere: is no folder, and no URL" in err
