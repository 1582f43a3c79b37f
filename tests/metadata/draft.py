"""A page that is being made, and what is true of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .pen import Pen
from .story import Story


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page and the right values; ``article`` and ``product`` are empty where it is none."""

    system: str
    number: int
    url: str
    body: bytes
    content_type: str
    truth: dict[str, Any]


@dataclass(kw_only=True)
class Draft:
    """The parts of a page, and the truth as far as its system says it."""

    story: Story
    pen: Pen
    number: int
    head: list[str] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)
    charset: str = "utf-8"
    content_type: str = "text/html; charset=utf-8"
    url: str = ""

    def title(self, text: str) -> None:
        self.head.append(self.pen.title(text))
        self.truth["title"] = re.sub("[ \t\n\f\r]+", " ", text).strip(" ")

    def canonical(self, url: str = "") -> None:
        self.head.append(self.pen.tag("link", rel="canonical", href=url or self.story.url))
        self.truth["canonical"] = url or self.story.url

    def og(self, **tags: str | tuple[str, ...]) -> None:
        """Tags by their names with ``_`` for the first colon: ``og_title``, ``article_tag``."""
        for name, contents in tags.items():
            for content in (contents,) if isinstance(contents, str) else contents:
                self.head.append(self.pen.og(name.replace("_", ":", 1), content))

    def meta(self, name: str, *contents: str) -> None:
        self.head += [self.pen.meta(name, content) for content in contents]

    def block(self, *things: Any, wrapping: str = "") -> None:
        place = self.foot if self.pen.chance.random() < 0.25 else self.head
        place.append(self.pen.block(*things, wrapping=wrapping))

    def article(self, **fields: Any) -> None:
        """What is true of the article; ``id`` is the canonical path where nothing else is said."""
        self.truth["article"] = {"id": f"/{self.story.slug}", **self.truth.get("article", {}), **fields}

    def product(self, **fields: Any) -> None:
        self.truth["product"] = {**self.truth.get("product", {}), **fields}

    def finished(self, system: str) -> Page:
        story, chance = self.story, self.pen.chance
        body = [f"<h1>{self.pen.escape(story.headline, '&<')}</h1>"]
        link = "<a href='/x?a=1&amp;b=2'>more</a>"
        body += [f"<div><p>{story.paragraph()} {link}</p></div>\n" for _ in range(chance.randrange(3, 25))]
        body.insert(chance.randrange(len(body)), chance.choice(NOISE))
        text = self.pen.html(self.head, [*body, *self.foot], story.language)
        return Page(
            system=system,
            number=self.number,
            url=self.url or story.url,
            body=text.encode(self.charset, "xmlcharrefreplace"),
            content_type=self.content_type,
            truth=self.truth,
        )


NOISE = [
    "",
    "<svg viewBox='0 0 1 1'><title>Search icon</title><path d='M0'/></svg>",
    "<script>var t = '<title>no</title>' + \"<meta property='og:title' content='no'>\";</script>",
    '<!-- <script type=\'application/ld+json\'>{"@type":"NewsArticle","headline":"old"}</script> -->',
    '<textarea><script type=\'application/ld+json\'>{"@type":"Article","name":"x"}</script></textarea>',
    "<template><meta property='og:title' content='no'><title>no</title></template>",
    "<noscript><img src='/p.gif'></noscript><iframe title='x' src='/ad'></iframe>",
    "<style>title{color:red}</style><p>1 < 2 && 3 > 2 <b>unclosed",
]
