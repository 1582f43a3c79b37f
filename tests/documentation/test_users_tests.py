"""The tests that the pages show are run, each as a user's own: by pytest, and by Django's runner."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import PATIENCE
from tests.documentation import shop
from tests.documentation.run_pages import ROOT

CLIENT = """
import pytest
from shop import create_app

@pytest.fixture
def client():
    return create_app().test_client()
"""
DJANGO = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from shop import OrderReturned
from tracking_middleware import track

@csrf_exempt
def take_back(request):
    track(OrderReturned(sku="RS-1", channel="shop"))
    return HttpResponse("Thank you")

SECRET_KEY = "k" * 50
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["tracking_middleware.django"]
MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware"]
TRACKING = {"collector_url": "http://127.0.0.1:9", "app_id": "shop"}
ROOT_URLCONF = __name__
urlpatterns = [path("returns", take_back)]
"""


def shown_tests(page):
    """The blocks of a page that define tests: for pytest, and for Django's runner."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    blocks = [block for block in blocks if "def test_" in block]
    return [block for block in blocks if "TestCase" not in block], [
        block for block in blocks if "TestCase" in block
    ]


@pytest.fixture
def project(tmp_path):
    """A shop, and the schemas of what it sends."""
    shutil.copy(shop.__file__, tmp_path / "shop.py")
    for arguments in (["shop"], ["--own"]):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
        command = [
            sys.executable,
            "-m",
            "tracking_middleware",
            "schema",
            "export",
            *arguments,
            "iglu/schemas",
        ]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    return tmp_path


def run(project, *arguments):
    """A command in the project; all that it said."""
    path = os.pathsep.join([str(project), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "site_settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=4 * PATIENCE,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_tests_that_are_shown_pass(project):
    (project / "conftest.py").write_text(CLIENT)
    (project / "pytest.ini").write_text("[pytest]\ntracking_schemas = iglu/schemas\n")
    (first,), _ = shown_tests("README.md")
    others, _ = shown_tests("docs/how-to/tests.md")
    for number, block in enumerate([first, *others]):
        (project / f"test_{number}.py").write_text(block)
    count = sum(block.count("def test_") for block in [first, *others])
    assert f"{count} passed" in run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert count == 5


def test_the_case_for_django_that_is_shown_passes(project):
    (project / "site_settings.py").write_text(DJANGO)
    _, (case,) = shown_tests("docs/how-to/tests.md")
    (project / "tests.py").write_text(case)
    assert "Ran 1 test" in run(project, "-m", "django", "test")
