"""What an answer means, and how long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.delivery.retry import Outcome, Verdict, backoff, judge


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([200, 201, 204, 299], Verdict.DELIVERED),
        ([400, 413, 422], Verdict.CONTENT),
        ([408, 429, 500, 502, 503, 504], Verdict.LATER),
        ([301, 302, 307, 308, 401, 403, 404, 405, 410], Verdict.ADDRESS),
    ],
)
def test_judges_statuses(statuses, verdict):
    assert {judge(status).verdict for status in statuses} == {verdict}


@given(st.integers(0, 10_000), st.floats(0.1, 3600))
def test_waits_with_full_jitter_up_to_the_longest(attempt, longest):
    later = Outcome(Verdict.LATER)
    assert backoff(later, attempt=attempt, max_backoff=longest, uniform=lambda low, high: low) == 0
    most = backoff(later, attempt=attempt, max_backoff=longest, uniform=lambda low, high: high)
    assert most == min(longest, 0.5 * 2 ** min(attempt, 32))


def test_honours_retry_after():
    outcome = judge(429, retry_after=120)
    assert backoff(outcome, attempt=0, max_backoff=60, uniform=lambda low, high: high) == 120


def test_asks_a_wrong_address_rarely():
    assert backoff(judge(404), attempt=0, max_backoff=60, uniform=lambda low, high: low) == 60
