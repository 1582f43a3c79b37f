"""A Celery broker that is a folder, so that no server for it is needed."""

from __future__ import annotations

import threading

from celery import Celery


def broker(folder, *, into="queue"):
    """Celery's settings: tasks that are sent go ``into`` a subfolder, those to be done are in ``queue``."""
    for name in ("queue", "control", into):
        (folder / name).mkdir(exist_ok=True)
    return {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / into),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.02,
        },
    }


class Sender:
    """Sends tasks whole: a worker trips over a file that is still being written to its queue."""

    def __init__(self, folder):
        self._app = Celery("sender", **broker(folder, into="outgoing"))
        self._folder = folder
        self._lock = threading.Lock()

    def send(self, task, *arguments):
        with self._lock:
            self._app.send_task(task, args=arguments)
            for message in (self._folder / "outgoing").iterdir():
                message.rename(self._folder / "queue" / message.name)
