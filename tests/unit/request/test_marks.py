"""The mark that says whether a request is tracked already."""

from __future__ import annotations

import threading

import pytest

from tracking_middleware.request.marks import MARK, Marks
from tracking_middleware.wsgi import EnvironRequest


def request():
    return EnvironRequest({}, {})


def test_a_mark_is_a_number_that_means_its_request_while_that_is_answered():
    marks, carrier, made = Marks(), {}, request()
    assert not marks.is_open(carrier)
    marks.put(carrier, made)
    assert type(carrier[MARK]) is int
    assert marks.is_open(dict(carrier))
    made.pack()
    assert not marks.is_open(carrier)


def test_a_mark_keeps_no_request():
    marks, carrier = Marks(), {}
    marks.put(carrier, request())
    assert not marks.is_open(carrier)


def test_a_mark_holds_in_a_thread_without_any_context():
    marks, carrier, made, answers = Marks(), {}, request(), []
    marks.put(carrier, made)
    thread = threading.Thread(target=lambda: answers.append(marks.is_open(carrier)))
    thread.start()
    thread.join()
    assert answers == [True]


@pytest.mark.parametrize("value", [None, "1", 1.5, object(), True, 0])
def test_what_others_put_there_says_nothing(value):
    assert not Marks().is_open({MARK: value})


def test_what_is_over_is_forgotten():
    marks, carrier = Marks(), {}
    kept = [request() for _ in range(300)]
    for made in kept:
        marks.put(carrier, made)
    for _ in range(5000):
        marks.put(carrier, request())
    assert len(marks._requests) < 2000
    kept.clear()
    for _ in range(5000):
        marks.put(carrier, request())
    assert len(marks._requests) < 300


def test_a_child_gives_other_numbers():
    marks, carrier = Marks(), {}
    marks.put(carrier, request())
    marks.start_child()
    child = {}
    marks.put(child, request())
    assert abs(child[MARK] - carrier[MARK]) > 1
