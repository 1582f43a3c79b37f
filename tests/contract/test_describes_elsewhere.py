"""What a page shows is described by a function that is declared once: Flask, Starlette, FastAPI."""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace

import fastapi
import flask
import httpx
import jinja2
import pytest
from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from tracking_middleware import Article2, Tracker, current_page, describes
from tracking_middleware.flask import Tracking
from tracking_middleware.metadata.objects import declaring
from tracking_middleware.starlette import TrackingMiddleware

from .calls import call_asgi, scope_of

HEADERS = {"accept": "text/html", "sec-fetch-dest": "document"}
TEMPLATE = "{% if story %}{{ story.title }}{% endif %}{% for one in stories %}{{ one.title }}{% endfor %}"


class Base(DeclarativeBase):
    """The site's models."""


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Story(Base):
    __tablename__ = "story"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="", deferred=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()


@pytest.fixture(autouse=True)
def _no_descriptions(monkeypatch):
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    yield
    declaring.description_of.cache_clear()


@pytest.fixture
def database():
    """A database of three stories, and what it was asked."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada = Author(id=1, name="Ada")
        session.add_all([ada, *(Story(id=n, title=f"story {n}", author=ada) for n in range(3))])
        session.commit()
    asked = []
    connection = engine.raw_connection()
    connection.driver_connection.set_trace_callback(asked.append)
    connection.close()
    yield SimpleNamespace(engine=engine, asked=asked)
    engine.dispose()


def article(story):
    return Article2(id=str(story.id), headline=story.title)


def asked(app):
    """The body of a page that a server without any extension asked for."""

    async def get():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site.example") as client:
            return (await client.get("/page", headers=HEADERS)).content

    return asyncio.run(get())


def flask_page(tracker, engine, context_of):
    app = flask.Flask(__name__)
    Tracking(app, tracker=tracker)

    @app.teardown_appcontext
    def remove(_error):
        flask.g.session.close()

    @app.get("/page")
    def page():
        flask.g.session = Session(engine)
        return flask.render_template_string(TEMPLATE, **context_of(flask.g.session))

    return app.test_client().get("/page", headers=HEADERS).data


def templates():
    loader = jinja2.DictLoader({"page.html": TEMPLATE})
    return Jinja2Templates(env=jinja2.Environment(loader=loader, autoescape=True))


def starlette_page(tracker, engine, context_of, between=()):
    async def page(request):
        with Session(engine) as session:
            return templates().TemplateResponse(request, "page.html", context_of(session))

    app = Starlette(
        routes=[Route("/page", page)], middleware=[Middleware(TrackingMiddleware, tracker=tracker), *between]
    )
    return asked(app)


def fastapi_page(tracker, engine, context_of):
    app = fastapi.FastAPI()
    app.add_middleware(TrackingMiddleware, tracker=tracker)

    def opened():
        with Session(engine) as session:
            yield session

    @app.get("/page")
    def page(request: fastapi.Request, session: object = fastapi.Depends(opened)):
        return templates().TemplateResponse(request, "page.html", context_of(session))

    return asked(app)


WAYS = {"flask": flask_page, "starlette": starlette_page, "fastapi": fastapi_page}


@pytest.fixture
def page_of(options, database):
    """What one request brings: its page view, the tracker's counts, the queries, the body."""

    def ask(context_of, way="flask", **more):
        events = []
        tracker = Tracker(**{**options, "before_send": lambda event: events.append(event) or event})
        database.asked.clear()
        with contextlib.closing(tracker):
            body = WAYS[way](tracker, database.engine, context_of, **more)
            assert tracker.flush(10) == 0
            counts = tracker.stats()["errors"]
        (view,) = events
        queries = [text for text in database.asked if text.startswith("SELECT")]
        entities = [json.loads(entity) for entity in view.entities]
        return SimpleNamespace(entities=entities, counts=counts, queries=queries, body=body)

    return ask


def ids(page):
    return [entity["data"]["id"] for entity in page.entities]


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_shows_an_object_carries_it(page_of, way):
    describes(Story)(article)
    page = page_of(lambda session: {"story": session.get(Story, 1)}, way)
    assert (page.body, ids(page), len(page.queries), page.counts) == (b"story 1", ["1"], 1, {})


@pytest.mark.parametrize("way", WAYS)
def test_a_list_carries_each(page_of, way):
    describes(Story)(article)
    page = page_of(lambda session: {"stories": session.scalars(select(Story).order_by(Story.id)).all()}, way)
    assert (ids(page), len(page.queries)) == (["0", "1", "2"], 1)


@pytest.mark.parametrize("way", WAYS)
def test_without_a_description_a_page_carries_nothing(page_of, way):
    assert page_of(lambda session: {"story": session.get(Story, 1)}, way).entities == []


@pytest.mark.parametrize("name", ["author", "body"])
@pytest.mark.parametrize("way", WAYS)
def test_describing_makes_no_query(page_of, name, way):
    describes(Story)(lambda story: Article2(id="1", subject=str(getattr(story, name))))
    page = page_of(lambda session: {"story": session.get(Story, 1)}, way)
    assert (page.entities, len(page.queries)) == ([], 1)
    # what a session has let go of refuses by itself
    assert page.counts in ({"description_queried": 1}, {"description_failed": 1})


def test_in_flask_a_function_may_be_let_ask_since_its_session_is_still_there(page_of, database):
    describes(Story, queries="allowed")(lambda story: Article2(id="1", authors=[story.author.name]))
    page = page_of(lambda session: {"story": session.get(Story, 1)}, "flask")
    assert [entity["data"]["authors"] for entity in page.entities] == [["Ada"]]
    assert len(page.queries) == 2


def test_a_refused_query_leaves_what_the_session_was_about_to_write(page_of, database):
    describes(Story)(lambda story: Article2(id="1", subject=story.author.name))
    rolled_back = []

    def context_of(session):
        story = session.get(Story, 1)
        session.add(Author(id=9, name="new"))
        return {"story": story}

    def note(session, _transaction):
        rolled_back.append(list(session.new))

    event.listen(Session, "after_soft_rollback", note)
    try:
        page = page_of(context_of)
    finally:
        event.remove(Session, "after_soft_rollback", note)
    assert page.counts == {"description_queried": 1}
    assert not [text for text in database.asked if text.startswith("INSERT")]
    assert rolled_back == []


@pytest.mark.parametrize("way", WAYS)
def test_what_the_view_said_wins(page_of, way):
    describes(Story)(article)

    def context_of(session):
        current_page().attach(Article2(id="view"))
        return {"story": session.get(Story, 1)}

    assert ids(page_of(context_of, way)) == ["view"]


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


def test_other_middleware_between_passes_the_context_on(page_of):
    describes(Story)(article)
    between = [Middleware(Passing)]
    page = page_of(lambda session: {"story": session.get(Story, 1)}, "starlette", between=between)
    assert ids(page) == ["1"]


def test_a_server_that_takes_no_contexts_gets_none(options):
    describes(Story)(article)

    async def page(request):
        return templates().TemplateResponse(request, "page.html", {"story": Story(id=5, title="five")})

    kinds, events = [], []
    tracker = Tracker(**{**options, "before_send": lambda event: events.append(event) or event})
    app = Starlette(
        routes=[Route("/page", page)], middleware=[Middleware(TrackingMiddleware, tracker=tracker)]
    )

    async def watched(scope, receive, send):
        async def watching(message):
            kinds.append(message["type"])
            await send(message)

        await app(scope, receive, watching)

    with contextlib.closing(tracker):
        call_asgi(watched, [scope_of("/page", {})])
        assert tracker.flush(10) == 0
    assert kinds == ["http.response.start", "http.response.body"]
    assert [json.loads(entity)["data"]["id"] for entity in events[0].entities] == ["5"]


@pytest.mark.parametrize("extensions", [None, {}, {"http.response.pathsend": {}}])
def test_an_error_page_that_answers_for_an_app_that_raised_sends_no_context(options, extensions):
    describes(Story)(article)

    async def page(_request):
        raise ZeroDivisionError

    async def error_page(request, _error):
        return templates().TemplateResponse(request, "page.html", {"story": Story(title="Sorry")})

    tracker = Tracker(**options)
    app = Starlette(
        routes=[Route("/page", page)],
        middleware=[Middleware(TrackingMiddleware, tracker=tracker)],
        exception_handlers={Exception: error_page},
    )
    scope = scope_of("/page", headers=HEADERS)
    if extensions is not None:
        scope["extensions"] = extensions
    sent = []

    async def send(message):
        sent.append(message["type"])

    with (
        contextlib.closing(tracker),
        pytest.raises(ZeroDivisionError),
    ):  # Starlette raises it on, so that the server logs it
        asyncio.run(app(scope, None, send))
    assert sent == ["http.response.start", "http.response.body"]
    assert scope.get("extensions") is extensions
