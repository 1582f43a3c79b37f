"""What goes wrong is told once per cause, with the line of the application and what would be right."""

from __future__ import annotations

import inspect
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tracking_middleware import StructuredEvent, Subject, current_page, entity
from tracking_middleware.log_text import calling_line
from tracking_middleware.tally import ADVICE, MOST_CAUSES, PLACELESS, TOLD_ELSEWHERE, TOLD_ONCE, Tally

from .exchanges import request

ROOT = Path(__file__).resolve().parents[2]


@entity("iglu:com.acme/basket/jsonschema/1-0-0")
@dataclass(frozen=True)
class Basket:
    total: object


@pytest.fixture
def told(caplog):
    """The warnings so far, as text."""
    return lambda: [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def here(back=0):
    return f"{__file__}:{inspect.currentframe().f_back.f_lineno - back} in "


def test_seven_mistakes_of_one_name_are_seven_warnings(make_tracker, told):
    tracker = make_tracker()
    event = StructuredEvent("a", "b")
    for mistake in (
        lambda: tracker.track(object()),
        lambda: tracker.track({"schema": "order", "data": {}}),
        lambda: tracker.track({"data": {}}),
        lambda: tracker.track(event, key=()),
        lambda: tracker.track(event, at=datetime),
        lambda: tracker.track(event, at=1e12),
        lambda: tracker.track(event, subject="ada"),
    ):
        assert mistake() == mistake() == ""
    assert len(told()) == 7
    assert all(text.startswith(f"tracking: event_invalid at {__file__}:") for text in told())
    assert "subject is text of 3" in told()[-1]
    assert "give a Subject" in told()[-1]
    assert tracker.stats()["errors"] == {"event_invalid": 14}


def test_the_same_mistake_on_two_lines_is_told_for_each(make_tracker, told):
    tracker = make_tracker()
    for _ in range(3):
        tracker.track(None)
        first = here(back=1)
        tracker.track(None)
        second = here(back=1)
    assert [first in told()[0], second in told()[1]] == [True, True]
    assert len(told()) == 2
    assert "NoneType is no event: declare it with @event" in told()[0]


def test_what_a_view_sets_wrongly_names_type_line_and_remedy(make_tracker, told):
    class Broken:
        def __str__(self):
            raise ValueError("secret")

    tracker = make_tracker(max_entities=1)
    exchange = tracker.begin(request())
    page = current_page()
    page.title = Broken()
    title = here(back=1)
    page.attach(Broken())
    page.attach(Basket(total=Broken()))
    page.attach(Basket(1))
    page.attach(Basket(2))
    page.consent = "maybe"
    exchange.finish("complete")
    page.title = "late"
    texts = told()
    assert title in texts[0]
    for text, part in zip(
        texts,
        (
            "title is a Broken: give text, a whole number or a UUID",
            "Broken is no entity: declare it with @entity",
            "is a Broken, which has no JSON form",
            "max_entities",
            "give 'full', 'anonymous' or 'none'",
            "its response had ended",
        ),
        strict=True,
    ):
        assert part in text
    assert "secret" not in "".join(texts)


def test_a_subject_that_cannot_be_used_says_what_fits(make_tracker, told):
    make_tracker().track(StructuredEvent("a", "b"), subject=Subject(user_id="x" * 300))
    assert "user_id is longer than 255 characters" in told()[0]


def test_there_is_an_end_to_what_is_told_and_kept(told):
    tally = Tally()
    for n in range(MOST_CAUSES * 3):
        tally.error("event_invalid", f"cause {n}")
    assert len(told()) == MOST_CAUSES + 1
    assert told()[-1].startswith(f"tracking: {MOST_CAUSES} causes of errors were told, which is all")
    assert len(tally._causes) == MOST_CAUSES
    assert tally.snapshot()["errors"] == {"event_invalid": MOST_CAUSES * 3}


def test_an_advice_has_an_end_and_steers_no_terminal(told):
    Tally().error("event_invalid", "x" * 10_000 + "\x1b[2J\n")
    assert len(told()[0]) < 1_500
    assert told()[0].isprintable()


@pytest.mark.parametrize("name", sorted(TOLD_ONCE))
def test_a_visitor_cannot_fill_the_log(told, name):
    tally = Tally()
    for n in range(50):
        tally.error(name, f"host-{n}.example")
    assert len(told()) == 1


def test_bugs_of_ours_are_told_by_their_place(caplog):
    tally = Tally()
    for _ in range(2):
        for wrong in ("1 / 0", "int('x')"):
            try:
                eval(wrong)
            except (ZeroDivisionError, ValueError):
                tally.failure("start")
    assert len(caplog.records) == 2
    assert tally.snapshot()["errors"] == {"internal": 4}


def test_a_thread_that_runs_nothing_of_the_application_has_no_line():
    class Thread(threading.Thread):
        lines = []

    Thread.run = eval("lambda self: self.lines.append(line())", {"line": calling_line})
    thread = Thread()
    thread.start()
    thread.join()
    assert thread.lines[0].startswith("<string>:1")  # that much of it did run
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(calling_line).result() == ""


def test_a_server_that_calls_us_is_no_cause(make_tracker, told):
    """What is counted when a response begins or ends has no line: the server's loop, say, called us."""
    from tracking_middleware.wsgi import WSGIMiddleware

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<p>"]

    tracker = make_tracker(user_id=lambda view: "x" * 300, consent=lambda view: "full")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "HTTP_ACCEPT": "text/html",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    b"".join(WSGIMiddleware(app, tracker=tracker)(environ, lambda *_: None))
    tracker.flush(5)
    assert all(" at " not in text for text in told())


def test_every_name_that_may_be_counted_has_something_to_say():
    """Where the code gives no advice of its own, the table does."""
    source = "\n".join(path.read_text() for path in (ROOT / "tracking_middleware").rglob("*.py"))
    bare = set(re.findall(r'(?:count|_tell|tally\.error|self\._count)\("([a-z_]{3,})"\)', source))
    assert len(bare) > 10
    assert bare <= set(ADVICE) | TOLD_ELSEWHERE
    assert PLACELESS >= TOLD_ONCE
