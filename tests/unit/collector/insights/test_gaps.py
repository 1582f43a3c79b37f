"""Gaps: which page views count as reported, which are left out, and how sure the share is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.insights.crawlers import is_crawler
from tracking_middleware.collector.insights.gaps import Asking, PageView, Share, measure

NOW = 1_000_000.0


class Views:
    """Page views with ids of their own."""

    def __init__(self):
        self.views = []

    def add(self, side, person="ann", page="/", at=NOW - 3600, **given):
        self.views.append(
            PageView(
                id=len(self.views),
                at=at,
                day=given.pop("day", "2026-01-01"),
                is_server=side == "srv",
                person=person,
                session=given.pop("session", None),
                page=page,
                browser=given.pop("browser", "Firefox"),
                useragent=given.pop("useragent", "Firefox/1"),
            )
        )
        return self.views[-1]

    def both(self, **given):
        at = given.pop("at", NOW - 3600)
        self.add("srv", at=at, **given)
        self.add("web", at=at + 1, **given)

    def measure(self, *, wait=10, once=(), silent=(), pages=()):
        asking = Asking(
            is_crawler=lambda agent: "bot" in agent,
            is_once=lambda view: view.person in once,
            is_silent=lambda view: view.person in silent,
            page_ids=lambda views: {
                view.id: dict(pages)[view.id] for view in views if view.id in dict(pages)
            },
        )
        return measure(self.views, asking, now=NOW, wait=wait)


@pytest.fixture
def views():
    return Views()


def counted(gaps):
    return gaps.all.missing, gaps.all.total


def test_a_page_view_that_both_sides_saw_is_reported(views):
    views.both()
    assert counted(views.measure()) == (0, 1)


def test_the_same_page_of_somebody_else_reports_nothing(views):
    views.add("srv", person="ann")
    views.add("web", person="ben")
    assert counted(views.measure()) == (1, 1)


def test_another_page_of_the_same_person_reports_nothing(views):
    views.add("srv", page="/a")
    views.add("web", page="/b")
    assert counted(views.measure()) == (1, 1)


@pytest.mark.parametrize(("seconds", "missing"), [(-600, 0), (600, 0), (601, 1), (-601, 1)])
def test_ten_minutes_apart_is_the_most(views, seconds, missing):
    views.add("srv")
    views.add("web", at=NOW - 3600 + seconds)
    assert counted(views.measure()) == (missing, 1)


def test_a_report_is_for_one_page_view_the_nearest(views):
    views.add("srv", at=NOW - 3700, day="first")
    views.add("srv", at=NOW - 3600, day="second")
    views.add("web", at=NOW - 3599)
    gaps = views.measure()
    assert counted(gaps) == (1, 2)


def test_a_session_joins_where_nobody_is_named(views):
    views.add("srv", person=None, session="s")
    views.add("web", person=None, session="s")
    assert counted(views.measure()) == (0, 1)


def test_the_id_of_the_web_page_joins_what_nothing_else_does(views):
    server = views.add("srv", person="ann")
    client = views.add("web", person="other")
    assert counted(views.measure(pages=[(server.id, "p"), (client.id, "p")])) == (0, 1)
    assert counted(views.measure(pages=[(server.id, "p"), (client.id, "q")])) == (1, 1)
    assert counted(views.measure()) == (1, 1)


def test_what_says_nothing_about_blocking_is_left_out_and_counted(views):
    views.add("srv", useragent="a bot")
    views.add("srv", person=None)
    views.add("srv", person="ann", at=NOW - 5)
    views.add("srv", person="script")
    views.add("srv", person="ann")
    gaps = views.measure(once={"script"}, silent={"ann"})
    left = gaps.left_out
    assert (left.crawlers, left.nobody, left.young, left.once) == (1, 1, 1, 1)
    assert counted(gaps) == (1, 1)
    assert gaps.silent == 1


def test_shares_are_by_browser_page_and_day(views):
    views.both(browser="Chrome", page="/a", day="2026-01-02")
    views.add("srv", browser="Firefox", page="/a", day="2026-01-01", person="ben")
    views.add("srv", browser="Firefox", page="/b", day="2026-01-02", person="ben")
    gaps = views.measure()
    assert gaps.browsers == (Share("Firefox", 2, 2), Share("Chrome", 1, 0))
    assert gaps.pages == (Share("/a", 2, 1), Share("/b", 1, 1))
    assert gaps.days == (Share("2026-01-01", 1, 1), Share("2026-01-02", 2, 1))


@pytest.mark.parametrize(
    ("missing", "total", "low", "high"),
    [  # published values
        (0, 10, 0.0, 0.2775328),
        (5, 10, 0.2365931, 0.7634069),
        (10, 10, 0.7224672, 1.0),
    ],
)
def test_the_interval_is_wilsons(missing, total, low, high):
    assert Share("x", total, missing).interval == pytest.approx((low, high), abs=1e-6)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_share_is_within_its_interval(missing, more):
    share = Share("x", missing + more, missing)
    low, high = share.interval
    assert 0 <= low <= share.share + 1e-12
    assert share.share - 1e-12 <= high <= 1


def test_crawlers_are_known_by_the_list():
    assert is_crawler("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    assert not is_crawler("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")
