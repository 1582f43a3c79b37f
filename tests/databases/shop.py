"""The shop: what it does is a command, a function by its name; and its pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import unittest
from contextlib import ExitStack

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import AsyncClient, Client, TestCase
from django.urls import path

from tracking_middleware import StructuredEvent, Subject
from tracking_middleware.django import get_tracker

from .models import Order


class ChangedMindError(Exception):
    """Why an order is rolled back."""


def track(title, *, size=0, is_anonymous=False, **options):
    """Tell of an order; with a ``size`` by an event of its own kind that is so large."""
    parcel = {"schema": "iglu:com.acme/parcel/jsonschema/1-0-0", "data": {"text": "x" * size}}
    subject = Subject(consent="anonymous") if is_anonymous else None
    event = parcel if size else StructuredEvent(category="order", action=title)
    get_tracker().track(event, subject=subject, **options)


def leave_out(event):
    """A filter that keeps events back by their name."""
    return None if getattr(event, "action", "") == "filtered" else event


def consent(request):
    return request.query.rpartition("consent=")[2]


def order(*titles, using="default", **options):
    """Keep an order for each title, and tell of it, in one transaction."""
    with transaction.atomic(using=using):
        for title in titles:
            Order.objects.using(using).create(title=title)
            track(title, **options)


def place(titles, **options):
    order(*titles, **options)


def place_each(titles):
    for title in titles:
        order(title)


def change_mind(titles, **options):
    """Orders and their events, rolled back."""
    with contextlib.suppress(ChangedMindError), transaction.atomic():
        order(*titles, **options)
        raise ChangedMindError


def place_in_savepoints(kept, dropped):
    """One transaction that commits, with two in it of which one is rolled back."""
    with transaction.atomic():
        order(*kept)
        change_mind(dropped)


def hold_open(titles):
    """What has arrived of a transaction that is still open."""
    with transaction.atomic():
        order(*titles)
        get_tracker().flush(0.5)
        return get_tracker().stats()


def flush(timeout=10):
    return get_tracker().flush(timeout)


def close():
    return get_tracker().close(10)


def health():
    return get_tracker().health()


def orders(using="default"):
    return sorted(Order.objects.using(using).values_list("title", flat=True))


def rows(using="default"):
    """The rows of the outbox, oldest first: whether each is dead, and why."""
    from tracking_middleware.django.models import OutboxEvent

    found = OutboxEvent.objects.using(using).order_by("number")
    return [[row.died is not None, row.reason] for row in found]


def drop_table():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tracking_middleware_outboxevent")


def overtake():
    """Two relays, the first of which is slower than its lease: what each may still do with the event."""
    from tracking_middleware.django.outbox import DatabaseOutbox

    first, second = (DatabaseOutbox("default", lease_seconds=seconds) for seconds in (0.05, 60))
    (mine,) = first.claim(most=10, most_bytes=1000).batches
    deadline = time.monotonic() + 10
    while not (theirs := second.claim(most=10, most_bytes=1000).batches):
        assert time.monotonic() < deadline
    first.give_back(mine, wait=0)
    return {
        "first": first.hold(mine),
        "second": second.hold(*theirs),
        "third": len(first.claim(most=10, most_bytes=1000).batches),
    }


# --- pages ---


def page(request):
    return HttpResponse("<p>a page</p>")


def checkout(request):
    order(request.GET["title"])
    return HttpResponse("<p>thank you</p>")


def declined(request):
    change_mind([request.GET["title"]])
    return HttpResponse("<p>sorry</p>")


async def async_checkout(request, title):
    """An async view, which has its transaction in a thread."""
    await sync_to_async(order)(title)
    track(f"{title} seen")
    return HttpResponse("<p>thank you</p>")


urlpatterns = [
    path("", page),
    path("checkout", checkout),
    path("declined", declined),
    path("async/<title>", async_checkout),
]
PERSON = "22222222-2222-4222-8222-222222222222"
COOKIE = f"{PERSON}.1700000000.1.1700000000.1700000000.11111111-1111-4111-8111-111111111111"
HEADERS = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


def visit(url):
    """A page, and how many queries it made."""
    connection.force_debug_cursor = True
    before = len(connection.queries_log)
    client = Client(headers=HEADERS)
    client.cookies["_sp_id.0000"] = COOKIE
    response = client.get(url)
    response.close()
    return [response.status_code, len(connection.queries_log) - before]


def visit_async(url):
    async def get():
        response = await AsyncClient(headers=HEADERS).get(url)
        response.close()
        return response.status_code

    return asyncio.run(get())


def stats():
    return get_tracker().stats()


def jump(seconds):
    """Set the clock of this process."""
    now = time.time
    time.time = lambda: now() + seconds


def place_in_both(outer, inner, *, savepoints=0, fails):
    """An event in two transactions, the inner with savepoints, of which one rolls back."""
    with contextlib.suppress(ChangedMindError), ExitStack() as stack:
        aliases = [outer, inner, *[inner] * savepoints]
        for alias in aliases:
            stack.enter_context(transaction.atomic(using=alias))
        track(f"{inner} in {outer}")
        transaction.set_rollback(True, using=fails)


def run_test_case(titles):
    """Django's own test case, in which no transaction ever commits."""
    seen = {}

    class Test(TestCase):
        def test(self):
            with self.captureOnCommitCallbacks(execute=True) as callbacks:
                order(*titles)
            seen.update(captured=len(callbacks), recorded=get_tracker().stats()["recorded"])

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Test).run(result)
    return {**seen, "problems": [text for _, text in result.errors + result.failures]}


def fork_amid(titles):
    """What a child counts as dropped that was forked in a transaction, and forgets it."""
    reader, writer = os.pipe()
    with transaction.atomic():
        order(*titles)
        child = os.fork()
        if child == 0:
            connection.run_on_commit = []
            os.write(writer, json.dumps(get_tracker().stats()["dropped"]).encode())
            os._exit(0)
        os.waitpid(child, 0)
    os.close(writer)
    with open(reader) as answer:
        return json.load(answer)
