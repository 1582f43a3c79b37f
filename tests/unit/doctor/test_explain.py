"""``tracking-middleware explain``: one request against an app, and what it says tracking made of it."""

from __future__ import annotations

import asyncio
import functools
import threading
import types
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, get_args

import flask
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Route

from tracking_middleware import Confidential, cached_page, current_page, describes, entity, page_entity, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.doctor.explaining.reasons import SENTENCES
from tracking_middleware.flask import Tracking
from tracking_middleware.metadata.objects import declaring
from tracking_middleware.request.page import Page
from tracking_middleware.request.rules import Reason
from tracking_middleware.starlette import TrackingMiddleware

from ..exchanges import COOKIES, PERSON, SESSION

RIGHT = {"collector_url": "log:", "app_id": "a", "secret_key": "k" * 40}


@entity("iglu:com.acme/explained/jsonschema/1-0-0")
class Explained:
    id: str
    margin: Annotated[Decimal, Confidential]


def page():
    current_page().title = "Seven"
    current_page().attach(Explained("7", Decimal("12.34")))
    return "<h1>Seven"


def site(make):
    """A module with an app in it, as the command finds it."""
    module = types.ModuleType("explained_site")
    module.app = make
    return module


def flask_app(**settings):
    app = flask.Flask("explained")
    app.config.update(SERVER_NAME="www.example.test", TRACKING={**RIGHT, **settings})
    Tracking(app)
    app.add_url_rule("/seven", "seven", page)
    app.add_url_rule("/skips", "skips", lambda: current_page().skip("staff") or "<h1>staff")
    app.add_url_rule("/json", "json", lambda: flask.jsonify(a=1))
    app.add_url_rule("/static/<name>", "files", lambda name: "<h1>x")
    app.add_url_rule("/tracks", "tracks", lambda: track({"schema": EVENT, "data": {"n": 1}}) and "<h1>x")
    app.add_url_rule("/raises", "raises", lambda: 1 / 0)
    return app


EVENT = "iglu:com.acme/happened/jsonschema/1-0-0"


async def starlette_page(request):
    return HTMLResponse(page())


def starlette_app(**options):
    routes = [Route("/seven", starlette_page)]
    return Starlette(routes=routes, middleware=[Middleware(TrackingMiddleware, **RIGHT)], **options)


@pytest.mark.parametrize("make", [flask_app, starlette_app])
def test_a_page_view_is_explained_from_the_request_to_the_payload(explain, make):
    status, text = explain(make(), "/seven?a=1", "--cookie", COOKIES)
    assert status == 0
    for line in (
        "answer     200, text/html; charset=utf-8, 9 bytes",
        "path       no pattern of exclude has it",
        "page load  yes",
        "page       yes",
        "consent    nobody is asked: no setting consent",
        "verdict    tracked as a page view, with all that is known",
        f"identity   domain_userid {PERSON}, of the cookie _sp_id.8e5d",
        f"           session {SESSION}, number 3",
        "  page     Seven",
        f"  duid     {PERSON}",
    ):
        assert f"{line}\n" in text
    assert "class tests.unit.doctor.test_explain.Explained, tests/unit/doctor/test_explain.py:" in text or (
        "class tests.unit.doctor.test_explain.Explained, /" in text
    )
    assert " in page\n" in text


class Shown:
    """An object that a page shows."""


@pytest.fixture
def described(monkeypatch):
    """What is declared for one test is so for no other."""
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    describes(Shown)(lambda shown: {"schema": "iglu:com.acme/shown/jsonschema/1-0-0", "data": {}})
    yield
    declaring.description_of.cache_clear()


@pytest.mark.usefixtures("described")
def test_an_entity_of_a_page_from_a_cache_is_told_as_such(explain):
    app = flask_app()

    @app.get("/cached")
    @cached_page(functools.cache)
    def view():
        return flask.render_template_string("<p>seven</p>", shown=Shown())

    explain(app, "/cached")
    _, text = explain(app, "/cached")
    told = {line.split()[1]: line for line in text.splitlines() if line.startswith("entity ")}
    assert told["iglu:com.acme/shown/jsonschema/1-0-0:"].endswith(
        "a plain dict, when the page went into a cache"
    )


@pytest.mark.usefixtures("described")
def test_each_entity_is_told_with_what_gave_it(explain):
    app = flask_app(metadata=["title", "json-ld"])
    block = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Seven"}</script>'

    @app.get("/all")
    @page_entity(lambda request: {"schema": "iglu:com.acme/decorated/jsonschema/1-0-0", "data": {}})
    def view():
        current_page().attach(Explained("7", Decimal(1)))
        return flask.render_template_string(block, shown=Shown())

    _, text = explain(app, "/all")
    told = {line.split()[1]: line for line in text.splitlines() if line.startswith("entity ")}
    assert told["iglu:com.acme/shown/jsonschema/1-0-0:"].endswith("a plain dict, by @describes")
    assert told["iglu:com.acme/decorated/jsonschema/1-0-0:"].endswith("a plain dict, by @page_entity")
    assert told["iglu:com.acme/explained/jsonschema/1-0-0:"].endswith(" in view")
    article = told["iglu:org.tracking_middleware/article/jsonschema/2-0-0:"]
    assert "read from the page's own HTML (metadata=['title', 'json-ld']), class " in article


@pytest.mark.parametrize("make", [flask_app, starlette_app])
def test_what_is_confidential_is_masked(explain, make):
    _, text = explain(make(), "/seven")
    assert "{'id': '7', 'margin': ***}" in text
    assert '"data": {"id": "7", "margin": "***"}' in text
    assert "12.34" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/static/a.css"], "path       exclude has it by '/static/**'"),
        (["/static/a.css"], "verdict    not tracked, excluded: the setting exclude has its path"),
        (["/skips"], "verdict    not tracked, skipped_by_app: the application said so"),
        (["/json"], "page       no, content_type: the answer is no HTML"),
        (["/nothing"], "verdict    not tracked, status: its status is not among track_status"),
        (["/seven", "--method", "head"], "page load  no, method: only a GET loads a page"),
        (["/seven", "--header", "Sec-Purpose: prefetch"], "verdict    not tracked, prefetch: it is fetched"),
        (["/seven", "--header", "Sec-Fetch-Dest: iframe"], "page load  no, frame: it is shown in a frame"),
        (["/seven", "--header", "HX-Request: true"], "page load  no, fragment"),
        (["/seven", "--header", "Accept: */*", "--header", "Sec-Fetch-Dest:"], "page load  no, fetch"),
        (["/raises"], "answer     500, text/html; charset=utf-8"),
        (
            ["/seven", "--header", "Sec-GPC: 1"],
            "consent    nobody is asked: no setting consent; Sec-GPC: 1 ",
        ),
        (["/seven", "--header", "Sec-GPC: 1"], "verdict    tracked as a page view, anonymously"),
        (["/seven", "--header", "Sec-GPC: 1"], "identity   left out: the event is anonymous"),
        (["/seven"], "identity   nobody: the request brought no _sp_id that names one"),
        (["https://shop.example:8443/seven"], "request    GET https://shop.example:8443/seven"),
        (["/tracks"], "event      happened "),
    ],
)
def test_every_rule_that_was_met_is_said(explain, arguments, said):
    status, text = explain(flask_app(), *arguments)
    assert status == 0
    assert f"\n{said}" in f"\n{text}"


def test_consent_and_filters_of_the_settings_are_said(explain):
    _, text = explain(flask_app(consent=lambda view: "none"), "/seven")
    assert "consent    the setting consent is asked\nverdict    not tracked, consent_none: consent is" in text
    _, text = explain(flask_app(before_send=lambda event: None), "/seven")
    assert "verdict    not tracked: before_send dropped the page view, or raised" in text
    _, text = explain(flask_app(enabled=False), "/seven")
    assert "verdict    not tracked: the setting enabled is off" in text
    _, text = explain(flask_app(exclude=["/s*"], include=["/seven"]), "/seven")
    assert "path       exclude has it by '/s*', and include has it back by '/seven'" in text


def test_an_identity_that_the_answer_issues_is_said_to_be_new(explain):
    _, text = explain(flask_app(identity="issue", cookie_domain="example.test"), "/seven")
    assert "which the answer issues (Set-Cookie: _sp_id.8e5d)" in text


def test_an_app_without_the_middleware_is_said_to_be_one(explain):
    app = flask.Flask("bare")
    assert "verdict    not tracked: the app has no tracking middleware" in explain(app, "/")[1]


def test_what_could_not_be_used_is_said(explain):
    app = flask_app()
    app.add_url_rule("/odd", "odd", lambda: current_page().attach(7) or "<h1>odd")
    assert "not used   entity_invalid (1)" in explain(app, "/odd")[1]


def test_nothing_is_sent_and_pages_are_as_they_were_afterwards(explain):
    before = Page.attach, Page.replace
    app = flask_app(collector_url="http://127.0.0.1:9")
    explain(app, "/seven")
    stats = app.extensions["tracking_middleware"].stats()
    assert (Page.attach, Page.replace) == before
    assert stats["dropped"] == {"held_by_tests": 1}


def test_the_lifespan_of_an_app_runs_around_the_request(explain):
    lived = []

    @asynccontextmanager
    async def life(app):
        lived.append("begun")
        yield
        lived.append("ended")

    assert explain(starlette_app(lifespan=life), "/seven")[0] == 0
    assert lived == ["begun", "ended"]


def test_an_app_that_waits_for_the_visitor_to_leave_still_answers(explain):
    async def answer(request):
        waiting = asyncio.create_task(request.receive())
        await asyncio.sleep(0)
        still_there = not waiting.done()
        waiting.cancel()
        return HTMLResponse(f"there: {still_there}")

    app = Starlette(routes=[Route("/", answer)], middleware=[Middleware(TrackingMiddleware, **RIGHT)])
    assert "answer     200" in explain(app, "/")[1]


def test_an_app_that_does_not_end_is_left_in_time_and_sends_nothing_later(explain):
    gate = threading.Event()
    app = flask_app()
    app.add_url_rule("/slow", "slow", lambda: str(gate.wait(30)))
    try:
        status, text = explain(app, "/slow", "--timeout", "0.2")
    finally:
        gate.set()
    (answering,) = (each for each in threading.enumerate() if each.name == "explained request")
    answering.join(30)
    assert app.extensions["tracking_middleware"].stats()["dropped"] == {"held_by_tests": 1}
    assert status == 1
    assert "the app did not end its answer within 0.2 s; it has not begun" in text


def test_an_endless_body_is_left(explain):
    async def endless(request):
        async def chunks():
            while True:
                yield b"x" * 1_000_000

        return StreamingResponse(chunks(), media_type="text/html")

    app = Starlette(routes=[Route("/", endless)], middleware=[Middleware(TrackingMiddleware, **RIGHT)])
    status, text = explain(app, "/")
    assert status == 0
    assert "the app raised" in text


def test_an_app_that_refuses_to_start_is_said(explain):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    status, text = explain(ASGIMiddleware(app, **RIGHT), "/")
    assert status == 1
    assert "the app does not start: no database" in text


def test_wrong_settings_are_said(explain):
    app = Starlette(middleware=[Middleware(TrackingMiddleware, collector_url="log:")])
    status, text = explain(app, "/")
    assert status == 1
    assert "app_id must be text" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://x/"], "'ftp://x/' is no URL: give a path such as /articles/7"),
        (["relative"], "'relative' is no URL"),
        (["/", "--header", "x"], "'x' is no header: write its name and value"),
        (["/", "--timeout", "0"], "'0' is no time"),
        (["/", "--timeout", "x"], "'x' is no time"),
    ],
)
def test_what_cannot_be_asked_is_refused(explain, capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        explain(flask_app(), *arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_every_reason_has_its_sentence():
    assert set(SENTENCES) == set(get_args(Reason))
