"""The page of gaps: the share that browsers did not report, measured, and what it cannot say; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from ..filtering.days import day_of
from ..filtering.newest import MOST_EVENTS
from ..insights.gaps import EVERYTHING, UNKNOWN, Gaps, LeftOut, Share
from .gaps_view import LEAD, GapsView, as_file, gaps_form, presets
from .parts.chart import time_chart
from .parts.controls import remarks, table
from .parts.frame import being_made, empty, moment, snippet
from .parts.html import Child, Element, tag
from .parts.scale import Series, day_edges, percent
from .view import View

_MOST_PAGES = 25
_Url = Callable[[str], str]
"""Where the views of a page are."""


def gaps_page(
    gaps: Gaps | None,
    view: GapsView,
    views: View,
    apps: Sequence[str],
    *,
    authors: Sequence[str] = (),
    subjects: Sequence[str] = (),
    zone: str = "UTC",
    problems: Sequence[str] = (),
    trouble: str | None = None,
) -> tuple[Child, ...]:
    """All of it. Without ``gaps`` they are being counted, or ``trouble`` is why they cannot be.

    ``views`` are all page views that were looked at, ``problems`` sentences on what the URL asks for;
    ``zone`` says what a day is.
    """
    return (
        *LEAD,
        gaps_form(view, apps, authors=authors, subjects=subjects),
        presets(view),
        tag("p", f"A day is that on which a page view happened, by the time of {zone}.", class_="note"),
        remarks(problems),
        _shown(gaps, view, trouble, views),
        _counting(gaps, view),
        as_file(view),
    )


def _shown(gaps: Gaps | None, view: GapsView, trouble: str | None, views: View) -> Child:
    if trouble is not None:
        return empty("The gaps cannot be shown", tag("p", trouble))
    if gaps is None:
        return being_made()
    if not gaps.all.total:
        return _none_passes(view, gaps.left_out) if view.filter != EVERYTHING else nothing(gaps.left_out)

    def on(day: str) -> str:
        known = date.fromisoformat(day)
        return views.url(platform="srv", first_day=known, last_day=known)

    return measured(gaps, on_day=on, on_page=lambda page: views.url(page=page))


def measured(gaps: Gaps, *, on_day: _Url, on_page: _Url) -> tuple[Child, ...]:
    """What was counted; days and pages are links to their views."""
    pages = gaps.pages[:_MOST_PAGES]
    return (
        _headline(gaps),
        _trend(gaps, on_day),
        tag(
            "div",
            _table("By browser", "Browser", gaps.browsers),
            _table(f"By day ({gaps.timezone})", "Day", gaps.days[::-1], url_of=on_day),
            _table("By page", "Page", pages, rest=len(gaps.pages) - _MOST_PAGES, url_of=on_page),
            class_="gap-tables",
        ),
    )


def _headline(gaps: Gaps) -> Element:
    low, high = gaps.all.low, gaps.all.high
    partly = gaps.all.missing - gaps.silent
    return tag(
        "section",
        tag("p", percent(gaps.all.share), class_="figure", id="gap"),
        tag(
            "div",
            tag(
                "p",
                tag("b", f"{gaps.all.missing:,} of {gaps.all.total:,}"),
                " page views were not reported. With 95 % certainty the share is between ",
                tag("b", percent(low)),
                " and ",
                tag("b", percent(high)),
                ".",
            ),
            _bar(gaps.all),
            tag(
                "p",
                "Counted at ",
                moment(gaps.counted_at, id="counted-at"),
                f" of {gaps.events:,} events, the newest." if gaps.is_cut else f" of {gaps.events:,} events.",
                class_="note",
            ),
            tag(
                "p",
                tag("b", f"{gaps.silent:,}"),
                " are of persons from whose browser nothing ever came: most likely a blocker. ",
                tag("b", f"{partly:,}"),
                " are of persons whose browser reported something else: a failure, or a page left too soon.",
                class_="note",
            ),
        ),
        class_="headline",
        aria_label="All page views",
    )


def _trend(gaps: Gaps, url_of: _Url) -> Element | None:
    """The share of each day with its interval, until today: a server's clock may be far ahead."""
    today = str(day_of(datetime.fromisoformat(gaps.counted_at), gaps.timezone))
    days = {share.name: share for share in gaps.days if share.name <= today}
    if len(days) < 2:
        return None
    edges = day_edges(min(days), today)
    found = [days.get(edge[:10]) for edge in edges[:-1]]
    share = Series(
        name="not reported",
        values=[each.share if each else None for each in found],
        low=[each.low if each else None for each in found],
        high=[each.high if each else None for each in found],
        colour="server",
    )
    return tag(
        "section",
        tag("h2", "Trend"),
        time_chart(
            edges,
            [share],
            name="Share of page views not reported, by day",
            unit="share",
            link=lambda since, _until: url_of(since[:10]),
            zone=gaps.timezone,
        ),
        class_="trend",
    )


def _table(
    title: str, heading: str, shares: Sequence[Share], *, rest: int = 0, url_of: _Url | None = None
) -> Element:
    heads = (("name", heading), ("number", "Not reported"), ("number", "Share"), ("bars", "95 % interval"))
    return tag(
        "section",
        tag("h2", title),
        table(
            title,
            (tag("th", text, scope="col", class_=name) for name, text in heads),
            (_row(share, url_of) for share in shares),
        ),
        tag("p", f"and {rest:,} more pages with fewer page views", class_="note") if rest > 0 else None,
    )


def _row(share: Share, url_of: _Url | None) -> Element:
    low, high = share.low, share.high
    is_linked = url_of is not None and share.name != UNKNOWN
    name = tag("a", share.name, href=url_of(share.name)) if url_of and is_linked else share.name
    return tag(
        "tr",
        tag("th", name, scope="row", title=share.name),
        tag("td", f"{share.missing:,} of {share.total:,}", class_="number"),
        tag("td", percent(share.share), class_="number"),
        tag("td", _bar(share), tag("span", f"{percent(low)} to {percent(high)}", class_="interval")),
    )


def _bar(share: Share) -> Element:
    """The share as a bar, the interval as a whisker on it."""
    low, high = (edge * 200 for edge in (share.low, share.high))
    return tag(
        "svg",
        tag("rect", x=0, y=5, width=200, height=8, rx=4, class_="whole"),
        tag("rect", x=0, y=5, width=share.share * 200, height=8, rx=4, class_="share"),
        tag("path", d=f"M{low:.1f} 9H{high:.1f}M{low:.1f} 4v10M{high:.1f} 4v10", class_="whisker"),
        viewBox="-1 0 202 18",
        preserveAspectRatio="xMinYMid meet",
        class_="gap-bar",
        aria_hidden="true",
    )


def _counting(gaps: Gaps | None, view: GapsView) -> Element:
    looked_at = (
        f"The newest {MOST_EVENTS:,} events are looked at: whose other events are older may count as "
        "seen once, or as somebody whose browser is silent. A run of journeys on the store looks at all."
    )
    return counting(looked_at, None if gaps is None else gaps.left_out, wait=view.wait)


def counting(looked_at: str, left: LeftOut | None, *, wait: int) -> Element:
    """How it is counted, of what, and what is left out; ``wait`` in seconds."""
    return tag(
        "section",
        tag("h2", "How this is counted"),
        tag(
            "p",
            "By the SQL of ",
            tag("code", "tracking-middleware journeys"),
            ": a page view of a server (platform srv) counts as reported where a browser's is the same one. "
            "They are the same by their web_page id, which both sides share with server_timing, else by "
            "person, page and time, with each browser's clock put right. Each browser's page view reports "
            "one of the server's.",
        ),
        tag("p", looked_at),
        (tag("h3", "Left out"), _left_out(left, wait)) if left is not None else None,
        tag("h3", "What the server cannot see"),
        _unseen(),
        class_="counting",
    )


def _unseen() -> Element:
    return tag(
        "ul",
        tag(
            "li",
            "Pages from the back/forward cache, from a CDN or another cache in front of the site, and "
            "prefetched pages when they are activated: no request, or not then, reaches the server. "
            "Browsers report them, so they cannot be missing here, and are in none of the numbers.",
        ),
        tag(
            "li",
            "Prefetched and prerendered pages that nobody opened: the middleware skips them where the "
            "browser says so in its headers.",
        ),
        tag(
            "li",
            "Visitors without an id. A browser that blocks the tracker has a cookie only with "
            'identity="issue". With "read" visitors who block are nobody, and the share is too low.',
        ),
        tag(
            "li",
            "Crawlers that are on no list and keep cookies count as visitors who block; visitors who "
            "block and leave after one page are left out with the ids seen once.",
        ),
    )


def _left_out(left: LeftOut, wait: int) -> Element:
    lines = (
        (left.agents, "by crawlers and other agents, by what their user agents say"),
        (left.once, "by ids seen only once: scripts without cookies look like that"),
        (left.nobody, "without domain_userid, or anything else that says whose: nothing could be matched"),
        (left.young, f"younger than {wait} s when the newest page view came in: the browser had no time yet"),
    )
    return tag(
        "ul", (tag("li", tag("b", f"{count:,}"), f" {words}") for count, words in lines), id="left-out"
    )


def _none_passes(view: GapsView, left: LeftOut) -> Element:
    return empty(
        "Nothing to measure passes these filters",
        _young(left),
        tag("p", tag("a", "Show all", href=view.url(filter=EVERYTHING), class_="button")),
    )


def _young(left: LeftOut) -> Element | None:
    if not left.young:
        return None
    return tag("p", tag("b", f"{left.young:,}"), " page views are too young yet: reload in a moment.")


def nothing(left: LeftOut) -> Element:
    """Instead of figures where no page view can be measured."""
    return empty(
        "Nothing to measure yet",
        tag(
            "p",
            "It takes page views of visitors that a server saw more than once. Let the server give every "
            "visitor an id, also those who block the tracker:",
        ),
        snippet(
            'TRACKING = {"collector_url": "…", "app_id": "news", "identity": "issue", "secret_key": "…"}'
        ),
        tag("p", "then visit two pages, once as you are and once with a blocker."),
        _young(left),
    )
