"""What ``untracked`` takes and gives, without any server."""

from __future__ import annotations

import asyncio
import functools
import inspect

import fastapi
import flask
import flask.views
import httpx
import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, Router

from tracking_middleware import current_page, untracked
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.flask import Tracking

from ..exchanges import HTML, outside, request

DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}


def page(request: Request) -> HTMLResponse:
    return HTMLResponse("<p>")


async def page_async(request: Request) -> HTMLResponse:
    return HTMLResponse("<p>")


def generate(first: int, *, last: int = 3):
    """Numbers."""
    yield from range(first, last)


@pytest.fixture
def skipped(make_tracker):
    """Calls something within an exchange: why it is no page view then."""
    tracker = make_tracker()

    def call(function):
        exchange = tracker.begin(request())
        function()
        reason = current_page().skip_reason
        exchange.start(200, HTML)
        exchange.finish("complete")
        return reason

    return call


def test_a_function_keeps_what_it_is():
    marked = untracked(generate)
    assert inspect.signature(marked) == inspect.signature(generate, eval_str=True)
    assert (marked.__name__, marked.__doc__, marked.__wrapped__) == ("generate", "Numbers.", generate)
    assert list(marked(1)) == [1, 2]
    assert inspect.iscoroutinefunction(untracked(page_async))
    assert inspect.iscoroutinefunction(untracked(functools.partial(page_async, None)))
    assert not inspect.iscoroutinefunction(untracked(page))


def test_the_page_is_left_out_before_a_generator_gives_anything(skipped):
    assert skipped(lambda: untracked(generate)(1)) == "untracked"
    assert skipped(lambda: generate(1)) is None


def test_the_page_is_left_out_where_the_view_raises(skipped):
    def call():
        with pytest.raises(ZeroDivisionError):
            untracked(lambda: 1 / 0)()

    assert skipped(call) == "untracked"


def test_a_view_may_be_called_outside_any_request_and_after_it(make_tracker):
    tracker = make_tracker()
    assert outside(lambda: list(untracked(generate)(2))) == [2]
    exchange = tracker.begin(request())
    exchange.start(200, HTML)
    exchange.finish("complete")
    list(untracked(generate)(1))
    assert tracker.stats()["errors"] == {}


@pytest.mark.parametrize("parent", [flask.views.View, flask.views.MethodView, HTTPEndpoint])
def test_a_class_is_marked_itself_and_its_children_with_it(parent):
    view = type("Shown", (parent,), {})
    assert untracked(view) is view
    before = parent.__dict__.get("dispatch_request") or parent.__dict__.get("dispatch")
    assert not hasattr(before, "__wrapped__")
    name = "dispatch_request" if hasattr(view, "dispatch_request") else "dispatch"
    child = type("Child", (view,), {})
    assert (
        getattr(child, name).__wrapped__ is before
        or getattr(parent, name) is getattr(child, name).__wrapped__
    )


@pytest.mark.parametrize(
    "target",
    ["app.urls", None, 3, {"a": page}, ["app.urls"], (["app.urls"], None, None), type("Plain", (), {})],
)
def test_anything_else_is_refused_with_what_would_be_right(target):
    with pytest.raises(TypeError, match=r"takes a view .*, a Flask blueprint, .* and not "):
        untracked(target)


def reasons(make_tracker, app, *paths):
    """Why each path is no page view."""
    tracker = make_tracker()
    transport = httpx.ASGITransport(ASGIMiddleware(app, tracker=tracker))

    async def visit():
        found = {}
        async with httpx.AsyncClient(transport=transport, base_url="http://www.example.test") as client:
            for path in paths:
                before = tracker.stats()["skipped"].get("skipped_by_app", 0)
                assert (await client.get(path, headers=DOCUMENT)).status_code == 200, path
                found[path] = tracker.stats()["skipped"].get("skipped_by_app", 0) - before == 1
        return found

    return asyncio.run(visit())


def test_routes_before_and_after_are_untracked_and_those_elsewhere_are_not(make_tracker):
    def early(request):
        return page(request)

    def late(request):
        return page(request)

    router = Router([Route("/early", early), Mount("/in", routes=[Route("/early", early)])])
    inner = Starlette()
    assert untracked(untracked(router)) is router
    router.add_route("/late", late)
    router.mount("/inner", inner)
    inner.add_route("/later", lambda request: page(request))
    app = Starlette(
        routes=[Mount("/group", app=router), Route("/page", page), Route("/marked", untracked(page))]
    )
    left_out = ["/group/early", "/group/in/early", "/group/late", "/group/inner/later", "/marked"]
    assert reasons(make_tracker, app, *left_out, "/page") == {**dict.fromkeys(left_out, True), "/page": False}


def test_fastapis_routes_before_and_after_are_untracked(make_tracker):
    router, other = fastapi.APIRouter(), fastapi.APIRouter()

    @router.get("/early", response_class=HTMLResponse)
    def early(request: Request):
        return "<p>"

    assert untracked(router) is router

    @router.get("/late", response_class=HTMLResponse)
    async def late(number: int = 3):
        return f"<p>{number + 1}"

    router.add_api_route("/named", endpoint=lambda: HTMLResponse("<p>"))

    @other.get("/page", response_class=HTMLResponse)
    @functools.wraps(page)
    def tracked(request: Request):
        return "<p>"

    app = fastapi.FastAPI()
    app.include_router(router, prefix="/group")
    app.include_router(other)
    left_out = ["/group/early", "/group/late", "/group/named"]
    assert reasons(make_tracker, app, *left_out, "/page") == {**dict.fromkeys(left_out, True), "/page": False}


def test_a_whole_app_is_untracked(make_tracker):
    app = untracked(fastapi.FastAPI())

    @app.get("/page", response_class=HTMLResponse)
    def view():
        return "<p>"

    assert reasons(make_tracker, app, "/page") == {"/page": True}


def test_annotations_that_are_text_still_mean_what_they_meant():
    """FastAPI reads them in the module of the function that it is given."""
    assert inspect.signature(untracked(page)).parameters["request"].annotation is Request

    def later(request: Unknown) -> None:  # noqa: F821
        """Names what there is not."""

    assert inspect.signature(untracked(later)).parameters["request"].annotation == "Unknown"


def test_an_asgi_app_may_be_an_object(skipped):
    class App:
        async def __call__(self, scope, receive, send):
            return scope

    marked = untracked(App())
    assert inspect.iscoroutinefunction(marked)
    assert skipped(lambda: asyncio.run(marked({}, None, None))) == "untracked"


def test_a_blueprint_is_marked_in_each_app_that_a_factory_makes():
    blueprint = flask.Blueprint("staff", __name__)
    blueprint.add_url_rule("/staff", view_func=lambda: current_page().skip_reason or "tracked")

    def create_app():
        app = flask.Flask(__name__)
        app.register_blueprint(untracked(blueprint))
        Tracking(app, collector_url="log:", app_id="shop", secret_key="k" * 32)
        return app

    for app in (create_app(), create_app()):
        assert app.test_client().get("/staff", headers=DOCUMENT).text == "untracked"
    assert len(blueprint.url_value_preprocessors[None]) == 1


def test_a_blueprint_that_is_in_use_already_is_refused_in_plain_words():
    blueprint = flask.Blueprint("staff", __name__)
    flask.Flask(__name__).register_blueprint(blueprint)
    with pytest.raises(TypeError, match=r"call untracked\(\) before register_blueprint\(\)"):
        untracked(blueprint)
