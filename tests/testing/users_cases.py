"""Cases as users of Django and unittest write them; run by test_plugin.py, with and without pytest."""

import unittest

import django
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.urls import path

from tracking_middleware import StructuredEvent, current_page, track
from tracking_middleware.testing import CollectorServer, TrackingTestMixin


def page(request):
    current_page().title = "A page"
    return HttpResponse("<p>page</p>")


def order(request):
    with transaction.atomic():
        track(StructuredEvent("shop", "order"))
        if "refused" in request.GET:
            transaction.set_rollback(True)
    return HttpResponse("<p>thanks</p>")


urlpatterns = [path("", page), path("order", order)]

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        TRACKING={"collector_url": "http://127.0.0.1:9", "app_id": "shop"},
        SECRET_KEY="s" * 50,
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()

from django.test import TestCase, TransactionTestCase  # noqa: E402  Django is set up first

HTML = {"Accept": "text/html"}


class ShopTests(TrackingTestMixin, TestCase):
    def test_a_page_view(self):
        self.client.get("/", headers=HTML)
        assert self.tracked_events.page_views.one().page_title == "A page"

    def test_what_a_committed_transaction_tracked(self):
        self.client.get("/order", headers=HTML)
        assert self.tracked_events.structured.one().action == "order"
        assert self.tracked_events.structured.one().action == "order"

    def test_nothing_of_what_was_rolled_back(self):
        self.client.get("/order?refused=1", headers=HTML)
        self.tracked_events.structured.none()
        self.tracked_events.page_views.one()

    def test_nothing_of_a_transaction_that_goes_on(self):
        with transaction.atomic():
            self.client.get("/order", headers=HTML)
            self.tracked_events.structured.none()
        self.tracked_events.structured.one()

    def test_with_the_callbacks_of_django(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.client.get("/order", headers=HTML)
        self.tracked_events.structured.one()


class RealTransactionTests(TrackingTestMixin, TransactionTestCase):
    def test_what_was_committed(self):
        self.client.get("/order", headers=HTML)
        self.tracked_events.structured.one()


class PlainTests(TrackingTestMixin, TestCase):
    def test_a_plain_get_is_a_page_load(self):
        self.client.get("/")
        assert self.tracked_events.page_views.one().page_title == "A page"

    def test_a_collector_gets_what_is_sent_to_it(self):
        from django.test import override_settings

        collector = self.enterContext(CollectorServer())
        with override_settings(TRACKING={**settings.TRACKING, "collector_url": collector.url}):
            self.client.get("/order")
            assert {good["event"]["event"] for good in collector.good(at_least=2)} == {"page_view", "struct"}


class AsyncTests(TrackingTestMixin, unittest.IsolatedAsyncioTestCase):
    async def test_an_async_page(self):
        from django.test import AsyncClient

        await AsyncClient().get("/", headers=HTML)
        assert len(self.tracked_events.page_views) == 1


def main():
    """Run by unittest alone, over a database of its own."""
    from django.test.utils import get_runner

    runner = get_runner(settings)(verbosity=0)
    suite = unittest.defaultTestLoader.loadTestsFromModule(__import__(__name__, fromlist=["_"]))
    databases = runner.setup_databases()
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    runner.teardown_databases(databases)
    return result.wasSuccessful()


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
