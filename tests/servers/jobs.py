"""What the Celery worker runs: a task that records an event, and says afterwards which process did."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

from . import sites
from .broker import broker

FOLDER = Path(os.environ["SITE_FOLDER"])

app = Celery("jobs", **broker(FOLDER))


@app.task(name="visit")
def visit(path):
    sites.visit(path)
    draft = FOLDER / f"draft-{os.getpid()}"
    draft.write_text(str(os.getpid()))
    draft.rename(FOLDER / f"answer-{path.strip('/')}")
