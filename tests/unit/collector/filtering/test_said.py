"""What an event says of its article is what the model ``event_fields`` reads in it."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.collector.filtering.said import articles_of
from tracking_middleware.journeys.answers.making import fill_given
from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import ARTICLE, Answers, Described
from tracking_middleware.journeys.models import ANSWERS
from tracking_middleware.journeys.reading.asked import Filter

OURS = "iglu:org.tracking_middleware/article/jsonschema/"
OWN = Described(
    "entity",
    (Schema("iglu:com.acme/story/jsonschema/1-*-*"), Schema("iglu:com.acme/note/jsonschema/1-0-*")),
    {"id": ("slug",), "author": ("byline", "editor"), "subject": ("desk",)},
)
(FIELDS,) = [model.sql for model in ANSWERS if model.name == "event_fields"]
WORDS = st.sampled_from(["", "Ada", "Zoë Ä", "100%_", 'O\'Brien "x"', "\N{GRINNING FACE}", " "])
SCALARS = WORDS | st.none() | st.booleans() | st.integers(-(2**40), 2**40)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.just({"name": "Ada"}) | st.just([["Ada"], {"a": 1}])
NAMES = ("id", "slug", "authors", "author", "byline", "editor", "subject", "desk")
DATA = st.dictionaries(st.sampled_from(NAMES), VALUES) | st.just([1]) | st.none() | st.just("Ada")
URIS = st.sampled_from(
    (
        *(f"{OURS}1-0-0", f"{OURS}2-3-1", f"{OURS}3-0-0", "iglu:com.acme/story/jsonschema/1-2-3"),
        *("iglu:com.acme/note/jsonschema/1-0-7", "iglu:com.acme/note/jsonschema/1-1-0", "iglu:com.acme/x"),
    )
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["page_view", "page_view", "struct"]),
        st.lists(st.fixed_dictionaries({"schema": URIS, "data": DATA}), max_size=3),
    ),
    max_size=4,
)


def by_the_model(events, described):
    """By event and entity, the authors and subjects of those that have an id."""
    with duckdb.connect() as connection:
        fill_given(connection, Answers(article=described), [])
        connection.execute(
            "CREATE TABLE events (event_id VARCHAR, event VARCHAR, contexts VARCHAR, unstruct_event VARCHAR)"
        )
        for number, (event, entities) in enumerate(events):
            contexts = json.dumps({"schema": "iglu:x", "data": entities}, ensure_ascii=False)
            connection.execute("INSERT INTO events VALUES (?, ?, ?, NULL)", [str(number), event, contexts])
        rows = connection.execute(f"SELECT event_id, number, kind, value FROM ({FIELDS})").fetchall()
    found = {}
    for event, number, kind, value in rows:
        found.setdefault((event, number), {}).setdefault(kind, set()).add(value)
    by_event = {}
    for (event, _), kinds in sorted(found.items()):
        if "id" in kinds:
            said = (frozenset(kinds.get("author", ())), frozenset(kinds.get("subject", ())))
            by_event.setdefault(event, []).append(said)
    return by_event


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.sampled_from([ARTICLE, OWN]))
def test_articles_are_those_of_the_model(events, described):
    found = {}
    for number, (event, entities) in enumerate(events):
        columns = {"event": event, "contexts": {"schema": "iglu:x", "data": entities}}
        if articles := articles_of(columns, described):
            found[str(number)] = [(each.authors, each.subjects) for each in articles]
    assert found == by_the_model(events, described)


@pytest.mark.parametrize("contexts", [None, {}, {"data": None}, {"data": [None, 1, {"schema": 1}]}, []])
def test_what_has_no_entities_says_nothing(contexts):
    assert articles_of({"event": "page_view", "contexts": contexts}, ARTICLE) == ()


def test_author_and_subject_are_of_one_article():
    data = [{"id": "1", "authors": ["Ada", "Bo"], "subject": "sea"}, {"id": "2", "subject": "rail"}]
    entities = [{"schema": f"{OURS}2-0-0", "data": each} for each in data]
    one, other = articles_of({"event": "page_view", "contexts": {"data": entities}}, ARTICLE)
    assert one.passes(Filter(author="Bo", subject="sea"))
    assert not one.passes(Filter(author="bo"))
    assert not any(each.passes(Filter(author="Ada", subject="rail")) for each in (one, other))
    assert all(each.passes(Filter()) for each in (one, other))
