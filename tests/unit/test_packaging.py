"""What is depended on: little at run time, and all of it locked for the tests."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OF_THE_TOOLS = {"lock", "audit", "release"}
"""Groups of tools that make and check the lock, or a release, and are not themselves in the lock."""
OF_THE_ENGINES = {"engines", "journeys-spark"}
"""What is too big for the other environments, and locked in a file of its own."""


def test_at_run_time_three_libraries_are_needed() -> None:
    names = {Requirement(text).name for text in PROJECT["project"]["dependencies"]}
    assert names == {"httpx", "itsdangerous", "msgspec"}


def asked_for(*, by_engines: bool = False) -> list[Requirement]:
    """By the environments of all others, or by that of the engines alone."""
    extras = PROJECT["project"]["optional-dependencies"]
    groups = {name: group for name, group in PROJECT["dependency-groups"].items() if name not in OF_THE_TOOLS}
    named = [
        text
        for name, group in [*extras.items(), *groups.items()]
        for text in group
        if isinstance(text, str) and (name in OF_THE_ENGINES) == by_engines
    ]
    texts = named if by_engines else [*PROJECT["project"]["dependencies"], *named]
    return [Requirement(text) for text in texts if not text.startswith("tracking_middleware")]


def locked(file: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / file).read_text().splitlines():
        pin = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", line)
        assert pin is not None, f"{line!r} is no exact version"
        versions.setdefault(canonicalize_name(pin[1]), set()).add(pin[2])
    return versions


@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_what_the_tests_use_is_locked_to_a_version_that_is_allowed(requirement: Requirement) -> None:
    versions = locked("newest.txt").get(canonicalize_name(requirement.name), set())
    assert versions, f"{requirement.name} is not locked: tox run -e lock"
    assert all(requirement.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("requirement", asked_for(by_engines=True), ids=str)
def test_what_the_engines_need_is_locked_in_a_file_of_its_own(requirement: Requirement) -> None:
    versions = locked("engines.txt").get(canonicalize_name(requirement.name), set())
    assert versions, f"{requirement.name} is not locked: tox run -e lock"
    assert all(requirement.specifier.contains(version) for version in versions)


def test_the_oldest_supported_versions_are_those_that_are_locked_as_the_oldest() -> None:
    listed = (ROOT / "requirements" / "oldest.in").read_text().splitlines()
    for requirement in (Requirement(line) for line in listed if not line.startswith("#")):
        (version,) = locked("oldest.txt")[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version)
