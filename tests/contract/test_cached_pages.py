"""A page from a real cache says what its render said, also in another process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import flask
import flask_caching
import httpx
import pytest
import redis.asyncio

from tests.conftest import PATIENCE, missing
from tracking_middleware import TrackingError, cached_page, current_page
from tracking_middleware.flask import Tracking
from tracking_middleware.metadata.objects.cached_page import _Memory
from tracking_middleware.tracking.living_trackers import living_trackers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def redis_socket():
    """A server of our own, on a Unix socket alone; Debian's package ``redis-server``."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server (of Debian's package of that name)")
    with tempfile.TemporaryDirectory(prefix="tracking-redis-") as folder:
        path = f"{folder}/redis"
        options = ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
        try:
            for line in server.stdout:
                if "ready to accept connections" in line.lower():
                    break
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
                probe.connect(path)
            yield path
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE)


def views_of(framework, folder, redis_socket):
    """What the page views of one process are, by the kind of cache."""
    command = [sys.executable, "-m", "tests.contract.cached_process", framework, folder, redis_socket]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    views = {}
    for line in done.stdout.splitlines():
        view = json.loads(line)
        views.setdefault(view["kind"], []).append(view)
    return views


@pytest.mark.parametrize("framework", ["django", "flask", "fastapi"])
def test_a_hit_carries_what_the_render_of_its_page_said(framework, tmp_path, redis_socket):
    first = views_of(framework, tmp_path, redis_socket)
    second = views_of(framework, tmp_path, redis_socket)
    assert first.keys() == second.keys() == {"memory", "file", "redis"}
    for process in (first, second):
        for kind, (one, other) in process.items():
            is_made_here = process is first or kind == "memory"
            made_by = one["process"] if is_made_here else first[kind][0]["process"]
            for view in (one, other):
                assert view["title"] == f"{kind} by {made_by}"
                assert view["entities"]["teaser"] == {"made_by": f"{kind} by {made_by}"}
                assert view["entities"]["article"] == {"id": "rivers rise"}
                assert "teaser" not in view["answer"]
                assert "made_by" not in view["answer"]
            assert ("reader" in one["entities"]) is is_made_here
            assert "reader" not in other["entities"]
            assert other["counts"].keys() == {"metadata_not_cached"}


BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "cached-pages.md").read_text(), re.DOTALL)
DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}


def site_of(block, **names):
    """What a block of the document makes, with its events taken instead of sent."""
    events = []
    names["__name__"] = __name__
    names["take"] = lambda event: events.append(event) or event
    block = block.replace('"https://collector.example.com"', '"log:", before_send=take')
    exec(compile(block.replace("Redis()", "client"), "docs/cached-pages.md", "exec"), names)
    return names["app"], events


def test_the_documented_site_in_flask_says_a_title_again():
    app, events = site_of(BLOCKS[-2])
    for _ in range(2):
        assert app.test_client().get("/articles/floods", headers=DOCUMENT).text == "<h1>floods</h1>"
    app.extensions["tracking_middleware"].flush(10)
    assert [event.page_title for event in events] == ["Floods", "Floods"]


def test_the_documented_site_in_fastapi_says_a_title_again(redis_socket):
    client = redis.asyncio.Redis(unix_socket_path=redis_socket)
    app, events = site_of(BLOCKS[-1], client=client)

    async def ask():
        async with (
            client,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://s") as browser,
        ):
            for _ in range(2):
                assert (await browser.get("/articles/floods", headers=DOCUMENT)).text == "<h1>floods</h1>"

    asyncio.run(ask())
    (tracker,) = [
        one
        for one in living_trackers()
        if one.settings.before_send is app.user_middleware[0].kwargs["before_send"]
    ]
    tracker.flush(10)
    assert [event.page_title for event in events] == ["Floods", "Floods"]


def test_the_documented_entities_are_what_they_are_said_to_be():
    for block in BLOCKS[:-2]:
        exec(compile(block, "docs/cached-pages.md", "exec"), {})


class Failing:
    def get(self, key):
        raise OSError(key)

    set = get


class Awaited:
    async def get(self, key):
        return None

    async def set(self, key, value):
        return None


class Promising:
    """Gives what is to be awaited, as a client of Redis does, and does not say so."""

    def get(self, key):
        return Awaited().get(key)

    def set(self, key, value):
        return Awaited().set(key, value)


def everything_cached(view):
    kept = {}

    def cached(**named):
        if "it" not in kept:
            kept["it"] = view(**named)
        return kept["it"]

    return cached


@pytest.fixture
def page_views():
    """Asks a Flask site for a page twice; gives the titles of its page views, and the counts."""

    def ask(view, times=2, decorator=everything_cached, **store):
        events = []
        app = flask.Flask(__name__)
        given = {"collector_url": "log:", "app_id": "x", "metadata": []}
        tracking = Tracking(app, **given, before_send=lambda event: events.append(event) or event)
        app.get("/")(cached_page(decorator, **store)(view))
        for _ in range(times):
            assert app.test_client().get("/", headers=DOCUMENT).data is not None
        with app.app_context():
            tracker = tracking.tracker
        assert tracker.flush(10) == 0
        tracker.close()
        return [event.page_title for event in events], tracker.stats()["errors"]

    return ask


def answering(answer):
    def view():
        current_page().title = "said"
        return answer

    return view


@pytest.mark.parametrize(
    "answer", ["text", b"bytes", ("text", 200), ("text", 200, {"X-A": "1"}), flask.Response("a response")]
)
def test_an_answer_of_any_kind_is_known_again(page_views, answer):
    assert page_views(answering(answer)) == (["said", "said"], {})


def test_what_cannot_be_known_again_carries_nothing_and_is_counted(page_views):
    streamed = answering(flask.Response(iter([b"a stream"]), mimetype="text/html"))
    assert page_views(streamed) == (["said", ""], {"metadata_not_cached": 1})


@pytest.mark.parametrize(("store", "times"), [(Failing(), 2), (Promising(), 2)])
def test_a_store_that_fails_is_counted_and_not_in_the_response(page_views, store, times):
    assert page_views(answering("text"), store=store) == (["said", ""], {"metadata_not_cached": times})


def test_a_page_that_the_store_has_lost_is_counted(page_views):
    class Forgetful(dict):
        def set(self, key, value):
            pass

    assert page_views(answering("text"), store=Forgetful()) == (["said", ""], {"metadata_not_cached": 1})


def test_where_two_renders_of_the_same_bytes_say_different_things_neither_is_carried(page_views):
    made = itertools.count()

    def hits_after_two_renders(view):
        calls, kept = itertools.count(), {}

        def cached():
            if next(calls) < 2:
                kept["it"] = view()
            return kept["it"]

        return cached

    def view():
        current_page().title = f"render {next(made)}"
        return "the same"

    titles, counts = page_views(view, decorator=hits_after_two_renders, times=4)
    assert (titles, counts) == (["render 0", "render 1", "", ""], {"metadata_not_cached": 2})


def test_two_bodies_of_one_path_are_two_pages(page_views):
    bodies = itertools.cycle("ab")

    def alternating(view):
        kept = {}

        def cached():
            body = next(bodies)
            if body not in kept:
                kept[body] = view(body)
            return kept[body]

        return cached

    def view(body):
        current_page().title = f"of {body}"
        return body

    assert page_views(view, decorator=alternating, times=4) == (["of a", "of b", "of a", "of b"], {})


def test_of_the_pages_in_memory_the_last_are_kept(monkeypatch):
    monkeypatch.setattr("tracking_middleware.metadata.objects.cached_page._MOST_IN_MEMORY", 2)
    memory = _Memory()
    for key in "abac":
        memory.set(key, key.encode())
    assert [memory.get(key) for key in "abc"] == [b"a", None, b"c"]


def test_outside_a_request_a_view_is_called_as_it_is():
    assert cached_page(everything_cached)(lambda: "text")() == "text"


def _into(events):
    return lambda event: events.append(event) or event


@pytest.fixture
def flask_caching_views():
    """Asks a Flask site with a cache for pages; gives titles and entities of their views, and the counts."""

    def ask(make_view, times=2, backend="SimpleCache", **config):
        events = []
        app = flask.Flask(__name__)
        tracking = Tracking(app, collector_url="log:", app_id="x", metadata=[], before_send=_into(events))
        cache = flask_caching.Cache(app, config={"CACHE_TYPE": backend, **config})
        app.get("/")(make_view(cache))
        answers = [app.test_client().get("/", headers=DOCUMENT) for _ in range(times)]
        with app.app_context():
            tracker = tracking.tracker
            assert tracker.flush(10) == 0
            tracker.close()
        assert {answer.status_code for answer in answers} == {200}
        return [event.page_title for event in events], tracker.stats()["errors"]

    return ask


def test_a_page_of_flask_caching_says_again_what_its_render_said(flask_caching_views):
    assert flask_caching_views(lambda cache: cache.cached(timeout=60)(answering("text"))) == (
        ["said", "said"],
        {},
    )


def test_of_two_entries_with_the_same_bytes_each_has_its_own(flask_caching_views):
    whose = itertools.cycle("ab")

    def view():
        current_page().title = flask.g.whose
        return "the same"

    def keyed(cache):
        cached = cache.cached(timeout=60, make_cache_key=lambda *_, **__: flask.g.whose)(view)

        def asked():
            flask.g.whose = next(whose)
            return cached()

        return asked

    assert flask_caching_views(keyed, times=4) == (["a", "b", "a", "b"], {})


def test_what_a_view_has_in_a_cache_beside_its_page_is_not_its_page(flask_caching_views):
    made = itertools.count()

    def uncached(cache):
        parts = cache.memoize(60)(lambda: "a part")

        def view():
            if next(made) == 0:
                current_page().title = "of the first alone"
            cache.get("nothing")
            return f"<p>{parts()}</p>"

        return view

    assert flask_caching_views(uncached) == (["of the first alone", ""], {})


def _memoized(cache, view):
    return cache.memoize(60)(view)


def _cached(cache, view):
    return cache.cached(60)(view)


def _declared(cache, view):
    return cached_page(cache.cached(60))(view)


def _forced(cache, view):
    return cache.cached(60, forced_update=itertools.cycle([True, False]).__next__)(view)


@pytest.mark.parametrize("said", ["before", "after"])
@pytest.mark.parametrize("decorate", [_memoized, _cached, _declared, _forced])
def test_a_title_that_is_said_around_a_cached_view_is_of_nobody_else(flask_caching_views, decorate, said):
    visitors = itertools.cycle(["ada", None])

    def greeting(cache):
        cached = decorate(cache, lambda: "<p>text</p>")

        def view():
            whose = next(visitors)
            answer = cached() if said == "after" else None
            if whose:
                current_page().title = f"Hello {whose}"
            return answer or cached()

        return view

    titles, _ = flask_caching_views(greeting)
    assert titles == ["Hello ada", ""]


def test_a_view_says_its_title_again_though_another_was_said_around_it(flask_caching_views):
    visitors = itertools.cycle(["ada", None])

    def greeting(cache):
        part = cache.memoize(60)(lambda: "a part")

        def page():
            current_page().title = "the page's"
            return f"<p>{part()}</p>"

        cached = cache.cached(60)(page)

        def view():
            if next(visitors):
                current_page().title = "Hello ada"
            return cached()

        return view

    assert flask_caching_views(greeting) == (["the page's", "the page's"], {})


def test_data_of_flask_caching_is_no_page(flask_caching_views):
    data = answering(flask.Response("{}", mimetype="application/json"))
    caches = []
    assert flask_caching_views(lambda cache: caches.append(cache) or cache.cached(timeout=60)(data))[1] == {}
    (backend,) = caches[0].app.extensions["cache"].values()
    assert list(backend._cache) == ["view//"]


def test_a_page_that_flask_caching_had_before_is_counted(flask_caching_views):
    def told(cache):
        view = cache.cached(timeout=60)(answering("text"))

        def losing():
            for key in [key for key in cache.cache._cache if "tracking" in key]:
                cache.cache._cache.pop(key)
            return view()

        return losing

    assert flask_caching_views(told) == (["said", ""], {"metadata_not_cached": 1})


class Refusing(flask_caching.backends.SimpleCache):
    """A cache that has no place for what is ours."""

    @classmethod
    def factory(cls, app, config, arguments, options):
        return cls(**options)

    def set(self, key, value, timeout=None):
        if key.startswith("tracking"):
            raise OSError
        return super().set(key, value, timeout)


class Slotted:
    """One that lets nothing be set on it."""

    __slots__ = ()

    def __init__(self, *_given, **_named):
        pass

    def get(self, key):
        return None

    def set(self, key, value, timeout=None):
        return True


@pytest.mark.parametrize(
    ("backend", "counts"), [("Refusing", {"metadata_not_cached": 2}), ("Slotted", {"internal": 1})]
)
def test_a_cache_of_the_sites_own_that_fails_is_counted_and_not_in_the_response(
    flask_caching_views, backend, counts
):
    seen = flask_caching_views(
        lambda cache: cache.cached(timeout=60)(answering("text")), backend=f"{__name__}.{backend}"
    )
    assert seen[1] == counts


def test_a_wrong_declaration_is_refused_where_it_stands():
    with pytest.raises(TrackingError, match="takes the cache's own decorator"):
        cached_page("cache")
    with pytest.raises(TrackingError, match=r"a store with get\(key\) and set\(key, value\)"):
        cached_page(everything_cached, store=object())
    with pytest.raises(TrackingError, match="async store"):
        cached_page(everything_cached, store=Awaited())(lambda: "text")
