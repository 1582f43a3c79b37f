"""HTML as values: whatever the text is, it comes out as text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.html import document, render, tag

HOSTILE = st.one_of(
    st.text(),
    st.text(st.characters()),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='alert(1)",
            "</title></textarea><svg onload=alert(1)>",
            "&lt;b&gt;&#x3C;b&#x3E;",
            "<!--",
            "]]>",
            "\ud800",
            "a\0b",
        ]
    ),
)


class Reading(HTMLParser):
    """What a browser would make of it: tags with attributes, and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.texts = []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append((name, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.tags.append(("comment", data))


def written(text):
    """Text as it can be written: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


@given(HOSTILE, HOSTILE, HOSTILE)
def test_text_and_attributes_come_out_as_they_went_in(text, other, attribute):
    element = tag("p", text, tag("b", [other]), title=attribute, data_id=attribute)
    reading = Reading(render(element))
    assert reading.tags == [
        ("p", {"title": written(attribute), "data-id": written(attribute)}),
        ("b", {}),
    ]
    assert "".join(reading.texts) == written(text + other)


@given(HOSTILE)
def test_a_document_is_always_utf8(text):
    page = document(tag("html", tag("body", text)))
    assert page.startswith(b"<!doctype html><html><body>")
    page.decode()


@given(HOSTILE)
def test_a_link_never_leaves_the_collector(url):
    try:
        element = tag("a", "here", href=url)
    except ValueError:
        return
    assert url == "" or url[0] in "/?#"
    assert not url.startswith(("//", "/\\"))
    assert Reading(render(element)).tags == [("a", {"href": written(url)})]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https://evil.example", " /", "data:,x"],
)
def test_other_urls_are_refused(url):
    with pytest.raises(ValueError, match="no URL of the collector's own"):
        tag("a", href=url)


@pytest.mark.parametrize("attribute", ["onclick", "ONLOAD", "style", "srcdoc", "a b", "x>y", ""])
def test_attributes_that_could_run_are_refused(attribute):
    with pytest.raises(ValueError, match="cannot be an attribute"):
        tag("p", **{attribute: "x"})


@pytest.mark.parametrize(
    "make", [lambda: tag("script", "alert(1)"), lambda: tag("style"), lambda: tag("p><b"), lambda: tag("")]
)
def test_elements_that_could_run_are_refused(make):
    with pytest.raises(ValueError, match="cannot be an element"):
        make()


def test_what_is_not_there_is_left_out():
    element = tag("input", None, value=None, disabled=False, hidden=True, max=3, step=0.5)
    assert render(element, None, "", 7) == '<input hidden max="3" step="0.5">7'


def test_names_are_spelled_as_python_can():
    assert render(tag("label", for_="q", class_="x", aria_label="y")) == (
        '<label for="q" class="x" aria-label="y"></label>'
    )
