"""The checked-in figures: read, compared with what was counted, and written anew."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("figures.toml")
BOUND = 0.05
"""How much dearer or cheaper than its figure a scenario may become."""
YARDSTICKS = ("bare_wsgi", "bare_asgi")
YARDSTICK_BOUND = 0.02
"""Nothing of ours runs there: beyond this it is another interpreter, whatever it calls itself."""
RENEW = "tox run -e guard -- --renew"
_PACKAGES = ("msgspec", "httpx", "django", "flask", "werkzeug")


@dataclass(frozen=True, slots=True)
class Here:
    """What figures are true of: an exact interpreter, its build and the packages."""

    interpreter: str
    build: str
    packages: Mapping[str, str]


def here() -> Here:
    """This interpreter."""
    name = f"{platform.python_implementation()} {platform.python_version()}"
    build = f"{platform.machine()}, {platform.python_compiler()}"
    return Here(name, build, {package: version(package) for package in _PACKAGES})


@dataclass(frozen=True, slots=True)
class Finding:
    """A scenario that is not as its figure says; ``is_fatal``: it fails the guard."""

    scenario: str
    says: str
    is_fatal: bool


def compare(expected: Mapping[str, int], found: Mapping[str, int], *, known: Iterable[str]) -> list[Finding]:
    """What is beyond the bound, either way, or cannot be compared; ``known`` are all scenarios there are."""
    findings = [
        Finding(name, f"is counted no more: {RENEW}", is_fatal=True) for name in set(expected) - set(known)
    ]
    for name, instructions in found.items():
        if name in expected:
            findings += _judge(name, expected[name], instructions)
        else:
            findings.append(Finding(name, f"has no figure: {RENEW}", is_fatal=True))
    return findings


def _judge(name: str, expected: int, found: int) -> Iterator[Finding]:
    change = found / expected - 1
    counts = f"{change:+.1%}: {found:,} instructions, and its figure is {expected:,}"
    if name in YARDSTICKS:
        if abs(change) > YARDSTICK_BOUND:
            says = f"{counts}; nothing of ours is in it, so this is another build than the figures': {RENEW}"
            yield Finding(name, says, is_fatal=True)
    elif change > BOUND:
        yield Finding(name, f"{counts}; more than {BOUND:.0%} dearer", is_fatal=True)
    elif change < -BOUND:
        yield Finding(name, f"{counts}; keep the gain: {RENEW}", is_fatal=False)


def read(path: Path = PATH) -> dict[str, Any]:
    """All figures, by interpreter."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def renew(found: Mapping[str, int], path: Path = PATH, at: Here | None = None) -> None:
    """Write the figures of this interpreter; those of others stay, and those that were not counted."""
    place, kept = at or here(), read(path)
    before = kept.get(place.interpreter, {}).get("instructions", {})
    kept[place.interpreter] = {
        "build": place.build,
        "packages": dict(place.packages),
        "instructions": {**before, **found} if len(found) < len(before) else dict(found),
    }
    parts = [_HEAD, *(_section(name, kept[name]) for name in sorted(kept))]
    path.write_text("\n".join(parts), encoding="utf-8")


def report(
    found: Mapping[str, int], *, known: Iterable[str], path: Path = PATH, at: Here | None = None
) -> int:
    """Print each count beside its figure, and what follows; 1 where the guard fails."""
    place, kept = at or here(), read(path)
    if place.interpreter not in kept:
        print(f"There are no figures of {place.interpreter}, only of {', '.join(sorted(kept)) or 'none'}.")
        print(f"Make them from a commit that is known to be good: {RENEW}")
        return 1
    section = kept[place.interpreter]
    expected = section["instructions"]
    for name, instructions in found.items():
        change = f"{instructions / expected[name] - 1:+.2%}" if name in expected else "new"
        print(f"{name:<28}{instructions:>12,}{change:>10}")
    findings = compare(expected, found, known=known)
    for each in findings:
        print(f"{'FAILED' if each.is_fatal else 'note'}: {each.scenario} {each.says}")
    is_failed = any(each.is_fatal for each in findings)
    if is_failed:
        for difference in _differences(section, place):
            print(f"note: {difference}")
    return int(is_failed)


def _differences(section: Mapping[str, Any], place: Here) -> Iterator[str]:
    """What is not as it was where the figures were made, and may be the reason."""
    if section["build"] != place.build:
        yield f"the figures are of {section['build']}, this is {place.build}"
    for package, number in place.packages.items():
        if section["packages"].get(package) != number:
            yield f"the figures are with {package} {section['packages'].get(package)}, this is {number}"


_HEAD = f"""\
# Instructions of a request or an event, by valgrind; what each is: tests/guard/scenarios.py.
# They hold for an exact interpreter and its build. Renew with: {RENEW}
"""


def _section(interpreter: str, section: Mapping[str, Any]) -> str:
    packages = ", ".join(f'{name} = "{number}"' for name, number in section["packages"].items())
    instructions = "\n".join(f"{name} = {number}" for name, number in section["instructions"].items())
    return (
        f'["{interpreter}"]\nbuild = "{section["build"]}"\npackages = {{ {packages} }}\n\n'
        f'["{interpreter}".instructions]\n{instructions}\n'
    )
