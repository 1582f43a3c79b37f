"""What a page says of itself beside what its view said: packed pages, canonical URLs, entities, counts."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import Article, SettingsError, Tracker, current_page
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.metadata.kept import BodyMemory, KeptBody
from tracking_middleware.metadata.unpacking import UnknownCodingError, unpacked
from tracking_middleware.wsgi import WSGIMiddleware

ALL = ["title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core"]
THING = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Rivers rise"}
BLOCK = f"<script type='application/ld+json'>{json.dumps(THING)}</script>"
BROWSER = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_DEST": "document"}


class Seen:
    """A site with one page, and what was sent of it."""

    def __init__(self):
        self.events = []

    def visit(
        self,
        body,
        *,
        headers=(),
        path="/a",
        query="",
        host="a.example",
        view=lambda: None,
        receive=None,
        **settings,
    ):
        def site(_environ, start_response):
            view()
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers])
            return [body] if isinstance(body, bytes) else body

        tracker = Tracker(
            collector_url="log:",
            app_id="test",
            before_send=lambda event: self.events.append(event) or event,
            **settings,
        )
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "203.0.113.9",
            "HTTP_HOST": host,
            "wsgi.url_scheme": "https",
            **BROWSER,
        }
        answered = WSGIMiddleware(site, tracker=tracker)(environ, lambda *_: None)
        if receive is not None:
            receive(answered)
        else:
            assert answered is body or body in answered
        tracker.close(5)
        return self.events[-1], tracker.stats()["errors"]


@pytest.fixture
def seen():
    return Seen()


PAGE = "<!doctype html><title>Grüße</title>".encode()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("x-gzip", gzip.compress(PAGE)),
        ("GZIP", gzip.compress(PAGE + b"x" * 100_000)[:-8]),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("br", brotli.compress(PAGE)),
        ("identity", PAGE),
    ],
    ids=["gzip", "x-gzip", "cut gzip", "deflate", "bare deflate", "br", "identity"],
)
def test_packed_pages_are_read(seen, coding, body):
    event, errors = seen.visit(body, headers=[("Content-Encoding", coding)])
    assert (event.page_title, errors) == ("Grüße", {})


@pytest.mark.parametrize("coding", ["zstd", "gzip, br", "unheard-of"])
def test_a_coding_that_nobody_undoes_is_counted(seen, coding):
    event, errors = seen.visit(PAGE, headers=[("Content-Encoding", coding)])
    assert (event.page_title, errors) == ("", {"metadata_unreadable": 1})


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, brotli.compress])
def test_a_bomb_is_unpacked_no_further_than_is_read(pack):
    coding = {gzip.compress: "gzip", zlib.compress: "deflate", brotli.compress: "br"}[pack]
    assert unpacked(pack(b"a" * 50_000_000), coding, 1000) == b"a" * 1000


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "", "zstd"]))
def test_no_bytes_raise_but_what_is_said(content, coding):
    try:
        assert len(unpacked(content, coding, 100)) <= 100
    except UnknownCodingError:
        assert coding  # which nobody undoes, or the bytes are none of it


def test_a_page_is_read_as_far_as_the_setting_says(seen):
    late = b"<!--" + b"x" * 2000 + b"--><title>late</title>"
    assert seen.visit(late, metadata_bytes=1024)[0].page_title == ""
    assert seen.visit(late)[0].page_title == "late"


def test_what_may_change_is_not_kept(seen):
    event, errors = seen.visit([bytearray(PAGE)])
    assert (event.page_title, errors) == ("", {"metadata_skipped": 1})


class Array(list):
    """Whose truth is nobody's to ask, as that of NumPy's."""

    def __bool__(self):
        raise ValueError("the truth of an array is ambiguous")


def released():
    view = memoryview(PAGE)
    view.release()
    return view


@pytest.mark.parametrize("chunk", [Array([1, 2]), released()], ids=["array", "released memoryview"])
@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_chunks_that_will_not_say_whether_they_are_empty_reach_the_server(seen, chunk, kind):
    received = []
    event, errors = seen.visit(kind([chunk]), receive=received.extend)
    assert len(received) == 1
    assert received[0] is chunk
    assert (event.page_title, errors) == ("", {"metadata_skipped": 1})


def test_such_a_chunk_reaches_a_server_of_asgi():
    sent, chunk = [], released()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
    end = {"type": "http.response.body", "body": chunk}

    async def site(_scope, _receive, send):
        await send(start)
        await send(end)

    async def send(message):
        sent.append(message)

    tracker = Tracker(collector_url="log:", app_id="test")
    headers = [(b"accept", b"text/html"), (b"sec-fetch-dest", b"document")]
    scope = {"type": "http", "method": "GET", "path": "/a", "query_string": b"", "headers": headers}
    asyncio.run(ASGIMiddleware(site, tracker=tracker)(scope, None, send))
    tracker.close(5)
    assert len(sent) == 2
    assert sent[1] is end
    assert tracker.stats()["errors"]["metadata_skipped"] == 1


def test_no_title_is_read_on_masked_paths(seen):
    event, _ = seen.visit(PAGE, path="/reset/k1", mask_paths=["/reset/<token>"])
    assert event.page_title == ""


def test_addresses_of_e_mail_are_redacted(seen):
    assert seen.visit(b"<title>Hello ann@mail.example</title>")[0].page_title == "Hello REDACTED"


def test_a_view_that_set_an_empty_title_has_said_it(seen):
    def view():
        current_page().title = ""

    assert seen.visit(PAGE, view=view)[0].page_title == ""
    assert seen.visit(PAGE, view=view, metadata=ALL)[0].page_title == ""


@pytest.mark.parametrize(
    ("link", "query", "url"),
    [
        ("https://a.example/b", "", "https://a.example/b"),
        ("/b", "utm_source=x&sort=1&gclid=2", "https://a.example/b?utm_source=x&gclid=2"),
        ("/b?p=5", "p=5&utm_source=x", "https://a.example/b?p=5&utm_source=x"),
        ("http://A.example/b", "", "https://a.example/b"),
        ("https://other.example/b", "sort=1", "https://a.example/a?sort=1"),
    ],
)
def test_the_canonical_url_is_the_pages_with_the_way_that_the_visitor_came(seen, link, query, url):
    event, _ = seen.visit(f"<link rel=canonical href='{link}'>".encode(), query=query, metadata=ALL)
    assert event.page_url == url


def test_a_url_that_the_view_set_wins(seen):
    def view():
        current_page().url = "https://a.example/own"

    event, _ = seen.visit(b"<link rel=canonical href='/b'>", view=view, metadata=ALL)
    assert event.page_url == "https://a.example/own"


def test_a_view_that_attached_an_article_has_said_what_the_page_is_about(seen):
    event, _ = seen.visit(BLOCK.encode(), view=lambda: current_page().attach(Article("own")), metadata=ALL)
    assert [json.loads(each)["data"]["id"] for each in event.entities] == ["own"]


def test_the_pages_entities_count_among_all(seen):
    event, errors = seen.visit(BLOCK.encode(), metadata=ALL, max_entities=0)
    assert (event.entities, errors) == ((), {"too_many_entities": 1})


def test_what_sources_disagree_about_is_counted(seen):
    og = b"<meta property='og:type' content=article><meta property='og:title' content='Other'>"
    event, errors = seen.visit(BLOCK.encode() + og, metadata=["opengraph", "json-ld"])
    assert json.loads(event.entities[0])["data"]["headline"] == "Other"
    assert errors == {"metadata_conflict": 1}


def test_a_broken_block_is_counted(seen):
    assert seen.visit(b"<script type='application/ld+json'>{</script>", metadata=ALL)[1] == {
        "metadata_unreadable": 1
    }


@pytest.mark.parametrize("sources", [["title"], ALL])
def test_a_bug_in_reading_costs_no_page_view(seen, monkeypatch, sources):
    monkeypatch.setattr(KeptBody, "content", lambda _: 1 / 0)
    event, errors = seen.visit(PAGE, metadata=sources)
    assert (event.page_url, event.page_title, errors) == ("https://a.example/a", "", {"internal": 1})


def test_a_host_that_is_none_raises_nothing(seen):
    event, _ = seen.visit(b"<link rel=canonical href='https://a.example/b'>", host="[bad", metadata=ALL)
    assert event.page_title == ""


def test_memory_is_given_back():
    memory = BodyMemory(most=1000, of_each=500)
    kept = [KeptBody(memory, (), memory.of_each) for _ in range(4)]
    for body in kept:
        body.add_all([b"x" * 200, b"y" * 200])
    assert [body.is_given_up for body in kept] == [False, False, True, True]
    assert memory.held == 800
    kept.clear()
    del body
    assert memory.held == 0


@pytest.mark.parametrize(("sources", "is_told"), [(["title", "canonical"], False), (["json-ld"], True)])
def test_the_start_names_the_schema_that_the_registry_needs(caplog, sources, is_told):
    with caplog.at_level("INFO", "tracking_middleware"):
        app = WSGIMiddleware(lambda *_: [], collector_url="log:", app_id="a", metadata=sources)
    app.tracker.close(1)
    assert ("article/jsonschema/2-0-0" in caplog.text and "schema export --own" in caplog.text) == is_told


def test_a_source_that_there_is_not_is_refused():
    with pytest.raises(SettingsError, match=r"metadata holds 'microdata': it may hold 'title', 'canonical'"):
        Tracker(collector_url="log:", app_id="a", metadata=["title", "microdata"])


def test_sources_that_need_the_parser_are_refused_without_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    Tracker(collector_url="log:", app_id="a", metadata="title").close(1)
    with pytest.raises(SettingsError, match=r'pip install "tracking_middleware\[metadata\]"'):
        Tracker(collector_url="log:", app_id="a", metadata="title, json-ld")
