"""The chart of numbers over time: its axes fit its values, and who cannot see it has the same in words."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.parts.chart import time_chart
from tracking_middleware.collector.pages.parts.html import render
from tracking_middleware.collector.pages.parts.scale import (
    BUCKETS,
    Series,
    Span,
    day_edges,
    percent,
    scale_of,
    span_until,
    ticks_of,
    written,
)
from tracking_middleware.collector.pages.view import SPANS

DAYS = day_edges("2026-11-27", "2026-11-29")
COUNTS = st.integers(0, 10**9)


def drawn(series, edges=DAYS, **options):
    return render(time_chart(edges, series, name="Readers by day", **options))


def parts(page):
    """The accessible names of the parts of time."""
    return [unescape(found) for found in re.findall(r'class="bucket"[^>]*aria-label="([^"]*)"', page)]


def axis_words(page):
    """What stands beside the lines of values."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", page.split('class="drawing"')[0])


@given(COUNTS, COUNTS)
@example(0, 0)
@example(1, 0)
@example(0, 7)
def test_the_lines_of_an_axis_hold_all_values_and_are_few(above, below):
    scale = scale_of(above, below)
    assert scale.values[0] >= above
    assert -scale.values[-1] >= below
    assert 0 in scale.values
    assert 2 <= len(scale.values) <= 7
    assert all(value == int(value) for value in scale.values)
    assert all(0 <= scale.place(value) <= 1 for value in (above, -below))


@given(st.floats(0, 1))
def test_the_lines_of_shares_hold_them(share):
    scale = scale_of(share, is_whole=False)
    assert 2 <= len(scale.values) <= 6
    assert scale.values[0] >= share * 0.999


@given(st.integers(10**9, 4 * 10**9), st.sampled_from(sorted(SPANS.values())))
def test_the_words_of_time_are_few_apart_and_at_their_moments(now, seconds):
    span = span_until(datetime.fromtimestamp(now, UTC), seconds)
    ticks = ticks_of(span.edges)
    assert 3 <= len(ticks) <= 9
    begin = datetime.fromisoformat(span.since)
    for tick in ticks:
        assert 0 <= tick.place <= 1
        moment = begin + timedelta(seconds=round(tick.place * seconds))
        assert tick.text in {f"{moment:%H:%M}", f"{moment:%Y-%m-%d}"}
    steps = {round(later.place - one.place, 6) for one, later in itertools.pairwise(ticks)}
    assert len(steps) == 1


@given(st.integers(1, 800))
def test_days_have_a_few_words_below_their_middle(count):
    last = datetime(2026, 11, 29, tzinfo=UTC) - timedelta(days=count - 1)
    ticks = ticks_of(day_edges(f"{last:%Y-%m-%d}", "2026-11-29"))
    assert 1 <= len(ticks) <= 8
    assert len({tick.text for tick in ticks}) == len(ticks)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", tick.text) for tick in ticks)


def test_a_span_has_so_many_parts_of_one_length():
    edges = Span("2026-11-28T08:00:00.000Z", "2026-11-29T08:00:00.000Z").edges
    assert len(edges) == BUCKETS + 1
    assert edges[:2] == ["2026-11-28T08:00:00.000Z", "2026-11-28T08:24:00.000Z"]


def test_there_is_an_axis_of_values_and_one_of_time():
    page = drawn([Series(name="readers", values=[3, 12, 40], colour="client")])
    assert axis_words(page) == ["40", "30", "20", "10", "0", "UTC"]
    assert all(f">{day}</text>" in page for day in ("2026-11-27", "2026-11-28", "2026-11-29"))
    assert page.count('class="grid"') >= 2 + 3


def test_every_part_has_its_values_as_its_name_and_one_is_a_stop_for_the_tab_key():
    read = Series(name="readers", values=[1234, 0, None], colour="client")
    page = drawn([read, Series(name="orders", values=[2, None, None], colour="server")])
    assert parts(page) == [
        "2026-11-27 · 1,234 readers · 2 orders",
        "2026-11-28 · 0 readers · no value for orders",
        "2026-11-29 · no value for readers, no value for orders",
    ]
    assert page.count('tabindex="0" role="img"') == 1
    assert page.count('tabindex="-1" role="img"') == 2


def test_the_table_says_the_same():
    page = drawn([Series(name="readers", values=[1234, 0, None], colour="client")])
    cells = re.findall(r"<t[hd]\b[^>]*>(?:<time[^>]*>)?([^<]*)", page.partition("<table>")[2])
    assert cells == ["from (UTC)", "readers", "2026-11-27", "1,234"]


def test_parts_and_lines_of_the_table_lead_to_what_is_in_them():
    page = drawn(
        [Series(name="readers", values=[1, 0, 0], colour="client")], link="/?since={}&until={}".format
    )
    target = 'href="/?since=2026-11-27T00:00:00.000Z&amp;until=2026-11-28T00:00:00.000Z"'
    assert page.count(target) == 2
    assert page.count("<a ") == 3 + 1


def test_shares_are_in_per_cent_with_their_interval_and_a_line_ends_where_nothing_was_measured():
    share = Series(
        name="not reported",
        values=[0.25, None, 0.5],
        low=[0.1, None, 0.4],
        high=[0.5, None, 0.6],
        colour="server",
    )
    page = drawn([share], unit="share")
    assert parts(page) == [
        "2026-11-27 · 25 % not reported",
        "2026-11-28 · no value for not reported",
        "2026-11-29 · 50 % not reported",
    ]
    assert page.count("<polyline") == 2
    assert page.count("<polygon") == 2
    assert axis_words(page)[0] == "60 %"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (4.9e-17, "0 %"), (0.004, "0.4 %"), (0.2, "20 %"), (1, "100 %")]
)
def test_a_share_is_written_with_one_digit_where_it_says_something(share, text):
    assert percent(share) == text


def test_bars_below_the_axis_are_drawn_there():
    web = Series(name="web", values=[10, 0, 0], colour="client")
    srv = Series(name="srv", values=[20, 0, 0], colour="server", is_below=True)
    page = drawn([web, srv], kind="bars")
    base = float(re.search(r'y1="([\d.]+)"[^>]*class="base"', page)[1])
    up, down = (float(found) for found in re.findall(r'y="([\d.]+)"[^>]*class="segment"', page))
    assert up < base < down


def test_a_name_that_is_long_and_foreign_is_cut_and_escaped():
    page = drawn([Series(name="<b>" + "x" * 900, values=[1, 1, 1], colour="other")])
    assert "<b>x" not in page
    assert all(len(name) < 120 for name in parts(page))


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 3, 4]])
def test_a_series_that_is_not_as_long_as_the_time_is_refused(values):
    with pytest.raises(ValueError, match="a value for each part"):
        drawn([Series(name="readers", values=values, colour="client")])


def test_a_moment_is_written_in_one_way():
    assert written("2026-11-29T08:30:00.123Z") == "2026-11-29 08:30:00"
    assert written("2026-11-29T08:30:00.123Z", with_milliseconds=True) == "2026-11-29 08:30:00.123"
