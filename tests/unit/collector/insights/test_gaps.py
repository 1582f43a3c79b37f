"""Gaps: what the models count is put into order."""

from __future__ import annotations

from tracking_middleware.collector.insights.gaps import LeftOut, by_dimension, left_out_of


def test_the_largest_come_first_and_days_in_their_order():
    rows = [
        ("all", "all", 4, 2, 0.5, 0.15, 0.85),
        ("day", "2026-01-02", 3, 1, 1 / 3, 0.1, 0.8),
        ("day", "2026-01-01", 1, 1, 1.0, 0.2, 1.0),
        ("browser", "", 1, 1, 1.0, 0.2, 1.0),
        ("browser", "Firefox", 3, 1, 1 / 3, 0.1, 0.8),
        ("page", "https://e.com/b", 2, 1, 0.5, 0.1, 0.9),
        ("page", "https://e.com/a", 2, 1, 0.5, 0.1, 0.9),
    ]
    found = by_dimension(rows)
    assert {name: [share.name for share in shares] for name, shares in found.items()} == {
        "all": ["all"],
        "day": ["2026-01-01", "2026-01-02"],
        "browser": ["Firefox", "unknown"],
        "page": ["https://e.com/a", "https://e.com/b"],
    }
    assert (found["all"][0].missing, found["all"][0].low, found["all"][0].high) == (2, 0.15, 0.85)


def test_every_reason_of_the_models_has_its_count():
    reasons = ("agent", "nobody", "too young", "seen once")
    left = left_out_of((reason, number) for number, reason in enumerate(reasons, start=1))
    assert left == LeftOut(agents=1, nobody=2, young=3, once=4)
