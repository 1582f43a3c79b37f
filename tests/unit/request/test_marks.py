"""The mark that says whether a request is tracked already."""

from __future__ import annotations

import copy
import gc
import threading
from dataclasses import replace

import pytest

from tracking_middleware import Tracker
from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.request import marks
from tracking_middleware.request.marks import MARK, close_mark, has_open_mark, put_mark
from tracking_middleware.request.raw_request import ViewedRequest
from tracking_middleware.request.view import RequestView
from tracking_middleware.wsgi import EnvironRequest


def viewed():
    view = RequestView(
        method="GET",
        scheme="http",
        host="",
        path="/",
        query="",
        headers={},
        peer="",
        native_source=lambda: None,
    )
    return ViewedRequest(view, {})


KINDS = {
    "environ": lambda: EnvironRequest({}, {}),
    "scope": lambda: ScopeRequest({}, {}),
    "viewed": viewed,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_is_a_number_that_means_its_request_while_that_is_answered(kind):
    carrier, made = {}, KINDS[kind]()
    assert not has_open_mark(carrier)
    mark = put_mark(carrier)
    assert carrier[MARK] == mark
    assert type(mark) is int
    assert has_open_mark(copy.deepcopy(carrier))
    made.packed()
    gc.collect()
    assert has_open_mark(carrier)
    close_mark(mark, None)
    assert not has_open_mark(carrier)


@pytest.mark.parametrize("path", ["/", "/static/app.js"])
def test_a_mark_is_closed_with_its_exchange(path):
    carrier, before = {}, len(marks._open)
    with Tracker(collector_url="log:", app_id="test") as tracker:
        exchange = tracker.begin(replace(viewed().source, path=path), carrier)
        assert has_open_mark(carrier)
        exchange.finish("returned")
    assert not has_open_mark(carrier)
    assert len(marks._open) == before


def test_of_requests_that_nobody_ends_the_oldest_are_let_go(monkeypatch):
    monkeypatch.setattr(marks, "MOST_OPEN", len(marks._open) + 2)
    carriers = [{}, {}, {}, {}]
    for carrier in carriers:
        put_mark(carrier)
    assert [has_open_mark(carrier) for carrier in carriers[1:]][-2:] == [True, True]
    assert len(marks._open) <= marks.MOST_OPEN


def test_a_mark_holds_in_a_thread_without_any_context():
    carrier, answers = {}, []
    put_mark(carrier)
    thread = threading.Thread(target=lambda: answers.append(has_open_mark(carrier)))
    thread.start()
    thread.join()
    assert answers == [True]


@pytest.mark.parametrize("value", [None, "1", 1.5, True, 0, [], {}])
def test_what_others_put_there_says_nothing(value):
    assert not has_open_mark({MARK: value})


def test_a_child_gives_other_numbers():
    carrier, child = {}, {}
    put_mark(carrier)
    marks._start_child()
    put_mark(child)
    assert abs(child[MARK] - carrier[MARK]) > 1
