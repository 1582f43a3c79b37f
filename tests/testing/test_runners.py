"""Whose process it is: what test runners run sends nothing, and what is only like them sends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SHOP = """
from tracking_middleware import StructuredEvent, Tracker

def buy(collector_url):
    tracker = Tracker(collector_url=collector_url, app_id="shop")
    tracker.track(StructuredEvent("shop", "pay"))
    tracker.close()
    return tracker.stats()
"""

CASE = """
import os, unittest
from tracking_middleware import StructuredEvent, Tracker
{module_level}

class ShopTests(unittest.TestCase):
    def test_it(self):
        tracker = {tracker}
        tracker.track(StructuredEvent("shop", "pay"))
        tracker.close()
        assert tracker.stats()["dropped"].get("held_by_tests", 0) == int(os.environ["HELD"]), tracker.stats()

{end}
"""
MAKE = 'Tracker(collector_url=os.environ["SINK"], app_id="shop")'

SITE = """
import os, sys
from django.apps import AppConfig
from django.http import HttpResponse
from django.urls import path
from tracking_middleware import StructuredEvent, current_page, track

SECRET_KEY = "s" * 50
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware"]
TRACKING = {"collector_url": os.environ["SINK"], "app_id": "shop"}
INSTALLED_APPS = ["site_app.Shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

def page(request):
    track(StructuredEvent("shop", "pay"))
    return HttpResponse("<p>page</p>")

urlpatterns = [path("", page)]
"""
APP = """
import os
from django.apps import AppConfig

class Shop(AppConfig):
    name = "site_app"

    def ready(self):
        if "EARLY" in os.environ:
            from tracking_middleware import StructuredEvent
            from tracking_middleware.django import get_tracker
            get_tracker().track(StructuredEvent("shop", "ready"))
"""
MANAGE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
SITE_TESTS = """
import os
from django.test import TestCase
from tracking_middleware.django import get_tracker

class Base(TestCase):
    def visit(self):
        before = get_tracker().stats()["dropped"].get("held_by_tests", 0)
        with self.captureOnCommitCallbacks(execute=True):
            self.client.get("/", headers={"Accept": "text/html"}).content
        get_tracker().flush()
        held = get_tracker().stats()["dropped"].get("held_by_tests", 0) - before
        assert held == 2 * int(os.environ["HELD"]), get_tracker().stats()

class OneTests(Base):
    def test_it(self):
        self.visit()

class TwoTests(Base):
    def test_it(self):
        self.visit()
"""
RUN_TESTS = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
import django
from django.conf import settings
from django.test.utils import get_runner
django.setup()
from django.test.runner import DiscoverRunner

class OwnRunner(DiscoverRunner):
    pass

sys.exit(bool(OwnRunner(verbosity=0).run_tests(["site_app"])))
"""


@pytest.fixture
def run(tmp_path, sink):
    """Runs Python in a process of its own, in a folder with a shop; gives what it wrote."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "site_settings.py").write_text(SITE)
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "site_app").mkdir()
    (tmp_path / "site_app" / "__init__.py").write_text(APP)
    (tmp_path / "site_app" / "tests.py").write_text(SITE_TESTS)

    def run(*arguments, **environ):
        finished = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SINK": sink.url, "HELD": "1", **environ},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout + finished.stderr

    return run


def case(tmp_path, *, module_level="", tracker=MAKE, end=""):
    path = tmp_path / "test_shop.py"
    path.write_text(CASE.format(module_level=module_level, tracker=tracker, end=end))
    return path


@pytest.mark.parametrize("module_level", ["", f"TRACKER = {MAKE}"])
def test_unittest_sends_nothing(run, sink, tmp_path, module_level):
    case(tmp_path, module_level=module_level, tracker="TRACKER" if module_level else MAKE)
    run("-m", "unittest", "-q", "test_shop")
    run("-m", "unittest", "-q", "test_shop.ShopTests.test_it")
    assert sink.requests == []


def test_a_script_of_cases_sends_nothing(run, sink, tmp_path):
    path = case(
        tmp_path,
        module_level=f"TRACKER = {MAKE}",
        tracker="TRACKER",
        end='if __name__ == "__main__": unittest.main()',
    )
    run(path)
    assert sink.requests == []


def test_threads_of_a_test_send_nothing(run, sink, tmp_path):
    (tmp_path / "test_thread.py").write_text(
        """
import concurrent.futures, os, unittest
import shop

class ThreadTests(unittest.TestCase):
    def test_it(self):
        with concurrent.futures.ThreadPoolExecutor() as threads:
            assert threads.submit(shop.buy, os.environ["SINK"]).result()["dropped"] == {"held_by_tests": 1}

unittest.main()
"""
    )
    run("test_thread.py")
    assert sink.requests == []


@pytest.mark.parametrize("early", [{}, {"EARLY": "1"}])
@pytest.mark.parametrize("arguments", [(), ("--parallel", "2")])
def test_djangos_runner_sends_nothing(run, sink, arguments, early):
    output = run("manage.py", "test", *arguments, **early)
    assert "Ran 2 tests" in output
    run("-m", "django", "test", "site_app", DJANGO_SETTINGS_MODULE="site_settings", **early)
    assert sink.requests == []


def test_djangos_runner_sends_nothing_from_workers_that_are_spawned(run, sink):
    spawning = (
        "import multiprocessing\nif __name__ == '__main__': multiprocessing.set_start_method('spawn')\n"
    )
    run("-c", f"{spawning}import sys\nsys.argv = ['manage.py', 'test', '--parallel', '2']\n{MANAGE}")
    assert sink.requests == []


def test_a_runner_of_ones_own_sends_nothing(run, sink, tmp_path):
    (tmp_path / "runtests.py").write_text(RUN_TESTS)
    run("runtests.py")
    assert sink.requests == []


def test_a_script_within_djangos_test_environment_sends_nothing(run, sink):
    run(
        "-c",
        "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
        "import django\ndjango.setup()\nfrom django.test.utils import setup_test_environment\n"
        "setup_test_environment()\nimport shop\n"
        "assert shop.buy(os.environ['SINK'])['dropped'] == {'held_by_tests': 1}",
    )
    assert sink.requests == []


PRODUCTION = """
import os, unittest, unittest.case, unittest.main, unittest.mock, unittest.runner, pytest, _pytest.runner
import django.test, django.test.runner, django.test.utils
import shop
unittest.TestCase().assertEqual(1, 1)
with unittest.mock.patch("shop.SHOP", create=True):
    stats = shop.buy(os.environ["SINK"])
assert stats["delivered"] == 1, stats
"""


def test_a_production_process_that_imports_test_tools_sends(run, sink):
    run("-c", PRODUCTION)
    run("-c", PRODUCTION, PYTEST_VERSION="9", PYTEST_CURRENT_TEST="x", PYTEST_XDIST_WORKER="gw0")
    assert len(sink.events) == 2


def test_a_production_process_of_django_that_imports_test_tools_sends(run, sink, tmp_path):
    commands = tmp_path / "site_app" / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "report.py").write_text(
        """
import os, unittest, django.test.runner
from django.core.management.base import BaseCommand
import shop

class Command(BaseCommand):
    def handle(self, **options):
        assert shop.buy(os.environ["SINK"])["delivered"] == 1
"""
    )
    run("manage.py", "report")
    assert len(sink.events) == 1


def test_a_program_that_a_test_starts_sends(run, sink, tmp_path):
    (tmp_path / "test_program.py").write_text(
        """
import os, subprocess, sys, unittest

class ProgramTests(unittest.TestCase):
    def test_it(self):
        subprocess.run([sys.executable, "-c", "import os, shop; shop.buy(os.environ['SINK'])"], check=True)
"""
    )
    run("-m", "unittest", "-q", "test_program")
    assert len(sink.events) == 1


def test_events_leave_where_it_is_asked_for(run, sink, tmp_path):
    case(tmp_path)
    run("-m", "unittest", "-q", "test_shop", TRACKING_DELIVERY="send", HELD="0")
    run("manage.py", "test", "site_app.tests.OneTests", TRACKING_DELIVERY="send", HELD="0")
    assert len(sink.events) == 3


def test_a_wrong_wish_is_told_and_holds(run, sink, tmp_path):
    case(tmp_path)
    output = run("-m", "unittest", "-q", "test_shop", TRACKING_DELIVERY="yes")
    assert "TRACKING_DELIVERY is 'yes': write 'hold' or 'send'" in output
    assert sink.requests == []


def test_a_wish_for_tests_is_no_setting(run, sink):
    run(
        "-c",
        "import tracking_middleware as t\nt.Tracker.from_env().close()",
        TRACKING_DELIVERY="send",
        TRACKING_COLLECTOR_URL="log:",
        TRACKING_APP_ID="shop",
    )
