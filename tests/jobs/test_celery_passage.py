"""How a task gets its subject: enqueued and run in this process, as Celery's worker runs it."""

from __future__ import annotations

import contextvars
import logging
import subprocess
import sys
import uuid

import pytest
from celery import Celery, signals
from celery.app.trace import build_tracer

from tracking_middleware import StructuredEvent, Subject, current_page, current_tracker, track
from tracking_middleware import celery as passage
from tracking_middleware.celery import HEADER, install
from tracking_middleware.request.page import current_exchange
from tracking_middleware.tracking.blocks import current_subject

from .conftest import KEY, PERSON, answer, visit


@pytest.fixture(autouse=True)
def _own_receivers(monkeypatch):
    """Signals are the process's, so that each test begins with none of its own."""
    for signal in (signals.before_task_publish, signals.task_prerun, signals.task_postrun):
        monkeypatch.setattr(signal, "receivers", [])


@pytest.fixture
def app():
    return Celery("app", broker_url="memory://", set_as_current=False)


@pytest.fixture
def tracker(make_tracker):
    return make_tracker(secret_key=KEY)


def enqueued(app, **options):
    """The headers of a message, as it was sent."""
    sent = []
    signals.before_task_publish.connect(lambda headers, **_: sent.append(dict(headers)), weak=False)
    app.send_task("task", **options)
    return sent[-1]


def run(app, task, headers=None):
    """Run a task by a message with these headers, in a context of its own as in a worker; its state."""
    tracer = build_tracer(task.name, task, app=app)
    request = {"id": str(uuid.uuid4()), "is_eager": False, **(headers or {})}
    context = contextvars.copy_context()
    outcome = context.run(tracer, request["id"], (), {}, request)
    assert outcome.info is None or outcome.info.state == "RETRY", outcome.info
    left = (context.run(current_tracker), context.run(current_subject))
    assert left == (current_tracker(), current_subject()), "the task left something behind"
    return outcome


def subjects_seen(app):
    """A task that notes the tracker and the subject that hold in it."""
    seen = []

    @app.task(name="task", shared=False)
    def task():
        seen.append((current_tracker(), current_subject()))

    return task, seen


def test_the_message_has_the_visitors_token(app, tracker):
    install(app)
    token = visit(tracker, lambda: enqueued(app))[HEADER]
    subject = tracker.unseal(token)
    assert (subject.domain_userid, subject.consent) == (PERSON, "full")


def test_the_given_tracker_seals_in_the_requests_of_another(app, tracker, make_tracker):
    install(app, tracker)
    other = make_tracker(secret_key="a long random text of the others")
    token = visit(other, lambda: enqueued(app))[HEADER]
    assert tracker.unseal(token).domain_userid == PERSON


def test_a_token_that_is_given_as_the_header_stays(app, tracker):
    install(app)
    given = tracker.seal(Subject(user_id="shopper-123"))
    assert visit(tracker, lambda: enqueued(app, headers={HEADER: given}))[HEADER] == given


def test_a_message_without_a_subject_has_no_header_and_nothing_is_said(app, tracker, caplog):
    install(app, tracker)
    assert HEADER not in enqueued(app)
    with tracker:
        assert HEADER not in enqueued(app)
    assert (tracker.stats()["errors"], caplog.records) == ({}, [])


def test_without_a_key_nothing_travels_and_one_warning_says_so(app, make_tracker, caplog):
    install(app)
    tracker = make_tracker()
    headers = visit(tracker, lambda: [enqueued(app), enqueued(app)])
    assert [HEADER in each for each in headers] == [False, False]
    assert tracker.stats()["errors"] == {"seal_without_key": 2}
    (warning,) = caplog.messages
    assert "set secret_key" in warning


def test_in_the_task_the_subject_holds_and_afterwards_it_does_not(app, tracker):
    install(app, tracker)
    task, seen = subjects_seen(app)
    subject = Subject(user_id="shopper-123")
    run(app, task, {HEADER: tracker.seal(subject)})
    run(app, task)
    ((used, first), (used_again, second)) = seen
    assert used is used_again is tracker
    assert (first.user_id, first.consent, second) == ("shopper-123", "full", None)


def test_a_task_that_makes_a_request_of_its_own_leaves_no_visitor_to_the_next(app, tracker):
    """Such as one that warms a cache: a request's page is never left otherwise."""
    install(app, tracker)
    seen = []

    @app.task(name="task", shared=False)
    def task():
        seen.append(current_exchange().tracker)
        answer(tracker, lambda: seen.append(current_exchange().tracker))

    context = contextvars.copy_context()
    tracer = build_tracer(task.name, task, app=app)
    for _ in range(2):
        context.run(tracer, str(uuid.uuid4()), (), {}, {"is_eager": False})
    assert seen == [None, tracker, None, tracker]


def test_what_a_task_enqueues_has_the_very_token_it_came_with(app, tracker, make_tracker):
    """So that it says for ever when the visitor was there."""
    install(app, tracker)
    sent = []

    @app.task(name="task", shared=False)
    def task():
        sent.append(enqueued(app))
        with tracker.subject(Subject(user_id="somebody else")):
            sent.append(enqueued(app))

    sealed_then = make_tracker(secret_key=KEY)
    sealed_then._sealer._signer._clock = lambda: 1_700_000_000
    token = sealed_then.seal(Subject(user_id="shopper-123"))
    run(app, task, {HEADER: token})
    assert sent[0][HEADER] == token
    assert tracker.unseal(sent[1][HEADER]).user_id == "somebody else"


@pytest.mark.parametrize("token", ["changed", 5, ["list"], {"a": 1}, "\N{SNOWMAN}", "x" * 10_000])
def test_a_header_that_is_no_token_is_counted_and_means_no_subject(app, tracker, token):
    install(app, tracker)
    task, seen = subjects_seen(app)
    run(app, task, {HEADER: token})
    assert seen == [(tracker, None)]
    assert tracker.stats()["errors"] == {"task_subject_invalid": 1}


def test_a_worker_without_the_key_runs_the_task_and_says_what_is_missing(app, tracker, make_tracker, caplog):
    keyless = make_tracker()
    install(app, keyless)
    task, seen = subjects_seen(app)
    run(app, task, {HEADER: tracker.seal(Subject(user_id="shopper-123"))})
    assert seen == [(keyless, None)]
    assert keyless.stats()["errors"] == {"task_subject_invalid": 1}
    assert "set secret_key" in caplog.text


def test_a_second_install_changes_nothing(app, tracker, make_tracker):
    install(app, tracker)
    install(app, make_tracker())
    task, seen = subjects_seen(app)
    run(app, task)
    assert seen == [(tracker, None)]


def test_tasks_of_another_app_are_left_alone(app, tracker):
    install(app, tracker)
    other = Celery("other", broker_url="memory://", set_as_current=False)
    task, seen = subjects_seen(other)
    run(other, task)
    assert seen == [(None, None)]


def test_an_eager_task_is_about_the_request_that_it_runs_in(app, tracker, make_tracker):
    app.conf.task_always_eager = True
    install(app, make_tracker(app_id="the worker's"))

    @app.task(name="task", shared=False)
    def task():
        return track(StructuredEvent("job", "eager")), current_tracker(), current_page().url

    event_id, used, url = visit(tracker, lambda: task.delay().get())
    assert (len(event_id), used) == (36, tracker)
    assert url.endswith("/page")


@pytest.mark.parametrize("enqueue", ["delay", "apply"])
def test_an_eager_task_without_a_request_is_as_in_a_worker(app, tracker, enqueue):
    app.conf.task_always_eager = True
    install(app, tracker)
    task, seen = subjects_seen(app)
    getattr(task, enqueue)().get()
    assert seen == [(tracker, None)]
    assert (current_tracker(), current_subject()) == (None, None)


def test_an_eager_task_without_a_request_takes_the_token_that_it_is_given(app, tracker):
    app.conf.task_always_eager = True
    install(app, tracker)
    task, seen = subjects_seen(app)
    task.apply_async(headers={HEADER: tracker.seal(Subject(user_id="shopper-123"))}).get()
    ((used, subject),) = seen
    assert (used, subject.user_id) == (tracker, "shopper-123")
    assert current_subject() is None


def test_a_worker_makes_its_tracker_from_the_environment(app, monkeypatch):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "log:")
    monkeypatch.setenv("TRACKING_APP_ID", "from-the-environment")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.setattr(passage, "_is_django", lambda: False)
    install(app)
    task, seen = subjects_seen(app)
    run(app, task)
    run(app, task)
    assert seen[0][0].settings.app_id == "from-the-environment"
    assert seen[1][0] is seen[0][0]
    seen[0][0].close()


def test_a_worker_without_settings_runs_its_tasks_and_says_so_once(app, monkeypatch, caplog):
    monkeypatch.delenv("TRACKING_COLLECTOR_URL", raising=False)
    monkeypatch.setattr(passage, "_is_django", lambda: False)
    install(app)
    task, seen = subjects_seen(app)
    run(app, task)
    run(app, task)
    assert seen == [(None, None), (None, None)]
    (error,) = caplog.records
    assert error.levelno == logging.ERROR
    assert "TRACKING_COLLECTOR_URL" in error.getMessage()


def in_a_process(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment or None
    )


def test_under_django_it_is_djangos_tracker():
    done = in_a_process(
        """
from django.conf import settings
settings.configure(SECRET_KEY="x" * 50, TRACKING={"collector_url": "log:", "app_id": "django's"})
from celery import Celery
from celery.app.trace import build_tracer
from tracking_middleware import current_tracker
from tracking_middleware.celery import install
from tracking_middleware.django import get_tracker
app = Celery("app", broker_url="memory://")
install(app)

@app.task
def task():
    print(current_tracker() is get_tracker())

build_tracer(task.name, task, app=app)("1", (), {}, {"is_eager": False})
"""
    )
    assert done.stdout == "True\n", done.stderr


def test_without_celery_the_import_says_what_to_install():
    done = in_a_process("import sys; sys.modules['celery'] = None; import tracking_middleware.celery")
    said = 'ImportError: tracking_middleware.celery needs Celery: pip install "tracking_middleware[celery]"'
    assert said in done.stderr
