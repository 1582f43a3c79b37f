"""Celery: the subject of whoever enqueued a task travels to the worker that runs it.

``install(app)``, once, where the Celery app is made.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .errors import SettingsError, TokenError, missing_extra
from .identity.subject import Subject
from .request.page import HasPage, current_exchange, enter_exchange
from .tracker import Tracker
from .tracking.blocks import current_subject, current_tracker, enter_block, leave_block

try:
    from celery import Celery, signals  # type: ignore[import-untyped]  # it has no types
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.celery needs Celery", "celery")) from error

__all__ = ["HEADER", "install"]

HEADER = "tracking_subject"
"""The header of a task's message that holds the sealed subject."""

logger = logging.getLogger(__name__)


def install(app: Celery, tracker: Tracker | None = None) -> None:
    """Let the tasks of ``app`` know the subject of whoever enqueues them; a second call changes nothing.

    What is tracked in a task is then about the subject that held where it was enqueued, that of the
    request or of ``with tracker.subject(…):``, by the consent of that moment. Retries, chains and the
    tasks that a task enqueues pass it on. A message without a token, or with one that was not sealed
    with ``secret_key``, means no subject; it never fails a task.

    ``tracker`` seals, unseals and sends. Without it the tracker of the request or the block seals; a
    worker makes its own when it runs its first task: Django's where ``DJANGO_SETTINGS_MODULE`` says
    that this is Django, as Celery itself does, else one with settings from the environment.
    """
    passage = _Passage(app, tracker)
    for signal, receiver in (
        (signals.before_task_publish, passage.publish),
        (signals.task_prerun, passage.begin),
        (signals.task_postrun, passage.end),
    ):
        # the receiver keeps the app alive, so that no other one ever has its id
        signal.connect(receiver, weak=False, dispatch_uid=(__name__, id(app)))


@dataclass(frozen=True, kw_only=True)
class _Running:
    """A task that runs here, and what held before it."""

    task_id: str
    tracker: Tracker
    token: str
    subject: Subject | None
    exchange: HasPage
    outer: _Running | None


_running: ContextVar[_Running | None] = ContextVar("tracking_middleware_task", default=None)


class _Passage:
    """From where a task of ``app`` is enqueued to where it runs."""

    def __init__(self, app: Celery, tracker: Tracker | None) -> None:
        self._app = app
        self._given = tracker
        self._lock = threading.Lock()
        self._workers: Tracker | None = tracker
        self._is_settled = tracker is not None
        if tracker is not None:
            tracker.lifetime.is_shared = True

    def publish(self, headers: MutableMapping[str, Any] | None = None, **_details: object) -> None:
        """Give the message the token; one that the application put there itself stays, as in a retry."""
        try:
            if headers is not None and HEADER not in headers and (token := self._token()):
                headers[HEADER] = token
        except Exception:
            # a bug of ours must not reach who enqueues
            logger.exception("tracking failed to give a task its subject; the task is not affected")

    def begin(self, task_id: str, task: Any, **_details: object) -> None:
        """In the worker: enter the block of the task.

        An eager one runs where it is enqueued, and has the tracker and the subject that hold there; where
        there is none, it is as in a worker.
        """
        if task.app != self._app or (task.request.is_eager and current_tracker() is not None):
            return
        tracker = self._workers_tracker()
        if tracker is None:
            return
        try:
            token = _token_of(task.request)
            subject = _subject_of(token, tracker)
            _running.set(
                _Running(
                    task_id=task_id,
                    tracker=tracker,
                    token=token,
                    subject=subject,
                    exchange=current_exchange(),
                    outer=_running.get(),
                )
            )
            enter_block(tracker, subject)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the task
            tracker.tally.failure("the begin of a task")

    def end(self, task_id: str, **_details: object) -> None:
        """Leave it, and any request that the task made by itself and that is not left otherwise."""
        running = _running.get()
        if running is not None and running.task_id == task_id:
            _running.set(running.outer)
            enter_exchange(running.exchange)
            leave_block(running.tracker)

    def _token(self) -> str:
        """The token of the subject that holds here; ``""`` where there is none."""
        subject, running = current_subject(), _running.get()
        if running is not None and subject is not None and subject is running.subject:
            return running.token  # still what was sealed at that moment
        tracker = self._given or current_tracker()
        if tracker is None or (subject is None and current_exchange().tracker is None):
            return ""
        return tracker.seal()

    def _workers_tracker(self) -> Tracker | None:
        with self._lock:
            if not self._is_settled:
                self._is_settled = True
                self._workers = _make_tracker()
                if self._workers is not None:
                    self._workers.lifetime.is_shared = True
            return self._workers


def _make_tracker() -> Tracker | None:
    try:
        if _is_django():
            from .django import get_tracker

            return get_tracker()
        return Tracker.from_env()
    except SettingsError as error:
        logger.error(
            "tracking: nothing is tracked in this worker: give install() the tracker, "
            "or the worker's environment its settings: %s",
            error,
        )
        return None


def _is_django() -> bool:
    conf = sys.modules.get("django.conf")
    return "DJANGO_SETTINGS_MODULE" in os.environ or (conf is not None and conf.settings.configured)


def _token_of(request: Any) -> Any:
    """What the message has as a token, which an eager task's request has among its headers."""
    return getattr(request, HEADER, None) or (getattr(request, "headers", None) or {}).get(HEADER) or ""


def _subject_of(token: object, tracker: Tracker) -> Subject | None:
    if not token:
        return None
    try:
        return tracker.unseal(token)  # type: ignore[arg-type]  # what else it may be is refused
    except TokenError as error:
        tracker.tally.error("task_subject_invalid", str(error))
        return None
