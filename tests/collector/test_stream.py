"""The stream of the live page from the moment its answer begins."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from tracking_middleware.collector.filtering.articles import ArticleFilters
from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.pages.stream import Ending, Streams
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.store.store import Store
from tracking_middleware.journeys.answers.settings import ARTICLE

from ..conftest import PATIENCE
from .conftest import page_view
from .test_store_commits import rows


def test_what_comes_just_after_the_answer_began_is_told(tmp_path):
    store = Store(tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="before")))

    async def listen():
        showing = Showing(Iglu().hiding)
        articles = ArticleFilters(store, ARTICLE, showing)
        streams = Streams(store, showing, Ending(), articles=articles, zone="UTC")
        request = Request({"type": "http", "method": "GET", "query_string": b"", "headers": []})
        messages = (await streams.open(request)).body_iterator
        store.add(rows(page_view(page="just after")))
        told = [await asyncio.wait_for(anext(messages), PATIENCE) for _ in range(2)]
        await messages.aclose()
        return told

    begin, message = asyncio.run(listen())
    assert begin == "retry: 1000\n\n"
    assert message.startswith("event: rows\nid: 2\n")
    assert "just after" in message
    assert '"before"' not in message
    store.close()
