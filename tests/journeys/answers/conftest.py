"""Stories with articles, orders and returns in them."""

import json

import pytest

from tracking_middleware.journeys.answers.settings import Answers

from ..conftest import Tables, entities, web_page

ARTICLE = "iglu:org.tracking_middleware/article/jsonschema"
SHOP = "iglu:com.acme"


def article(name, *, version="2-0-0", **fields):
    return (f"{ARTICLE}/{version}", {"id": name, **fields})


@pytest.fixture
def read(story):
    """Both sides tell of somebody who reads a page."""

    def add(minutes, *described, name, who, session, sides=("server", "browser"), pinged=(), **columns):
        ids = {"device": who, "session": session, **columns}
        if "server" in sides:
            contexts = entities(web_page(name), *described)
            story.add(minutes, side="server", name=f"{name} server", contexts=contexts, **ids)
        if "browser" in sides:
            story.add(minutes + 0.01, name=f"{name} browser", contexts=entities(web_page(name)), **ids)
        for number, share in enumerate(pinged, start=1):
            scrolled = {"pp_yoffset_max": int(1000 * share), "br_viewheight": 0, "doc_height": 1000}
            story.add(
                minutes + number / 5, event="page_ping", contexts=entities(web_page(name)), **ids, **scrolled
            )

    return add


def described(schema, data):
    """``unstruct_event`` of an event of a shop's."""
    inner = {"schema": f"{SHOP}/{schema}/jsonschema/1-0-0", "data": data}
    whole = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": inner}
    return json.dumps(whole)


@pytest.fixture
def asked(tables, story):
    """The rows of a query on the tables of the story; made anew where it, or what is asked, differs."""
    made: dict[str, Tables] = {}

    def ask(question, *given, **answers):
        wanted = repr((story.rows, sorted(answers.items())))
        if wanted not in made:
            made.clear()
            made[wanted] = tables(story, answers=Answers(**answers))
        return made[wanted].ask(question, *given)

    return ask
