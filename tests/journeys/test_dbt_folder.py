"""``journeys dbt`` into a folder in which there is something: what it did not write stays, and is named."""

import shutil

import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.dbt.package import package_files, write_package


@pytest.fixture(scope="module")
def files():
    return package_files("duckdb", table="atomic.events", config=Config())


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["README.md", "models/schema.yml", "macros/components.sql", "macros"])
def test_a_file_of_somebody_else_s_is_named_and_all_is_left_as_it_is(files, tmp_path, capsys, name):
    write_package(files, tmp_path)
    if (tmp_path / name).is_dir():
        shutil.rmtree(tmp_path / name)
    (tmp_path / name).write_bytes(b"mine \xff")
    before = everything(tmp_path)
    assert main(["journeys", "dbt", "--to", str(tmp_path)]) == 1
    said = f"{tmp_path / name}: this did not write it, and writes a file of that name: rename it"
    assert said in capsys.readouterr().err
    assert everything(tmp_path) == before


def test_what_is_written_again_replaces_what_was_and_nothing_else(files, tmp_path):
    write_package(files, tmp_path)
    mine = tmp_path / "models" / "mine.sql"
    mine.write_bytes(b"-- caf\xe9\nSELECT 1")
    (tmp_path / "models" / "folder.sql").mkdir()
    old = tmp_path / "models" / "of_before.sql"
    project = tmp_path / "dbt_project.yml"
    old.write_bytes(project.read_bytes())
    project.write_text(project.read_text() + "# changed")
    write_package(files, tmp_path)
    assert mine.read_bytes() == b"-- caf\xe9\nSELECT 1"
    assert not old.exists()
    assert set(everything(tmp_path)) == {mine, *(tmp_path / path for path in files)}
    assert project.read_text() == files["dbt_project.yml"]


def test_a_file_where_the_folder_is_to_be_is_named(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("mine")
    assert main(["journeys", "dbt", "--to", str(file)]) == 1
    assert f"{file} is no folder: name one, or a new one" in capsys.readouterr().err
    assert main(["journeys", "dbt", "--to", str(file / "below")]) == 1
    said = capsys.readouterr().err
    assert str(file) in said
    assert "cannot be written: Not a directory" in said
    assert file.read_text() == "mine"
