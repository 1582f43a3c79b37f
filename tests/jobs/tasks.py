"""What the Celery worker of the tests runs; its tracker comes from the environment."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from celery import Celery

from tracking_middleware import StructuredEvent, track
from tracking_middleware.celery import install

from ..servers.broker import broker

logging.basicConfig()  # what the tracker warns of is in the log of the worker

app = Celery("tasks", **broker(Path(os.environ["JOBS_FOLDER"]), into="outgoing"))
install(app)


@app.task(name="note")
def note(label):
    track(StructuredEvent("job", "note", label=label))


@app.task(name="note_in_a_child")
def note_in_a_child(label):
    note.delay(label)


@app.task(name="note_at_the_second_try", bind=True, max_retries=1)
def note_at_the_second_try(self, label):
    if not self.request.retries:
        raise self.retry(countdown=0)
    track(StructuredEvent("job", "note", label=label))


@app.task(name="note_and_fail")
def note_and_fail(label):
    track(StructuredEvent("job", "note", label=label))
    raise RuntimeError(label)
