"""What a request leaves behind: nothing that only the garbage collector would find."""

from __future__ import annotations

import gc

import pytest

from .calls import called
from .conftest import ADAPTERS, KEY
from .sites import django

REQUESTS = 60
KINDS = {
    "a page view": ("/page", {}, {}),
    "a page view of a new visitor": ("/page", {"Cookie": ""}, {"identity": "issue", "secret_key": KEY}),
    "a tracked event": ("/track", {}, {}),
    "a request by a script": ("/json", {"Sec-Fetch-Dest": "empty", "Accept": "application/json"}, {}),
    "no page": ("/missing", {}, {}),
}
CASES = [(name, kind) for name in ADAPTERS for kind in KINDS]


def garbage_of(send, path, headers):
    """How many objects only the collector finds, and those of ours that hold themselves."""
    send([(path, headers)] * 5)  # whatever is made once
    gc.collect()
    gc.disable()
    try:
        send([(path, headers)] * REQUESTS)
        found = gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        send([(path, headers)] * 2)
        gc.collect()
        return found, [type(each).__name__ for each in gc.garbage if _is_ours(each) and _holds_itself(each)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _is_ours(each):
    of = getattr(each, "__module__", None) or type(each).__module__
    return isinstance(of, str) and of.startswith("tracking_middleware")


def _holds_itself(start):
    """Whether references lead from an object back to it, by way of other garbage."""
    garbage = {id(each) for each in gc.garbage}
    seen, ways = set(), [start]
    while ways:
        for each in gc.get_referents(ways.pop()):
            if each is start:
                return True
            if id(each) in garbage and id(each) not in seen:
                seen.add(id(each))
                ways.append(each)
    return False


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_request_leaves_no_cyclic_garbage(name, kind, options):
    path, headers, settings = KINDS[kind]
    django.configure(options)
    with called(name) as (send, _):
        frameworks_own, _ = garbage_of(send, path, headers)
    with called(name, {**options, **settings}) as (send, tracker):
        found, holding_themselves = garbage_of(send, path, headers)
        assert tracker.stats()["dropped"] == {}
    assert holding_themselves == []
    if frameworks_own < REQUESTS // 2:  # what the framework leaves to the collector takes ours along
        # one object a request would be sixty; the rest is what threads and loops do by themselves
        assert found < REQUESTS // 2
