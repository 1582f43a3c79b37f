"""Databases with the shop's tables, on real SQLite and real PostgreSQL, and processes that use them.

PostgreSQL is Debian's package ``postgresql``; where it is missing its tests are skipped, but fail
with ``CI=true``.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import PATIENCE, missing
from ..delivery.conftest import assert_balanced
from ..delivery.faulty import FaultyCollector
from . import postgres

ROOT = Path(__file__).resolve().parents[2]
APP = "tracking_middleware.django"
NOBODY = "http://127.0.0.1:9"
TRACKING = {"app_id": "shop", "linger": 0.02, "max_backoff": 0.05, "timeout": 2, "database_outbox": True}


def environment(databases, tracking, apps=(APP,)):
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.databases.settings",
        "SHOP_DATABASES": json.dumps(databases),
        "SHOP_TRACKING": json.dumps(tracking),
        "SHOP_APPS": json.dumps(apps),
    }


def manage(databases, *arguments, apps=(APP,), **tracking):
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        env=environment(databases, {"collector_url": NOBODY, **TRACKING, **tracking}, apps),
        capture_output=True,
        text=True,
        timeout=60,
    )


def migrate(databases):
    done = manage(databases, "migrate", "--run-syncdb")
    assert done.returncode == 0, done.stderr


def sqlite(path):
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": {"timeout": 20}}


def postgresql(server, name):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": str(server),
        "USER": postgres.USER,
        "NAME": name,
    }


@pytest.fixture(scope="session")
def postgres_server():
    """The folder of a running server, in which the database ``template`` has the shop's tables."""
    programs = postgres.programs()
    if programs is None or importlib.util.find_spec("psycopg") is None:
        missing("PostgreSQL or psycopg")
    with postgres.running(programs) as folder:
        postgres.execute(folder, "CREATE DATABASE template")
        migrate({"default": postgresql(folder, "template")})
        yield folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "template.sqlite3"
    migrate({"default": sqlite(path)})
    return path


@pytest.fixture
def sqlite_databases(sqlite_template, tmp_path):
    """``DATABASES`` with two of SQLite's."""
    for name in ("shop", "warehouse"):
        shutil.copy(sqlite_template, tmp_path / name)
    return {"default": sqlite(tmp_path / "shop"), "warehouse": sqlite(tmp_path / "warehouse")}


_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request):
    """``DATABASES`` with the shop's tables in them, empty."""
    if request.param == "sqlite":
        yield {"default": request.getfixturevalue("sqlite_databases")["default"]}
        return
    server = request.getfixturevalue("postgres_server")
    name = f"shop{next(_numbers)}"
    postgres.execute(server, f"CREATE DATABASE {name} TEMPLATE template")
    yield {"default": postgresql(server, name)}
    postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


class Shop:
    """A process of the shop; what it is asked for is a function in ``shop.py``."""

    def __init__(self, databases, tracking, apps):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.databases.process"],
            env=environment(databases, tracking, apps),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __getattr__(self, name):
        return lambda *arguments, **options: self.ask(name, arguments, options)

    def ask(self, name, arguments, options):
        self.process.stdin.write(json.dumps([name, arguments, options]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def kill(self):
        self.process.kill()
        self.wait()

    def wait(self):
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status


@pytest.fixture
def make_shop():
    """Starts processes of the shop, and sees at the end that their ledgers balance."""
    made = []

    def make(databases, *, url=NOBODY, apps=(APP,), **tracking):
        shop = Shop(databases, {"collector_url": url, **TRACKING, **tracking}, apps)
        made.append(shop)
        return shop

    yield make
    for shop in made:
        if shop.process.poll() is None:
            assert_balanced(shop.ask("stats", (), {}))
            shop.kill()


class Collector(FaultyCollector):
    """Knows the shop's events by the order they tell of."""

    def titles(self):
        return [event["se_ac"] for event in self.taken if "se_ac" in event]


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.close()
