"""A release: built, checked, installed in a bare environment, and tagged.

Run: ``tox run -e release``, with ``-- --tag`` for the tag. Exit status: 0 all is well; 1 something is
not, and it says what.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "tracking_middleware"
FOLDER = Path("build") / "release"
_CONTENTS = ("--ignore", "W004")  # the names of migrations begin with digits


class NotReadyError(Exception):
    """Why there can be no release."""


def version_of(root: Path) -> str:
    """The version that the package says it has."""
    text = (root / PACKAGE / "__init__.py").read_text()
    match = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', text, re.MULTILINE)
    if match is None:
        raise NotReadyError(f"{PACKAGE}/__init__.py has no __version__ of the form 1.2.3")
    return match[1]


def must_be_dated(changelog: str, version: str) -> None:
    """The changelog begins with this version and its date."""
    first = re.search(r"^## (.*)$", changelog, re.MULTILINE)
    heading = first[1] if first else "nothing"
    if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", heading):
        raise NotReadyError(f"CHANGELOG.md begins with {heading!r}: give '{version} (YYYY-MM-DD)'")


def must_be_committed(root: Path) -> None:
    """Nothing is changed, and nothing lies beside."""
    if changes := run(root, "git", "status", "--porcelain"):
        raise NotReadyError(f"commit or remove these first:\n{changes}")


def must_be_new(root: Path, tag: str) -> None:
    """No such tag was made before."""
    if run(root, "git", "tag", "--list", tag):
        raise NotReadyError(f"there is a tag {tag}: raise __version__")


def must_hold_all(wheel: Path, tracked: set[str]) -> None:
    """The wheel has the package's files, and no others."""
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if missing := sorted(tracked - held):
        raise NotReadyError(f"{wheel.name} lacks {', '.join(missing)}")
    if more := sorted(held - tracked):
        raise NotReadyError(f"{wheel.name} has what is not in the repository: {', '.join(more)}")


def must_install(wheel: Path, version: str) -> None:
    """In an environment with nothing else it installs, is whole, and tells its version."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_folder = Path(folder) / "bin"
        run(ROOT, str(bin_folder / "pip"), "install", "--quiet", str(wheel.resolve()))
        run(ROOT, str(bin_folder / "pip"), "check")
        said = run(Path(folder), str(bin_folder / "tracking-middleware"), "--version")
    if said != f"tracking-middleware {version}":
        raise NotReadyError(f"installed, tracking-middleware --version says {said!r}")


def run(folder: Path, *command: str) -> str:
    """What a command prints; raises NotReadyError with all that it said where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise NotReadyError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def built(root: Path) -> tuple[Path, Path]:
    """The sdist and the wheel, made anew."""
    shutil.rmtree(root / FOLDER, ignore_errors=True)
    run(root, sys.executable, "-m", "build", "--outdir", str(FOLDER))
    (sdist,), (wheel,) = ((root / FOLDER).glob("*.tar.gz"), (root / FOLDER).glob("*.whl"))
    return sdist, wheel


def release(root: Path, *, tags: bool, say: Callable[[str], object] = print) -> None:
    """All steps; raises NotReadyError at the first that cannot be."""
    version = version_of(root)
    must_be_committed(root)
    must_be_new(root, f"v{version}")
    if tags:
        must_be_dated((root / "CHANGELOG.md").read_text(), version)
    sdist, wheel = built(root)
    say(f"built {sdist.name} and {wheel.name}")
    run(root, sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel))
    run(root, sys.executable, "-m", "check_wheel_contents", *_CONTENTS, str(wheel))
    must_hold_all(wheel, set(run(root, "git", "ls-files", PACKAGE).splitlines()))
    say("their contents are what they should be")
    must_install(wheel, version)
    say("installed in a bare environment")
    if tags:
        run(root, "git", "tag", "--annotate", f"v{version}", "--message", f"{PACKAGE} {version}")
        say(f"tagged v{version}")
    else:
        say(f"not tagged: -- --tag makes the tag v{version}")


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Build, check and tag a release.")
    parser.add_argument("--tag", action="store_true", help="make the tag")
    try:
        release(ROOT, tags=parser.parse_args().tag)
    except NotReadyError as error:
        print(f"no release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
