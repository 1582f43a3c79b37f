"""What a page shows may be odd: nothing of it reaches the response, and the rest is described."""

from __future__ import annotations

import contextlib
import json
import sys
from collections import namedtuple
from dataclasses import dataclass

import flask
import pytest
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tracking_middleware import Article2, Tracker, TrackingError, describes, page_entity
from tracking_middleware.flask import Tracking
from tracking_middleware.metadata.objects import declaring

HEADERS = {"accept": "text/html", "sec-fetch-dest": "document"}


@dataclass
class Story:
    """What the site tells."""

    id: str


class Other:
    """What may be odd."""


@pytest.fixture(autouse=True)
def _no_descriptions(monkeypatch):
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    describes(Story)(lambda story: Article2(id=story.id))
    yield
    declaring.description_of.cache_clear()


@pytest.fixture
def page_of(options):
    """The ids on the page view of a page that was given this, with the tracker's counts."""

    def ask(context, decorate=lambda view: view):
        events = []
        tracker = Tracker(**{**options, "before_send": lambda event: events.append(event) or event})
        app = flask.Flask(__name__)
        Tracking(app, tracker=tracker)
        app.add_url_rule("/page", view_func=decorate(lambda: flask.render_template_string("page", **context)))
        with contextlib.closing(tracker):
            answer = app.test_client().get("/page", headers=HEADERS)
            assert (answer.status_code, answer.data) == (200, b"page")
            assert tracker.flush(10) == 0
            counts = tracker.stats()["errors"]
        (view,) = events
        return [json.loads(entity)["data"]["id"] for entity in view.entities], counts

    return ask


class WithoutHash(type):
    """Its classes have no hash."""

    def __eq__(cls, other):
        return cls is other


class WithoutHashClass(metaclass=WithoutHash):
    """One of them."""


class OwnDictionary:
    """Its attributes are nobody's to read."""

    __slots__ = ()

    @property
    def __dict__(self):
        raise RuntimeError("attributes")


class NothingToGet:
    """Every attribute of it raises."""

    def __getattribute__(self, name):
        raise RuntimeError(name)


class EndlessList(list):
    """What iterates it never ends."""

    def __iter__(self):
        while True:
            yield Story("never")


class AskingDictionary(dict):
    """Whose values are made when they are asked for."""

    def values(self):
        raise RuntimeError("values")


@pytest.mark.parametrize(
    "odd", [WithoutHashClass, OwnDictionary, NothingToGet, EndlessList, AskingDictionary, lambda: Story]
)
def test_an_odd_object_does_not_hide_the_others(page_of, odd):
    found, counts = page_of({"a": odd(), "b": Story("1"), "c": [odd(), Story("2")]})
    assert found == ["1", "2"]
    assert counts == {}


@pytest.mark.parametrize("error", [ValueError, RecursionError, SystemExit])
def test_whatever_a_function_raises_is_counted(page_of, error):
    def fails(_other):
        raise error

    describes(Other)(fails)
    assert page_of({"a": Other(), "b": Story("1")}) == (["1"], {"description_failed": 1})
    found, counts = page_of({}, decorate=page_entity(lambda request: sys.exit(3)))
    assert (found, counts) == ([], {"description_failed": 1})


def test_a_function_may_give_its_entities_one_by_one(page_of):
    @describes(Other)
    def several(other):
        yield Article2(id="1")
        yield Article2(id="2")

    assert page_of({"a": Other()}) == (["1", "2"], {})
    assert page_of({}, decorate=page_entity(lambda request: (yield Article2(id="3")))) == (["3"], {})


def test_an_object_that_is_called_async_is_refused_where_it_is_declared():
    class Describing:
        async def __call__(self, other):
            return None

    with pytest.raises(TrackingError, match="nobody awaits it"):
        describes(Other)(Describing())


def test_a_second_lambda_is_another_function():
    describes(Other)(lambda other: Article2(id="1"))
    with pytest.raises(TrackingError, match=r"<lambda> in line [0-9]+ already"):
        describes(Other)(lambda other: Article2(id="2"))


def test_a_function_may_be_declared_again_as_where_its_module_is_loaded_again():
    for _ in range(2):
        describes(Other)(lambda other: None)


Section = namedtuple("Section", "name stories")


def test_the_stories_of_the_sections_of_a_page_are_found(page_of):
    sections = {"News": [Story("1"), Story("2")], "Sport": (Story("3"),)}
    assert page_of({"sections": sections})[0] == ["1", "2", "3"]
    assert page_of({"sections": list(sections.items())})[0] == ["1", "2", "3"]
    assert page_of({"sections": [Section(*section) for section in sections.items()]})[0] == ["1", "2", "3"]
    assert page_of({"page": {"lead": Story("4")}})[0] == ["4"]
    assert page_of({"deep": [[[[Story("5")]]]]})[0] == []


def test_what_has_a_name_comes_before_what_is_in_lists(page_of):
    found, _ = page_of({"numbers": list(range(20_000)), "others": [Story("2")], "story": Story("1")})
    assert found == ["1"]  # the list alone is more than is looked at
    assert page_of({"others": [Story("2")], "story": Story("1")})[0] == ["1", "2"]


def test_a_list_that_holds_itself_ends(page_of):
    endless = [Story("1")]
    endless.append(endless)
    assert page_of({"a": endless})[0] == ["1"]


def test_of_a_paginator_of_sqlalchemys_the_shown_page_counts(page_of):
    class Pagination:
        """As Flask-SQLAlchemy's has them."""

        def __init__(self, items):
            self.page, self.per_page, self.items, self.total = 1, 2, items, 2

    assert page_of({"pages": Pagination([Story("1"), Story("2")])})[0] == ["1", "2"]


def test_a_relation_of_sqlalchemys_that_was_loaded_is_a_list(page_of):
    class Base(DeclarativeBase):
        """The site's models."""

    class Writer(Base):
        __tablename__ = "writer"
        id: Mapped[int] = mapped_column(primary_key=True)
        texts: Mapped[list[Text]] = relationship()

    class Text(Base):
        __tablename__ = "text"
        id: Mapped[int] = mapped_column(primary_key=True)
        writer_id: Mapped[int] = mapped_column(ForeignKey("writer.id"))

    describes(Text)(lambda text: Article2(id=str(text.id)))
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Writer(id=1, texts=[Text(id=7), Text(id=8)]))
        session.flush()
        assert page_of({"texts": session.get(Writer, 1).texts}) == (["7", "8"], {})
    engine.dispose()
