"""What the newest events say of articles is read in parts, in bounded time, and never with a gap."""

from __future__ import annotations

import pytest

from tracking_middleware.collector.filtering import newest
from tracking_middleware.collector.filtering.newest import NewestArticles
from tracking_middleware.collector.store.rows import Row
from tracking_middleware.collector.store.store import Store
from tracking_middleware.journeys.answers.settings import ARTICLE

URI = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"


def row(author):
    """A page view of an article of an author's; of None none, and of an empty text one that failed."""
    data = [] if author is None else [{"schema": URI, "data": {"id": "1", "authors": [author]}}]
    event = {"event": "page_view", "contexts": {"schema": "iglu:x", "data": data}}
    columns = dict.fromkeys(("app_id", "platform", "event_name", "derived_tstamp"))
    return Row(author != "", "2026-11-29T08:00:00.000Z", {"event": {**columns, **event}, "contexts": []})


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(newest, "_PART", 4)
    monkeypatch.setattr(newest, "MOST_EVENTS", 20)


def ids(articles, author="Ada"):
    return sorted(number for number, said in articles.said() if author in said[0].authors)


def test_all_are_read_at_once_where_there_is_time(store, few):
    store.add([row("Ada"), row(None), row("Bo"), row("")] * 4)
    articles = NewestArticles(store, ARTICLE)
    articles.refresh(patience=60)
    assert ids(articles) == [1, 5, 9, 13]
    assert (articles.looked_at, articles.is_whole) == (12, True)
    counts = articles.counted()
    assert (counts.authors, counts.uris) == ({"Ada": 4, "Bo": 4}, {URI})


def test_without_time_a_part_is_read_each_time_the_newest_first(store, few):
    store.add([row("Ada")] * 10)
    articles = NewestArticles(store, ARTICLE)
    seen = []
    while not articles.is_whole:
        articles.refresh(patience=0)
        seen.append(ids(articles))
    assert seen == [[7, 8, 9, 10], list(range(3, 11)), list(range(1, 11))]


def test_what_comes_meanwhile_is_read_first_and_leaves_no_gap(store, few):
    store.add([row("Ada")] * 10)
    articles = NewestArticles(store, ARTICLE)
    articles.refresh(patience=60)
    store.add([row("Ada")] * 9)
    articles.refresh(patience=0)
    assert ids(articles) == [16, 17, 18, 19], "those before would have a gap between them"
    assert not articles.is_whole
    articles.refresh(patience=60)
    assert ids(articles) == list(range(1, 20))


def test_only_the_newest_good_events_are_kept(store, few):
    articles = NewestArticles(store, ARTICLE)
    for author in ("Ada", "", "Bo"):
        store.add([row(author)] * 15)
        articles.refresh(patience=60)
    assert ids(articles, "Bo") == list(range(31, 46))
    assert 5 <= len(ids(articles)) < 5 + newest._PART
    assert articles.is_whole


def test_an_emptied_store_is_read_anew(store, few):
    store.add([row("Ada")] * 6)
    articles = NewestArticles(store, ARTICLE)
    articles.refresh(patience=60)
    store.clear()
    articles.refresh(patience=60)
    assert (ids(articles), articles.is_whole) == ([], True)
    store.add([row("Ada")])
    articles.refresh(patience=60)
    assert ids(articles) == [7]


def test_many_small_commits_are_kept_in_few_parts(store, few):
    articles = NewestArticles(store, ARTICLE)
    for _ in range(16):
        store.add([row("Ada")])
        articles.refresh(patience=60)
    assert len(articles._parts) <= 8
    assert ids(articles) == list(range(1, 17))
    assert articles.counted().authors == {"Ada": 16}
