"""Pages that are odd, broken or made to be hard: nothing wrong is taken from them, and no time is lost."""

from __future__ import annotations

import gzip
import json
import time
import zlib

import brotli
import pytest

from tracking_middleware.metadata.page import read_title
from tracking_middleware.metadata.unpacking import UnknownCodingError, unpacked

from .test_reading import article, block, only_article, read

OPENGRAPH = "<meta property='og:type' content='article'>"
TITLE = b"<title>Floods</title>"


@pytest.mark.parametrize(
    "before",
    [
        "<meta name=description content='How the <title> tag works'>",
        "<meta name=description content='1 > 0: a <title>no</title>'>",
        "<div data-html='<html><head><title>no</title></head>'>",
        '<img alt="<!--"><p>',
        '<meta content="it is Ann\'s"><p data-x="<b>1</b> <title>no</title>">',
        "<a title=it's href=/>it's</a>",
        "<script>1</script><b title='<script>'>",
        "<svg><svg></svg><title>no</title></svg>",
        "<svg><symbol><title>no</title></symbol><svg viewBox='0'/><title>no</title></svg>",
        "<svg viewBox='0 0'/>",
        "<svg/><p><svg><title>no</title></svg>",
        "<template><template></template><title>no</title></template>",
    ],
)
def test_the_title_is_not_in_an_attribute_or_a_picture(before):
    assert read(f"{before}<title>Yes</title>").title == "Yes"
    assert read_title(f"{before}<title>Yes</title>".encode(), content_type="") == "Yes"


def test_what_an_attribute_quotes_is_no_tag_of_the_pages():
    quoted = block(article()) + OPENGRAPH + "<link rel=canonical href=/other>"
    said = read(f"<button data-embed='{quoted.replace(chr(39), '&#39;')}'>Copy</button><title>A</title>")
    assert (said.title, said.canonical, said.entities) == ("A", None, ())


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("<!-- <meta charset=windows-1251> --><title>é</title>".encode(), "é"),
        ("<!--><meta charset=windows-1251><title>п</title>".encode("cp1251"), "п"),
        ("<meta name=description content='of charset=windows-1251'><title>é</title>".encode(), "é"),
        ("<meta data-x='charset=koi8-r' charset='windows-1251'><title>п</title>".encode("cp1251"), "п"),
        (
            "<meta content='text/html; charset=windows-1251' http-equiv=Content-Type><title>п</title>".encode(
                "cp1251"
            ),
            "п",
        ),
        ("<meta charset=nonsense><meta charset=windows-1251><title>п</title>".encode("cp1251"), "п"),
        ("<?xml version='1.0' encoding='windows-1251'?><title>п</title>".encode("cp1251"), "п"),
    ],
)
def test_the_charset_is_that_of_a_meta_and_not_of_what_looks_like_one(content, title):
    assert read(content, content_type="text/html").title == title


@pytest.mark.parametrize("damage", ["\\u0000", "\\ud800", "\\u0085\\u0086", "\\u001b[0m", "\\ufffd"])
def test_a_damaged_text_is_left_out_and_the_rest_stays(damage):
    text = json.dumps(article(author="Ada")).replace("Floods", f"Fl{damage}oods")
    found = only_article(f"<script type='application/ld+json'>{text}</script>")
    assert (found.headline, found.authors) == (None, ["Ada"])


def test_a_title_with_a_null_is_none():
    assert read("<title>a\0b</title>").title is None


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Search: o'neill&co@example.com", "Search: REDACTED"),
        ("Search: ann%40example.com", "Search: REDACTED"),
        ("Inbox (2) - {ann}/x=y?@example.co.uk!", "Inbox (2) - REDACTED!"),
    ],
)
def test_every_address_of_email_is_redacted_as_a_whole(title, shown):
    assert read(f"<title>{title}</title>").title == shown


def test_offers_that_name_each_other_cost_neither_the_title_nor_the_page():
    things = [
        {"@type": "Product", "name": "Shoe", "offers": {"@id": "#a"}},
        {"@id": "#a", "@type": "AggregateOffer", "offers": [{"@id": "#b"}, {"@id": "#b"}]},
        {"@id": "#b", "@type": "AggregateOffer", "offers": [{"@id": "#a"}, {"@id": "#b"}]},
    ]
    said = read(f"<title>Shoe</title>{block({'@context': 'https://schema.org', '@graph': things})}")
    assert (said.title, said.unreadable) == ("Shoe", ())


def test_what_cannot_be_read_leaves_the_title(monkeypatch):
    monkeypatch.setattr("tracking_middleware.metadata.page.read_markup", None)
    said = read(TITLE)
    assert (said.title, said.unreadable) == ("Floods", ("html",))


def test_an_address_or_a_citation_is_no_identifier():
    assert only_article(block(article(identifier="https://www.example.com/?id=7"))).id == "/news/floods"
    cited = "<meta name=DC.type content=Article><meta name=DC.identifier content='Byron, A. (2026) Floods.'>"
    assert only_article(cited).id == "/news/floods"
    assert only_article(f"{cited}<meta name=DC.identifier content=doi:10.1/7>").id == "doi:10.1/7"


def test_tags_in_one_text_are_several_and_sections_in_one_text_are_nobodys():
    one = f"{OPENGRAPH}<meta property=article:tag content='rain, rivers'>"
    assert only_article(one).tags == ["rain", "rivers"]
    assert only_article(block(article(keywords="rain; rivers"))).tags == ["rain", "rivers"]
    two = f"{one}<meta property=article:tag content=floods>"
    assert only_article(two).tags == ["rain, rivers", "floods"]
    assert only_article(block(article(articleSection="News, Sport, rain"))).sections == ()
    assert only_article(block(article(articleSection=["News", "Food, Wine"]))).sections == [
        "News",
        "Food, Wine",
    ]


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "4000-01-01T00:00:00Z"]
)
def test_a_moment_that_means_never_is_left_out(text):
    assert only_article(block(article(datePublished=text))).published is None


def of_json_ld(**fields):
    return block(article(**fields))


@pytest.mark.parametrize(
    "page",
    [
        f"<script type='application/ld+json'><!--{' ' * 200_000}x</script>",
        f"<script type='application/ld+json'><!--{'/* ' * 60_000}x</script>",
        block({"@context": "https://schema.org", "@type": "Product", "category": " " * 200_000 + "x"}),
        f"<meta property=og:type content=product><meta property=product:category content='{' ' * 200_000}x'>",
        of_json_ld(headline="a@" * 100_000),
        of_json_ld(headline="<a " * 60_000),
        block([article(headline=f"Floods {number}") for number in range(3_000)]),
        "<svg><svg></svg>" * 12_000,
        "<svg '>" * 25_001,
        "<p a='><title '>" * 12_001,
        "<meta a=\"'>" * 20_001,
        "<a x='" * 30_001 + "<title >'",
        "<template><template>" * 10_000 + "</template>",
    ],
)
def test_a_page_that_is_made_to_be_slow_takes_no_longer_than_others(page):
    began = time.process_time()
    read(page)
    assert time.process_time() - began < 2


def test_a_packed_page_may_be_in_several_members():
    content = gzip.compress(TITLE[:9]) + gzip.compress(TITLE[9:])
    assert unpacked(content, "gzip", 1000) == TITLE
    assert unpacked(content, "gzip", 11) == TITLE[:11]
    assert unpacked(content + b"left over", "gzip", 1000) == TITLE
    assert unpacked(content[:-12], "gzip", 1000).startswith(TITLE[:9])
    assert unpacked(gzip.compress(b"") * 1000 + gzip.compress(TITLE), "gzip", 1000) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_page_that_is_not_packed_as_it_says_is_told(coding):
    with pytest.raises(UnknownCodingError, match="Content-Encoding"):
        unpacked(TITLE, coding, 1000)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda content: zlib.compress(content)[2:-4]),
        ("br", brotli.compress),
    ],
)
def test_a_page_that_is_cut_or_empty_is_no_fault(coding, pack):
    assert unpacked(pack(b""), coding, 1000) == b""
    assert unpacked(pack(TITLE), coding, 1000) == TITLE
    assert TITLE.startswith(unpacked(pack(TITLE)[:-6], coding, 1000))
