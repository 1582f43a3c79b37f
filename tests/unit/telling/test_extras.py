"""Where an extra is missing, what to install is said, from an index and from a checkout."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ...conftest import PATIENCE


@pytest.mark.parametrize(
    ("extra", "lacking"),
    [
        ("django", "Django"),
        ("flask", "Flask"),
        ("starlette", "Starlette"),
        ("celery", "Celery"),
        ("sqlalchemy", "SQLAlchemy"),
    ],
)
def test_importing_a_way_in_without_its_framework_says_what_to_install(extra, lacking):
    code = f"import sys; sys.modules[{extra!r}] = None; import tracking_middleware.{extra}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    said = done.stderr.splitlines()[-1]
    assert said == (
        f"ImportError: tracking_middleware.{extra} needs {lacking}: "
        f'pip install "tracking_middleware[{extra}]", or in a checkout pip install ".[{extra}]"'
    )


def test_the_collector_says_it_too():
    code = (
        "import sys; sys.modules['uvicorn'] = None; from tracking_middleware.commands.cli import main; "
        "sys.exit(main(['collector']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert 'pip install ".[collector]"' in done.stderr
    assert "Traceback" not in done.stderr
