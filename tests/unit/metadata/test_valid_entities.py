"""Whatever a page says, what is taken from it is valid by its schema: else it would cost the page view."""

from __future__ import annotations

import html
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracking_middleware.collector.schemas.iglu import load_iglu
from tracking_middleware.events.entities import encode_entity

from .test_reading import OFFER, read

check = load_iglu().validation.for_request()

MOMENTS = st.one_of(
    st.datetimes(timezones=st.timezones(), allow_imaginary=True).map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "2026-01-01T10:00:00+01:00:30",
            "2026-W01-1T10:00:00Z",
            "Thu, 01 Jan 2026 10:00:00 +9999",
            "20260101T100000.5Z",
        ]
    ),
)
TEXTS = st.one_of(
    st.text(max_size=30),
    MOMENTS,
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["x" * 5000, "EUR", "en_GB", "free", "a/b > c", "\N{COMBINING ACUTE ACCENT}" * 300, "a;b", "ß" * 255]
    ),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.fixed_dictionaries(
            {}, optional={"name": inner, "@value": inner, "value": inner, "price": inner, "@id": TEXTS}
        ),
    ),
    max_leaves=6,
)
OF_ARTICLES = [
    "headline",
    "author",
    "articleSection",
    "about",
    "keywords",
    "datePublished",
    "dateModified",
    "wordCount",
    "isAccessibleForFree",
    "inLanguage",
    "identifier",
    "name",
]
OF_PRODUCTS = ["name", "sku", "mpn", "category", "brand", "size", "offers"]
METAS = [
    "og:title",
    "og:locale",
    "article:tag",
    "article:section",
    "article:author",
    "article:published_time",
    "article:content_tier",
    "parsely-title",
    "parsely-post-id",
    "parsely-pub-date",
    "parsely-author",
    "parsely-tags",
    "DC.identifier",
    "DC.creator",
    "DC.date",
    "DC.language",
    "product:price:amount",
    "product:price:currency",
    "product:category",
    "product:availability",
    "product:retailer_item_id",
]


def assert_valid(page):
    said = read(page)
    for entity in said.entities:
        described = json.loads(encode_entity(entity)[1])
        assert [problem.sentence for problem in check(described, "entity", [])] == []


@given(
    st.dictionaries(st.sampled_from(OF_ARTICLES), VALUES),
    st.dictionaries(st.sampled_from(OF_PRODUCTS), VALUES),
)
@example({"datePublished": "9999-12-31T23:59:59-23:59"}, {})
@settings(max_examples=60, deadline=None)
def test_of_json_ld(article, product):
    shoe = {"name": "Shoe", "sku": "1", "category": "Shoes", "offers": OFFER}
    things = [{"@type": "Article", **article}, {"@type": "Product", **shoe, **product}]
    text = json.dumps({"@context": "https://schema.org", "@graph": things}).replace("</", "<\\/")
    assert_valid(f"<script type='application/ld+json'>{text}</script>")


@given(
    st.sampled_from(["article", "product"]), st.lists(st.tuples(st.sampled_from(METAS), TEXTS), max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_of_meta_tags(kind, metas):
    tags = [
        ("og:type", kind),
        ("parsely-title", "x"),
        ("parsely-type", "post"),
        ("DC.type", "article"),
        *metas,
    ]
    needed = [("product:retailer_item_id", "1"), ("product:category", "x"), ("product:price:amount", "1")]
    written = [f'<meta name="{name}" content="{html.escape(text)}">' for name, text in [*tags, *needed]]
    assert_valid("".join(written))
