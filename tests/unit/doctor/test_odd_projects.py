"""``manage.py track_doctor`` in projects that cannot start."""

from __future__ import annotations

import os
import subprocess
import sys

from ...conftest import PATIENCE

SETTINGS = """
SECRET_KEY = "k" * 60
ALLOWED_HOSTS = ["www.example.com"]
INSTALLED_APPS = ["tracking_middleware.django"]
MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware", "no_such.Middleware"]
TRACKING = {"collector_url": "log:", "app_id": "a"}
"""


def test_middleware_that_cannot_be_set_up_is_said_without_a_traceback(tmp_path):
    (tmp_path / "odd_settings.py").write_text(SETTINGS)
    paths = filter(None, (os.getcwd(), str(tmp_path), os.environ.get("PYTHONPATH")))
    done = subprocess.run(
        [sys.executable, "-m", "django", "track_doctor"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "odd_settings", "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert done.returncode == 1
    assert "the project's middleware cannot be set up: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr
