"""Reading a page's HTML: what is taken, what is left out, and that nothing is ever raised."""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware import Article2
from tracking_middleware.events.commerce import Product
from tracking_middleware.metadata import scanning
from tracking_middleware.metadata.page import PageMetadata, is_masked, read_page
from tracking_middleware.metadata.scanning import first_title
from tracking_middleware.privacy.redaction import Scrubbing
from tracking_middleware.settings.path_masks import masks_of

ALL = ("title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core")
URL = "https://www.example.com/news/floods"
PLAIN = Scrubbing(secrets=frozenset({"token"}))


def read(body, *, url=URL, content_type="text/html; charset=utf-8", sources=ALL, scrubbing=PLAIN):
    content = body if isinstance(body, bytes) else body.encode()
    return read_page(content, content_type=content_type, url=url, sources=sources, scrubbing=scrubbing)


def block(*things):
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)


def article(**fields):
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Floods", **fields}


def only_article(body, **options):
    (entity,) = read(body, **options).entities
    assert isinstance(entity, Article2)
    return entity


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title> A &amp;\n\tB </title>", "A & B"),
        ("<!-- <title>no</title> --><TITLE data-x='a>b'>Yes</TITLE >", "Yes"),
        ("<script>'<title>no</title>'</script><title>Yes</title>", "Yes"),
        ("<svg><title>no</title></svg><title>Yes</title>", "Yes"),
        ("<title>A <b>bold</b> one</title>", "A <b>bold</b> one"),
        ("<title>first</title><title>second</title>", "first"),
        ("<body><p>x</p><title>late</title>", "late"),
        ("<!--><title>after an empty comment</title>", "after an empty comment"),
        ("<title>\N{NO-BREAK SPACE}kept</title>", "\N{NO-BREAK SPACE}kept"),
        ("<title>Mail ann.b@news.example.com now</title>", "Mail REDACTED now"),
        ("<title></title>", None),
        ("<title>cut at the en", None),
        ("<titles>no</titles>", None),
        ("", None),
    ],
)
def test_the_title_is_that_of_the_browser(page, title):
    assert read(page, sources=("title",)).title == title
    assert read(page).title == title


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("<title>é</title>".encode("cp1252"), "text/html; charset=iso-8859-1"),
        ("<title>é</title>".encode(), "text/html;charset='UTF-8'"),
        ("<meta charset=windows-1252><title>é</title>".encode("cp1252"), "text/html"),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-15"><title>\xe9</title>',
            "text/html",
        ),
        (codecs.BOM_UTF8 + "<title>é</title>".encode(), "text/html; charset=windows-1252"),
        (codecs.BOM_UTF16_LE + "<title>é</title>".encode("utf-16-le"), "text/html"),
        ("<title>é</title>".encode(), "text/html"),
        ("<title>é</title>".encode("cp1252"), "text/html; charset=unheard-of"),
        ("<meta charset=utf-16><title>é</title>".encode(), "text/html"),
    ],
)
def test_the_charset_is_that_of_mark_header_meta_or_looks(content, content_type):
    assert read(content, content_type=content_type).title == "é"


@pytest.mark.parametrize("charset", ["base64", "zlib", "rot13", "idna", "unicode_escape", "undefined"])
def test_no_other_codec_of_pythons_is_a_charset(charset):
    assert read("<title>a</title>", content_type=f"text/html; charset={charset}").title == "a"


def test_a_damaged_title_is_none():
    assert read(b"<title>caf\xe9</title>").title is None


def test_an_article_of_json_ld_has_all_its_fields():
    page = block(
        article(
            identifier={"@type": "PropertyValue", "value": 4711},
            author=[{"@type": "Person", "name": "Ada Byron"}, "Max Weaver"],
            articleSection=["News", "Weather"],
            about={"@type": "Thing", "name": "floods"},
            keywords="rivers, rain",
            datePublished="2026-03-14T09:30:00Z",
            dateModified="2026-03-14T11:30:00+01:00",
            wordCount="640",
            isAccessibleForFree=True,
            inLanguage="en_GB",
        )
    )
    assert only_article(page) == Article2(
        id="4711",
        headline="Floods",
        authors=["Ada Byron", "Max Weaver"],
        sections=["News", "Weather"],
        subject="floods",
        tags=["rivers", "rain"],
        published=datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
        modified=datetime(2026, 3, 14, 10, 30, tzinfo=UTC),
        words=640,
        content_type="NewsArticle",
        access="free",
        language="en-GB",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("datePublished", "2026-03-14T09:30:00"),
        ("datePublished", "2026-03-14"),
        ("datePublished", "0001-01-01T00:00:00Z"),
        ("datePublished", "1970-01-01T00:00:00Z"),
        ("datePublished", 1710408600),
        ("wordCount", 0),
        ("wordCount", "about 600"),
        ("wordCount", True),
        ("inLanguage", "English"),
        ("author", "https://social.example/ada"),
        ("author", "ada@example.com"),
        ("author", {"@type": "Person"}),
        ("author", "undefined"),
        ("keywords", "{{ keywords }}"),
        ("isAccessibleForFree", False),
        ("about", [{"name": "a"}, {"name": "b"}]),
        ("identifier", "ada@example.com"),
    ],
)
def test_what_may_be_wrong_is_left_out(field, value):
    assert only_article(block(article(**{field: value}))) == only_article(block(article()))


@pytest.mark.parametrize(
    "page",
    [
        block({"@context": "https://www.w3.org/ns/activitystreams", "@type": "Article", "headline": "x"}),
        block({"@context": "https://schema.org", "@type": "Blog", "blogPost": [article()]}),
        block(
            {
                "@context": "https://schema.org",
                "@type": "ItemList",
                "itemListElement": [{"@type": "ListItem", "item": article()}],
            }
        ),
        block(article(url="/news/another")),
        block(article(headline="a"), article(headline="b")),
        "<!-- " + block(article()) + " -->",
        "<textarea>" + block(article()) + "</textarea>",
        '<meta property="og:type" content="website"><meta property="og:title" content="x">',
        '<meta name="parsely-type" content="sectionpage"><meta name="parsely-title" content="x">',
        '<meta name="DC.title" content="x"><meta name="DC.creator" content="Ada">',
    ],
)
def test_a_page_that_does_not_say_that_it_is_an_article_is_none(page):
    assert read(page).entities == ()


def test_of_several_articles_it_is_the_one_that_names_this_page():
    page = block(
        article(headline="teaser", url="/news/other"), article(mainEntityOfPage={"@id": URL + "/#page"})
    )
    assert only_article(page).headline == "Floods"


@pytest.mark.parametrize(
    "wrapping", ["//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/{}/*]]>*/", "<!--\n{}\n-->", "{};", "\ufeff{}"]
)
def test_wrapped_blocks_are_read(wrapping):
    text = wrapping.replace("{}", json.dumps(article()))
    assert only_article(f'<script type="application/ld+json">{text}</script>').headline == "Floods"


def test_a_broken_block_is_told_and_the_others_are_read():
    said = read('<script type="application/ld+json">{"a": </script>' + block(article()))
    assert said.unreadable == ("json-ld",)
    assert len(said.entities) == 1


def test_the_first_source_in_the_sites_order_wins_and_disagreement_is_told():
    page = block(article(author="Ada")) + (
        '<meta property="og:type" content="article"><meta property="og:title" content="Rivers rise">'
        '<meta property="article:section" content="News">'
    )
    said = read(page, sources=("json-ld", "opengraph"))
    (one,) = said.entities
    assert (one.headline, one.authors, one.sections, said.conflicts) == (
        *("Floods", ["Ada"], ["News"]),
        ("headline",),
    )
    (other,) = read(page, sources=("opengraph", "json-ld")).entities
    assert other.headline == "Rivers rise"


@pytest.mark.parametrize(
    ("links", "canonical"),
    [
        ('<link rel="canonical" href="/news/floods?token=1">', URL + "?token=REDACTED"),
        (
            '<base href="https://cdn.example/x/"><link href="y" rel="Canonical nofollow">',
            "https://cdn.example/x/y",
        ),
        ('<link rel="canonical" href="javascript:x">', None),
        ('<link rel="canonical" href="https://[bad/">', None),
        ('<link rel="canonical" href="/a"><link rel="canonical" href="/b">', None),
        ('<link rel="canonical" href="">', None),
        ('<link rel="stylesheet" href="/a">', None),
    ],
)
def test_the_canonical_url_is_absolute_scrubbed_and_one(links, canonical):
    assert read(links).canonical == canonical


def test_the_id_is_the_sources_else_the_canonical_path_else_the_pages():
    assert only_article(block(article())).id == "/news/floods"
    link = '<link rel="canonical" href="https://m.example.com/?p=5">'
    assert only_article(link + block(article())).id == "/?p=5"
    assert only_article(link + block(article(identifier="X1"))).id == "X1"


@pytest.mark.parametrize("url", ["http://[::::]/reset/x", "http://[v1.x"])
def test_what_cannot_be_read_as_a_url_may_be_masked(url):
    scrubbing = Scrubbing(secrets=frozenset(), masks=masks_of(("/reset/<token>",)))
    assert is_masked(url, scrubbing)
    assert not is_masked(url, PLAIN)


def test_nothing_is_read_on_masked_paths():
    scrubbing = Scrubbing(secrets=frozenset(), masks=masks_of(("/reset/<token>",)))
    page = "<title>Ada's reset</title>" + block(article())
    assert read(page, url="https://a.example/reset/k1", scrubbing=scrubbing) == PageMetadata()
    assert read(page, url="https://a.example/news", scrubbing=scrubbing).title == "Ada's reset"


OFFER = {
    "@type": "Offer",
    "price": "19.90",
    "priceCurrency": "eur",
    "availability": "https://schema.org/InStock",
}
SHOE = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "RS-1",
    "name": "Shoe",
    "category": "Women > Shoes",
}


def test_a_product_is_one_of_iglu_centrals():
    page = block(
        {**SHOE, "brand": {"@type": "Brand", "name": "Acme"}, "offers": [OFFER, {**OFFER, "price": 19.9}]}
    )
    assert read(page).entities == (
        Product(
            id="RS-1",
            category="Women/Shoes",
            price=Decimal("19.90"),
            currency="EUR",
            name="Shoe",
            brand="Acme",
            inventory_status="in stock",
        ),
    )


@pytest.mark.parametrize(
    "offers",
    [
        None,
        [OFFER, {**OFFER, "price": "29.90"}],
        {**OFFER, "price": "19,90"},
        {**OFFER, "price": "1e3"},
        {**OFFER, "price": "19.999"},
        {**OFFER, "priceCurrency": "Euro"},
        {"@type": "AggregateOffer", "lowPrice": "1", "highPrice": "2", "priceCurrency": "EUR"},
    ],
)
def test_a_product_whose_price_nobody_knows_is_none(offers):
    assert read(block({**SHOE, "offers": offers})).entities == ()


pieces = st.sampled_from(
    [
        *("<title>", "</title>", "<script type='application/ld+json'>", "</script>", "<!--", "-->", "<body>"),
        *(
            '{"@type":"Article"',
            '"@graph":[',
            '"author":{"name":',
            "]}",
            "}",
            '"',
            "'",
            "<",
            "&amp;",
            "&#x110000;",
        ),
        *("<meta property='og:type' content=article>", "<link rel=canonical href='//[x'>", "<base href=///>"),
        *("[" * 2000, '{"a":' * 500, "\x00", "\ufffd", "<svg>", "<template>", "=", ">", "/", " "),
    ]
) | st.text(max_size=8)


@given(
    st.lists(pieces, max_size=30).map("".join),
    st.sampled_from(["", "text/html", "text/html; charset=utf-16"]),
)
@settings(max_examples=400, deadline=None)
def test_no_text_raises(page, content_type):
    said = read(page, content_type=content_type)
    assert isinstance(said, PageMetadata)
    assert "html" not in said.unreadable


heads = st.lists(
    st.sampled_from(
        [
            *("<title>", "</title>", "<TITLE >", "<title/", "<titles>", "</title >", "<script>", "</script>"),
            *(
                "<!--",
                "-->",
                "<!doctype html>",
                "<meta charset=utf-8>",
                "<Math>",
                "</math>",
                "<svg>",
                "</svg>",
            ),
            *("<link a='<title>'>", "<i>", "<html lang=en>", "a > b", "A headline", "<", "\n", "<noscript>"),
        ]
    ),
    max_size=10,
).map("".join)


@given(heads)
def test_the_short_way_to_a_title_is_that_through_all_elements(head):
    body = head.encode()
    elements = scanning._elements(body, scanning._OF_TITLE)
    titles = (None if end < 0 else body[start:end] for name, _, start, end in elements if name == b"title")
    assert first_title(body) == next(titles, None)


def test_the_title_of_most_pages_is_found_in_few_steps(monkeypatch):
    monkeypatch.setattr(scanning, "_elements", None)
    head = b"<!doctype html><html lang=en><head><meta charset=utf-8><link rel=icon href=/a>"
    assert first_title(head + b"<title>A headline</title>") == b"A headline"
    assert first_title(head + b"<p>No headline</p>" * 9) is None


things = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("2026-03-14T09:30:00Z"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@id", "@value", "name", "url", "position", "item", "price", "offers", "value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
names = st.sampled_from(
    [
        *(
            "identifier",
            "headline",
            "author",
            "articleSection",
            "about",
            "keywords",
            "datePublished",
            "offers",
        ),
        *(
            "wordCount",
            "isAccessibleForFree",
            "inLanguage",
            "url",
            "mainEntityOfPage",
            "category",
            "brand",
            "sku",
        ),
        *("itemListElement", "@graph", "@id", "mainEntity", "name", "size"),
    ]
)


@given(
    st.lists(
        st.builds(
            lambda kind, fields: {"@type": kind, **fields},
            st.sampled_from(["Article", "Product", "BreadcrumbList", "WebPage"]),
            st.dictionaries(names, things, max_size=6),
        ),
        max_size=3,
    )
)
@settings(max_examples=400, deadline=None)
def test_no_thing_raises(described):
    said = read('<script type="application/ld+json">' + json.dumps(described) + "</script>")
    assert "html" not in said.unreadable


def test_any_bytes_raise_nothing_and_are_counted_where_the_parser_fails(monkeypatch):
    monkeypatch.setattr("tracking_middleware.metadata.page.read_markup", lambda *_: 1 / 0)
    assert read(b"\x00" * 100).unreadable == ("html",)


@given(st.binary(max_size=300))
def test_no_bytes_raise(content):
    assert "html" not in read(content, content_type="text/html").unreadable


def test_the_title_alone_needs_no_parser():
    code = (
        "import sys; sys.modules['selectolax'] = None\n"
        "from tracking_middleware.metadata.page import read_page\n"
        "from tracking_middleware.privacy.redaction import Scrubbing\n"
        "options = dict(content_type='text/html', url='https://a.example/', sources=('title',))\n"
        "options['scrubbing'] = Scrubbing(secrets=frozenset())\n"
        "print(read_page(b'<title>a</title>', **options).title)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["a"]


def test_without_the_parser_what_needs_it_is_refused_with_the_line_that_installs_it():
    code = (
        "import sys; sys.modules['selectolax'] = None\n"
        "from tracking_middleware import Settings, SettingsError\n"
        "try: Settings(collector_url='log:', app_id='a', metadata=['title', 'json-ld'])\n"
        "except SettingsError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "tracking_middleware[metadata]"' in printed


@pytest.mark.parametrize(
    "unclosed",
    ["<script ", "<!--", "<title>", "<svg>", "<style>x", "<a '", "<body ", "<div>", '<meta "', "<b><i>"],
)
def test_what_is_never_closed_takes_no_longer_than_its_length(unclosed):
    began = datetime.now(UTC)
    read(unclosed * (200_000 // len(unclosed)))
    assert (datetime.now(UTC) - began).total_seconds() < 2
