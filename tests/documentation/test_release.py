"""A release is refused where something is not as it has to be, and says what."""

from __future__ import annotations

import subprocess
import zipfile

import pytest

from tests import release
from tests.release import NotReadyError


def git(folder, *arguments):
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    package = tmp_path / release.PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-11-29)\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "A package")
    return tmp_path


def refused(repository, **options):
    with pytest.raises(NotReadyError) as raised:
        release.release(repository, tags=True, say=lambda text: None, **options)
    return str(raised.value)


def test_what_is_not_committed_is_named(repository):
    (repository / "notes.txt").write_text("x")
    assert "notes.txt" in refused(repository)


def test_a_tag_that_is_there_is_not_made_again(repository):
    git(repository, "tag", "v1.2.3")
    assert refused(repository) == "there is a tag v1.2.3: raise __version__"


@pytest.mark.parametrize("heading", ["1.2.3 (unreleased)", "1.2.2 (2026-11-29)", "1.2.3"])
def test_a_version_without_its_dated_section_is_none(repository, heading):
    (repository / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n")
    git(repository, "commit", "-am", "Change the changelog")
    assert refused(repository) == f"CHANGELOG.md begins with '{heading}': give '1.2.3 (YYYY-MM-DD)'"


def test_a_version_of_another_form_is_none(repository):
    (repository / release.PACKAGE / "__init__.py").write_text('__version__ = "1.2"\n')
    assert "no __version__ of the form 1.2.3" in refused(repository)


@pytest.mark.parametrize(
    ("held", "said"),
    [({"p/a.py"}, "lacks p/b.sql"), ({"p/a.py", "p/b.sql", "p/c.py"}, "not in the repository: p/c.py")],
)
def test_a_wheel_has_the_files_of_the_repository(tmp_path, held, said):
    wheel = tmp_path / "p-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        for name in [*held, "p-1.2.3.dist-info/METADATA"]:
            file.writestr(name, "")
    with pytest.raises(NotReadyError, match=said):
        release.must_hold_all(wheel, {"p/a.py", "p/b.sql"})


def test_what_a_failing_step_said_is_told(tmp_path):
    with pytest.raises(NotReadyError, match="no-such-file"):
        release.run(tmp_path, "ls", "no-such-file")
