"""What must have arrived at the collector."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit


def paths(events):
    """How often each path arrived."""
    return Counter(urlsplit(event["url"]).path for event in events)


def assert_once_each(events, answered):
    """There is one event for each answered request, and none is there twice."""
    arrived = paths(events)
    missing = [path for path in answered if path not in arrived]
    assert not missing, f"{len(missing)} of {len(answered)} answered requests have no event"
    assert [path for path, times in arrived.items() if times > 1] == []
    assert len({event["eid"] for event in events}) == len(events)
