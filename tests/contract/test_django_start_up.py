"""Without our app in INSTALLED_APPS no check runs: the middleware says it itself, when Django loads it."""

from __future__ import annotations

import logging
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tracking_middleware.django import TrackingMiddleware, registering
from tracking_middleware.django.management.commands.track_doctor import Command
from tracking_middleware.django.registering import tell_what_is_odd

from .sites import django

OURS = "tracking_middleware.django.TrackingMiddleware"
CACHE = "django.middleware.cache.UpdateCacheMiddleware"
ODD = {
    "ALLOWED_HOSTS": ["www.example.com"],
    "SILENCED_SYSTEM_CHECKS": ["tracking_middleware.W006"],
    "TRACKING": {
        "collector_url": "log:",
        "app_id": "a",
        "cookie_domain": "example.org",
        "outbox_full": "drop_newest",
    },
    "MIDDLEWARE": [CACHE, OURS],
}

RIGHT = {"collector_url": "log:", "app_id": "a", "cookie_domain": "example.com"}


@pytest.fixture(autouse=True)
def nothing_was_told(options):
    django.configure(options)
    tell_what_is_odd.cache_clear()
    yield
    tell_what_is_odd.cache_clear()


def told(caplog):
    records = [each.getMessage() for each in caplog.records if each.name == "tracking_middleware.doctor"]
    return [re.search(r"\(tracking_middleware\.(\w+)\)$", message)[1] for message in records]


def test_it_is_said_once_and_without_what_was_silenced(caplog):
    with override_settings(**ODD):
        for _ in range(2):
            TrackingMiddleware(lambda request: None)
    assert told(caplog) == ["W004", "W007"]


def test_where_the_app_is_installed_the_check_says_it(caplog, monkeypatch):
    monkeypatch.setattr(registering.apps, "is_installed", lambda name: name == "tracking_middleware.django")
    with override_settings(**ODD):
        TrackingMiddleware(lambda request: None)
    assert told(caplog) == []


def test_settings_that_cannot_be_looked_at_keep_nothing_from_starting(caplog):
    with override_settings(**{**ODD, "ALLOWED_HOSTS": None}):
        assert TrackingMiddleware(lambda request: None)
    assert told(caplog) == []


def doctor(**options):
    """What ``manage.py track_doctor`` prints, and why it ends with status 1."""
    printed, reason = StringIO(), ""
    try:
        call_command(Command(stdout=printed), **options)
    except CommandError as error:
        reason = str(error)
    return printed.getvalue(), reason


def test_the_doctor_says_what_the_checks_say_and_more():
    with override_settings(**ODD):
        text, reason = doctor(cookie=["sp=nobody"])
    assert "ok    wiring: WSGIHandler, an app of WSGI, has tracking_middleware.django.middleware." in text
    assert "note  manage.py check: MIDDLEWARE has 'django.middleware.cache.UpdateCacheMiddleware'" in text
    assert "wrong manage.py check: cookie_domain 'example.org' covers none of the site's hosts" in text
    assert "wrong sp: is no UUID" in text
    assert "manage.py check: outbox_full" not in text
    assert reason.endswith("things are wrong")


def test_of_a_right_site_the_doctor_says_that_nothing_is_wrong():
    with override_settings(**{**ODD, "MIDDLEWARE": [OURS], "TRACKING": RIGHT}):
        text, reason = doctor()
    assert text.endswith("nothing is wrong\n")
    assert reason == ""


def test_the_doctor_says_which_setting_is_wrong():
    with override_settings(**{**ODD, "TRACKING": {"collector_ulr": "log:"}}):
        text, reason = doctor()
    assert "wrong settings: collector_ulr is no setting: did you mean collector_url?" in text
    assert text.count("collector_ulr") == 1
    assert "--app" not in text, "which the command has not"
    assert reason


def test_the_doctor_says_once_what_the_checks_say_too():
    with override_settings(**ODD):
        text, reason = doctor()
    assert text.count("covers none of the site's hosts") == 1
    assert reason == "1 thing is wrong"


def test_the_doctor_leaves_logging_as_the_project_has_it():
    ours = logging.getLogger("tracking_middleware")
    before = ours.disabled, ours.level
    with override_settings(**{**ODD, "LOGGING": {"version": 1}}):
        doctor()
    assert (ours.disabled, ours.level) == before


def test_a_class_of_another_framework_is_said_with_the_projects_own_settings():
    with override_settings(
        **{**ODD, "MIDDLEWARE": ["tracking_middleware.starlette.TrackingMiddleware"], "TRACKING": RIGHT}
    ):
        text, reason = doctor()
    assert "starlette.TrackingMiddleware', which is not for Django" in text
    assert "ok    settings: app_id 'a'" in text
    assert reason == "1 thing is wrong"
