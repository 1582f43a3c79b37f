"""A site as the README's quick start has it: ``manage.py check`` says what is wrong with its settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import PATIENCE

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
QUICK_START = re.search(r"### Django\n.*?```python\n(.*?)```", README, re.DOTALL)[1]
DATABASE = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}'


def check(tmp_path, *more):
    """The exit status of ``manage.py check``, and what it says."""
    lines = [f'SECRET_KEY = "{"k" * 50}"', DATABASE, "USE_TZ = True", QUICK_START, *more]
    (tmp_path / "site_settings.py").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(tmp_path)},
    )
    return done.returncode, done.stderr


def test_the_quick_start_is_right(tmp_path):
    assert check(tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('TRACKING["collector_ulr"] = TRACKING.pop("collector_url")', "did you mean collector_url?"),
        ('TRACKING = "log:"', "TRACKING: is a str: give a mapping of settings"),
        ('TRACKING["cookie_domain"] = "co.uk"', "cookie_domain must be a domain of your own"),
    ],
)
def test_what_is_wrong_is_said_by_the_check(tmp_path, wrong, said):
    status, text = check(tmp_path, wrong)
    assert status == 1
    assert "(tracking_middleware.E001) TRACKING: " in text
    assert said in text
    assert "Traceback" not in text
