"""``schema export``: several modules, a folder as an option or as the last argument, and what is misused."""

from __future__ import annotations

import json

import pytest

ARTICLE = """
@entity("iglu:com.acme/article/jsonschema/1-0-0")
class Mine:
    id: Annotated[str, MaxLength(20)]
    note: Annotated[str, MaxLength(200)] | None = None
"""
SALE = """
@event("iglu:com.acme/sale/jsonschema/2-0-1")
class Sale:
    total: Annotated[float, Minimum(0)]
"""


@pytest.mark.parametrize("ending", [["--to", "out"], ["out"]], ids=["option", "argument"])
def test_what_several_modules_declare_goes_into_one_folder(folder, module, run, ending):
    status, out, err = run("export", module(ARTICLE), module(SALE), *ending)
    assert (status, err) == (0, "")
    paths = ["com.acme/article/jsonschema/1-0-0", "com.acme/sale/jsonschema/2-0-1"]
    assert out.split() == [f"out/{path}" for path in paths]
    article, sale = (json.loads((folder / "out" / path).read_text()) for path in paths)
    assert article["properties"] == {
        "id": {"type": "string", "maxLength": 20},
        "note": {"type": ["string", "null"], "maxLength": 200},
    }
    assert sale["properties"] == {"total": {"type": "number", "minimum": 0}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--own"], "say where to: --to FOLDER"),
        ([], "say where to: --to FOLDER"),
        (["out"], "give a module and a folder"),
        (["--to", "out"], "give a module and a folder"),
        (["--own", "shop.tracked", "out"], "give modules or --own, not both: leave out shop.tracked"),
        (["no-module", "out"], "'no-module' is no module"),
        (["shop.py", "out"], "'shop.py' is a file: give the module as"),
    ],
)
def test_a_command_line_that_cannot_be_used_is_said(folder, run, arguments, said):
    status, out, err = run("export", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert not (folder / "out").exists()


def test_one_schema_for_two_things_is_refused(folder, module, run):
    other = ARTICLE.replace("20", "30")
    status, _, err = run("export", module(ARTICLE), module(other), "--to", "out")
    assert status == 1
    assert "iglu:com.acme/article/jsonschema/1-0-0 is declared twice" in err
    status, _, err = run("export", module(ARTICLE + other.replace("Mine", "Other")), "--to", "out")
    assert status == 1
    assert "is declared twice in declared_" in err
    assert not (folder / "out").exists()


def test_a_limit_that_contradicts_is_said_with_its_class_and_field(folder, module, run):
    text = ARTICLE.replace("MaxLength(20)", "MaxLength(20), MinLength(21)")
    status, _, err = run("export", module(text), "--to", "out")
    assert status == 1
    assert "Mine: the field 'id': minLength 21 is more than maxLength 20: no value could be both" in err
    assert not (folder / "out").exists()


def test_a_file_that_says_the_same_in_another_order_is_not_in_the_way(folder, module, run):
    name = module(ARTICLE)
    assert run("export", name, "--to", "out")[0] == 0
    path = folder / "out" / "com.acme/article/jsonschema/1-0-0"
    text = json.dumps(dict(reversed(json.loads(path.read_text()).items())))
    path.write_text(text)
    assert run("export", name, "--to", "out") == (0, "", "")
    assert path.read_text() == text
    for other in (text.replace("20", "21"), "{"):
        path.write_text(other)
        assert run("export", name, "--to", "out")[0] == 1


def test_a_type_that_json_has_not_is_said_with_the_way_out_that_there_is(folder, module, run):
    text = ARTICLE.replace("id: Annotated[str, MaxLength(20)]", "id: object")
    status, _, err = run("export", module(text), "--to", "out")
    assert status == 1
    assert "Mine: nothing says what object is in JSON: annotate it, such as Annotated[Any, JsonSchema(" in err
    assert "schema_hook" not in err
    said_so = ARTICLE.replace(
        "id: Annotated[str", "id: Annotated[Any, JsonSchema({'type': 'string'})]\n    n: Annotated[str"
    )
    assert (
        run(
            "export",
            module("from typing import Any\nfrom tracking_middleware import JsonSchema\n" + said_so),
            "out",
        )[0]
        == 0
    )


def test_the_packages_own_are_written_by_either_form(folder, run):
    assert run("export", "--own", "--to", "one")[0] == 0
    assert run("export", "--own", "two")[0] == 0
    paths = [path.relative_to(folder / "one") for path in sorted((folder / "one").glob("*/*/*/*"))]
    assert "http_response" in {path.parts[1] for path in paths}
    assert all((folder / "two" / path).read_text() == (folder / "one" / path).read_text() for path in paths)
