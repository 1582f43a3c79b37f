"""Run the Python of every page, each page in a module of its own, and print what went wrong as JSON.

Run: ``python -m tests.documentation.run_pages``. One process for all, since most of the time goes into
importing frameworks; no event leaves it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from tracking_middleware import Settings
from tracking_middleware.tracking.holding import stage

from .around import AFTER, BEFORE

ROOT = Path(__file__).resolve().parents[2]


def pages() -> list[Path]:
    """All Markdown with Python that is shown to users, but the tutorials, which are followed as a whole."""
    files = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")} - {*ROOT.glob("docs/tutorials/*.md")}
    return sorted(path for path in files if "```python\n" in path.read_text())


def problem_of(path: Path) -> str:
    """The first thing that failed, by the page's line; nothing where all ran, and settings can be used."""
    name = str(path.relative_to(ROOT))
    module = types.ModuleType("example_" + path.stem.replace("-", "_"))
    module.__file__ = str(path.with_suffix(".py"))
    sys.modules[module.__name__] = module
    document = Sybil(parsers=[PythonCodeBlockParser()]).parse(path)
    document.namespace = module.__dict__
    where = "before it"
    try:
        exec(compile(BEFORE.get(name, ""), f"before {name}", "exec"), module.__dict__)
        for example in document.examples():
            where = f"line {example.line}"
            module.__dict__.pop("TRACKING", None)
            example.evaluate()
            if "TRACKING" in module.__dict__:
                must_be_usable(module.__dict__["TRACKING"])
        where = "after it"
        exec(compile(AFTER.get(name, ""), f"after {name}", "exec"), module.__dict__)
    except Exception as error:  # noqa: BLE001 - whatever it is, the page is told with it
        return f"{where}: {type(error).__name__}: {error}"
    return ""


def must_be_usable(tracking: dict[str, Any]) -> None:
    """Raises SettingsError for settings that are none; a framework gives the key, a machine the folder."""
    here = {"outbox": Path(tempfile.gettempdir()) / "tracking.sqlite3"} if "outbox" in tracking else {}
    Settings.from_mapping({"secret_key": "k" * 40, **tracking, **here})


if __name__ == "__main__":
    stage.hold()
    json.dump({str(path.relative_to(ROOT)): problem_of(path) for path in pages()}, sys.stdout)
