"""A process of a site whose pages are cached, run with a framework, a folder and the socket of a Redis.

Asks for each page twice, and writes what came of it: a line of JSON for each page view. A page says by its
title which process made it, and for which kind of cache.
"""

import asyncio
import functools
import json
import os
import pickle
import sys

from tracking_middleware import Article2, Tracker, cached_page, current_page, describes, entity

KINDS = ("memory", "file", "redis")
DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}
SETTINGS = {"collector_url": "log:", "app_id": "cached"}
urlpatterns = []
HTML = "<title>of the HTML</title>{{ story.headline }}"


@entity("iglu:com.acme/teaser/jsonschema/1-0-0", cacheable=True)
class Teaser:
    made_by: str


@entity("iglu:com.acme/reader/jsonschema/1-0-0")
class Reader:
    name: str


class Story:
    headline = "rivers rise"


@describes(Story)
def article(story):
    return Article2(id=story.headline)


def say(kind):
    page = current_page()
    page.title = f"{kind} by {os.getpid()}"
    page.attach(Teaser(f"{kind} by {os.getpid()}"))
    page.attach(Reader("ada"))


def written(kind, events, answered, tracker):
    assert tracker.flush(10) == 0
    for event, answer in zip(events, answered, strict=True):
        entities = [json.loads(one) for one in event.entities]
        told = {
            "kind": kind,
            "process": os.getpid(),
            "title": event.page_title,
            "entities": {one["schema"].split("/")[1]: one["data"] for one in entities},
            "answer": answer,
            "counts": tracker.stats()["errors"],
        }
        sys.stdout.write(json.dumps(told) + "\n")
    events.clear()


def run_django(folder, socket):
    from django.conf import settings
    from django.shortcuts import render
    from django.test import Client
    from django.urls import path
    from django.views.decorators.cache import cache_page

    from tracking_middleware.django import get_tracker

    def page(request, kind):
        say(kind)
        return render(request, "page.html", {"story": Story()})

    events = []
    backends = "django.core.cache.backends."
    loaders = [("django.template.loaders.locmem.Loader", {"page.html": HTML})]
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="cached" * 9,
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        TRACKING={**SETTINGS, "before_send": lambda event: events.append(event) or event},
        TEMPLATES=[
            {
                "BACKEND": "tracking_middleware.django.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": loaders},
            }
        ],
        CACHES={
            "default": {"BACKEND": f"{backends}dummy.DummyCache"},
            "memory": {"BACKEND": f"{backends}locmem.LocMemCache"},
            "file": {"BACKEND": f"{backends}filebased.FileBasedCache", "LOCATION": f"{folder}/django"},
            "redis": {"BACKEND": f"{backends}redis.RedisCache", "LOCATION": f"unix://{socket}"},
        },
    )
    import django

    django.setup()
    urlpatterns.extend(path(kind, cache_page(60, cache=kind)(page), {"kind": kind}) for kind in KINDS)
    for kind in KINDS:
        answers = [Client().get(f"/{kind}", headers=DOCUMENT) for _ in range(2)]
        answered = [f"{answer.headers}{answer.content}" for answer in answers]
        written(kind, events, answered, get_tracker())


def run_flask(folder, socket):
    import flask
    from flask_caching import Cache

    from tracking_middleware.flask import Tracking

    events = []
    app = flask.Flask(__name__)
    tracking = Tracking(app, **SETTINGS, before_send=lambda event: events.append(event) or event)
    configs = {
        "memory": {"CACHE_TYPE": "SimpleCache"},
        "file": {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": f"{folder}/flask"},
        "redis": {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": f"unix://{socket}"},
    }
    for kind, config in configs.items():
        cache = Cache(app, config=config)

        @app.get(f"/{kind}", endpoint=kind, defaults={"kind": kind})
        @cache.cached(timeout=60)
        def page(kind):
            say(kind)
            return flask.render_template_string(HTML, story=Story())

    for kind in KINDS:
        answers = [app.test_client().get(f"/{kind}", headers=DOCUMENT) for _ in range(2)]
        with app.app_context():
            written(kind, events, [f"{one.headers}{one.data}" for one in answers], tracking.tracker)


def bodies_cached(client):
    """A decorator as those for FastAPI are: it keeps the body alone, which is then the answer."""

    def decorate(view):
        @functools.wraps(view)
        async def cached(*arguments, **named):
            key = f"bodies.{named['slug']}"
            kept = await client.get(key)
            if kept is not None:
                return pickle.loads(kept)
            answer = await view(*arguments, **named)
            await client.set(key, pickle.dumps(answer.body))
            return answer

        return cached

    return decorate


class Folder:
    """A cache of files."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self._folder = folder

    async def get(self, key):
        path = self._folder / key.encode().hex()[:200]
        return path.read_bytes() if path.exists() else None

    async def set(self, key, value):
        (self._folder / key.encode().hex()[:200]).write_bytes(value)


class Memory(dict):
    async def get(self, key):
        return dict.get(self, key)

    async def set(self, key, value):
        self[key] = value


def run_fastapi(folder, socket):
    import fastapi
    import jinja2
    import redis.asyncio
    from starlette.responses import HTMLResponse
    from starlette.templating import Jinja2Templates

    from tracking_middleware.starlette import TrackingMiddleware

    events = []
    tracker = Tracker(**SETTINGS, before_send=lambda event: events.append(event) or event)
    app = fastapi.FastAPI()
    templates = Jinja2Templates(env=jinja2.Environment(loader=jinja2.DictLoader({"page.html": HTML})))
    client = redis.asyncio.Redis(unix_socket_path=socket)

    for kind, store in {"memory": Memory(), "file": Folder(folder / "fastapi"), "redis": client}.items():

        @app.get(f"/{kind}/{{slug}}", response_class=HTMLResponse)
        @cached_page(bodies_cached(store), store=store)
        async def page(request: fastapi.Request, slug: str):
            kind = request.url.path.split("/")[1]
            say(kind)
            return templates.TemplateResponse(request, "page.html", {"story": Story()})

    async def ask():
        import httpx

        transport = httpx.ASGITransport(TrackingMiddleware(app, tracker=tracker))
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as browser:
            for kind in KINDS:
                answers = [await browser.get(f"/{kind}/a", headers=DOCUMENT) for _ in range(2)]
                written(kind, events, [f"{one.headers}{one.content}" for one in answers], tracker)
        await client.aclose()

    asyncio.run(ask())


if __name__ == "__main__":
    from pathlib import Path

    framework, given_folder, given_socket = sys.argv[1:]
    {"django": run_django, "flask": run_flask, "fastapi": run_fastapi}[framework](
        Path(given_folder), given_socket
    )
