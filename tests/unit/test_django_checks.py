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
    paths = filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))
    (tmp_path / "site_settings.py").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": os.pathsep.join(paths)},
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


OURS = "tracking_middleware.django.TrackingMiddleware"
OWN = """
def __getattr__(name):
    if name != "Own":
        raise AttributeError(name)
    from tracking_middleware.django import TrackingMiddleware
    return type("Own", (TrackingMiddleware,), {})
"""
CACHE = "django.middleware.cache.UpdateCacheMiddleware"


@pytest.mark.parametrize(
    ("listed", "status", "said"),
    [
        ([], 0, "(tracking_middleware.W002) MIDDLEWARE has no tracking middleware"),
        (
            [OURS, CACHE, OURS],
            0,
            f"(tracking_middleware.W003) MIDDLEWARE has the tracking middleware again, '{OURS}'",
        ),
        ([CACHE, OURS], 0, f"(tracking_middleware.W004) MIDDLEWARE has '{CACHE}' in front of the tracking"),
        (
            [OURS, "tracking_middleware.starlette.TrackingMiddleware"],
            1,
            "(tracking_middleware.E002) MIDDLEWARE has",
        ),
        (["tracking_middleware.wsgi.WSGIMiddleware"], 1, f"HINT: Write '{OURS}'."),
        (["site_settings.Own"], 0, ""),
    ],
)
def test_a_middleware_that_is_not_where_it_belongs_is_told(tmp_path, listed, status, said):
    found, text = check(tmp_path, f"MIDDLEWARE = {listed!r}", OWN)
    assert found == status
    assert said in text
    assert bool(text) == bool(said)
    assert text.count("(tracking_middleware.") == bool(said)


def test_where_nothing_is_tracked_nothing_is_missing(tmp_path):
    assert check(tmp_path, "MIDDLEWARE = []", 'TRACKING["enabled"] = False') == (0, "")


ISSUE = 'TRACKING["identity"] = "issue"; TRACKING["tracker_compat"] = "3"'


def test_the_key_the_hosts_and_what_contradicts_itself_are_told_in_one_run(tmp_path):
    status, text = check(
        tmp_path,
        'ALLOWED_HOSTS = ["www.example.com", ".example.net"]',
        'TRACKING["cookie_domain"] = "example.org"',
        'TRACKING["outbox_full"] = "drop_newest"',
        'SECRET_KEY = "django-insecure-" + "k" * 50',
        'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',
        ISSUE,
        f'MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", "{CACHE}", "{OURS}"]',
    )
    assert status == 0
    for said in (
        "W004) MIDDLEWARE has",
        "(GZipMiddleware: what it compresses was tracked before, and what it refuses is not; Update",
        "UpdateCacheMiddleware: what comes from its cache is not tracked)",
        "W005) the key that signs identities begins with 'django-insecure-'",
        "W006) outbox_full does nothing, since there is no outbox",
        "W006) Django believes a proxy",
        "W007) cookie_domain 'example.org' covers none of the site's hosts ('www.example.com', ",
    ):
        assert said in text.replace("\n", " ")
    assert text.count("(tracking_middleware.") == 5


def test_without_our_app_the_checks_run_where_the_settings_load_the_middleware(tmp_path):
    status, text = check(
        tmp_path,
        "import tracking_middleware.django",
        "INSTALLED_APPS = []",
        f'MIDDLEWARE = ["{CACHE}", "{OURS}"]',
    )
    assert status == 0
    assert "(tracking_middleware.W004)" in text
