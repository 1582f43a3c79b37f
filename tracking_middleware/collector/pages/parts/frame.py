"""What all pages have around them: head, navigation, marks; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ...filtering.urls import SHARED
from .assets import Assets
from .html import Child, Element, document, tag
from .lines import Side
from .scale import written

AGAIN = {"Cache-Control": "no-store", "Refresh": "1"}
"""The headers of a page that its browser is to ask for again in a second, also without its script."""
CROSS = "\N{MULTIPLICATION SIGN}"
_SIDES = {"client": "browser or app", "server": "server", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Shell:
    """Puts pages together. ``pages`` are the tabs, each with its path."""

    assets: Assets
    pages: Sequence[tuple[str, str]]

    def page(
        self,
        title: str,
        *content: Child,
        path: str,
        script: str,
        counts: tuple[int, int] | None = None,
        exports: str | None = "",
        asked: Mapping[str, str] | None = None,
    ) -> bytes:
        """A whole page; ``path`` is that of its tab, ``script`` its module.

        ``counts`` are of good and bad events, where there is a store; ``exports`` is the query string of its
        exports, with its question mark, so that they have what the page shows; None where they have none of
        it. ``asked`` are the URL's parameters, of which the tabs take over what pages share.
        """
        return document(
            tag(
                "html",
                self._head(title, script),
                tag(
                    "body",
                    tag("a", "Skip to content", class_="skip", href="#content"),
                    _header(self._tabs(path, counts, asked or {}), counts),
                    tag("main", *content, id="content", tabindex=-1),
                    _footer(exports, has_keys=path == "/") if counts is not None else None,
                    tag("div", role="status", aria_live="polite", class_="toast", id="toast"),
                ),
                lang="en",
            )
        )

    def _tabs(self, path: str, counts: tuple[int, int] | None, asked: Mapping[str, str]) -> Element:
        bad = counts[1] if counts is not None else 0
        shared = {name: asked[name] for name in SHARED if asked.get(name)}
        query = f"?{urlencode(shared, errors='replace')}" if shared else ""
        return tag(
            "ul",
            (
                _page_link(name, target + query, is_current=target == path, bad=bad)
                for name, target in self.pages
            ),
        )

    def _head(self, title: str, script: str) -> Element:
        return tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", f"{title} · tracking_middleware"),
            tag("link", rel="icon", type="image/svg+xml", href=self.assets.url("icon.svg")),
            tag("link", rel="stylesheet", href=self.assets.url("page.css")),
            tag("link", rel="stylesheet", href=self.assets.url("answers.css")),
            tag("script", type="module", src=self.assets.url(script)),
        )


def _page_link(name: str, target: str, *, is_current: bool, bad: int) -> Element:
    return tag(
        "li",
        tag(
            "a",
            name,
            tag("span", f"{bad:,}", tag("span", " events", class_="hidden"), class_="count")
            if name == "Bad" and bad
            else None,
            href=target,
            aria_current="page" if is_current else None,
        ),
    )


def _header(tabs: Element, counts: tuple[int, int] | None) -> Element:
    name, where = ("collector", "Collector: live events") if counts is not None else ("journeys", "Journeys")
    return tag(
        "header",
        tag("a", _logo(), tag("span", name, class_="name"), href="/", class_="brand", aria_label=where),
        tag("nav", tabs, aria_label="Pages"),
        None if counts is None else _totals(*counts),
        class_="bar",
    )


def _totals(good: int, bad: int) -> Element:
    return tag(
        "p",
        tag("b", f"{good:,}", id="count-good"),
        " good ",
        tag("b", f"{bad:,}", id="count-bad"),
        " bad",
        class_="totals",
    )


def _exports(query: str | None) -> Element:
    if query is None:
        return tag("span", "As lines there are good events only.", id="exports")
    links = [(tag("a", path, href=f"{path}{query}"), " ") for path in ("/export.jsonl", "/export.tsv")]
    return tag("span", "As lines, filtered as here: " if query else "As lines: ", links, id="exports")


def _footer(exports: str | None, *, has_keys: bool) -> Element:
    return tag(
        "footer",
        tag(
            "p",
            "As Snowplow Micro has them: ",
            _listed(("/micro/all", "/micro/good", "/micro/bad")),
            " ",
            _exports(exports),
        ),
        tag("p", "Times are in UTC."),
        tag(
            "p",
            tag("kbd", "J"),
            " ",
            tag("kbd", "K"),
            " move ",
            tag("kbd", "Enter"),
            " opens ",
            tag("kbd", "Esc"),
            " closes ",
            tag("kbd", "/"),
            " search ",
            tag("kbd", "P"),
            " pause",
            class_="keys scripted",
        )
        if has_keys
        else None,
        class_="foot-bar",
    )


def _listed(paths: Sequence[str]) -> Child:
    return [(tag("a", path, href=path), " ") for path in paths]


def _logo() -> Element:
    """The two marks of the page, one above the other on their lanes."""
    return tag(
        "svg",
        tag("path", d="M2 7h20M2 17h20", class_="lane"),
        tag("circle", cx=8, cy=7, r=4, class_="client"),
        tag("rect", x=12, y=13, width=8, height=8, rx=1.5, class_="server"),
        viewBox="0 0 24 24",
        width=24,
        height=24,
        aria_hidden="true",
        class_="logo",
    )


def badge(side: Side, text: str) -> Element:
    """Who saw it: by colour, by shape, and by word."""
    return tag(
        "span",
        tag("span", class_="mark", aria_hidden="true"),
        tag("span", text, data_slot="platform"),
        tag("span", f" {_SIDES[side]}", class_="hidden", data_slot="side"),
        class_="badge",
        data_side=side,
    )


def moment(text: str, **attributes: str) -> Element:
    """A moment in UTC; what it is to the millisecond stands in its title."""
    return tag("time", written(text), datetime=text, title=f"{text} (UTC)", **attributes)


def swatch(hue: int) -> Element:
    """A person's colour."""
    return tag(
        "svg",
        tag("circle", cx=5, cy=5, r=5, fill=f"hsl({hue} 60% 55%)", data_slot="hue"),
        class_="swatch",
        viewBox="0 0 10 10",
        width=10,
        height=10,
        aria_hidden="true",
    )


def being_made() -> Element:
    """Instead of what is counted, until the first tables are there; such a page has the headers ``AGAIN``."""
    told = "So many events take some seconds. This page loads again until they are there."
    return empty("Counting", tag("p", told))


def empty(title: str, *content: Child) -> Element:
    """Nothing is there, and what to do about it."""
    return tag("section", tag("h2", title), *content, class_="empty")


def snippet(text: str) -> Element:
    """Code to take along."""
    return tag("pre", tag("code", text), class_="snippet", tabindex=0)
