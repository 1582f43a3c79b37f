"""The app is installed and migrated, or the site says what is missing."""

from __future__ import annotations

import pytest

from .conftest import manage, sqlite


def test_the_migrations_are_complete(sqlite_databases):
    done = manage(sqlite_databases, "makemigrations", "tracking_middleware", "--check", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "No changes detected in app 'tracking_middleware'\n")


def test_the_check_finds_nothing_wrong(sqlite_databases):
    done = manage(sqlite_databases, "check", "--database", "default", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_the_check_names_each_wrong_setting(sqlite_databases):
    done = manage(sqlite_databases, "check", linger=-1, timeout="soon")
    assert done.returncode == 1
    assert done.stderr.count("(tracking_middleware.E001) TRACKING: ") == 2
    assert "linger must be a number of seconds" in done.stderr


def test_the_check_tells_of_a_missing_table(tmp_path):
    done = manage({"default": sqlite(tmp_path / "new")}, "check", "--database", "default")
    assert "tracking_middleware.W001" in done.stderr
    assert "manage.py migrate tracking_middleware --database default" in done.stderr


def test_without_the_app_the_site_does_not_start(sqlite_databases, make_shop):
    shop = make_shop(sqlite_databases, apps=[])
    with pytest.raises(AssertionError, match=r"SettingsError[^$]*database_outbox needs its table: add"):
        shop.flush()
    shop.kill()


def test_the_app_is_not_needed_without_the_outbox(sqlite_databases, make_shop, collector):
    shop = make_shop(sqlite_databases, apps=[], url=collector.url, database_outbox=False)
    shop.place(["a"])
    assert shop.flush() == 0
    assert collector.titles() == ["a"]


def test_the_relay_says_that_the_outbox_is_off(sqlite_databases):
    done = manage(sqlite_databases, "send_events", "--once", database_outbox=False)
    assert done.returncode == 1
    assert "set database_outbox to True" in done.stderr


def test_the_relay_says_that_the_table_is_missing(tmp_path):
    done = manage({"default": sqlite(tmp_path / "new")}, "send_events", "--once")
    assert done.returncode == 1
    assert "run manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr
