"""Who runs this process: looked up without a risk for it."""

from __future__ import annotations

import subprocess
import sys

_ASK_AMID_COLLECTIONS = """
import gc, threading, time
from tracking_middleware.tracking.who_runs import runner_of_tests

class Circle:
    def __init__(self):
        self.me = self

    def __del__(self):
        time.sleep(0)  # lets other threads run amid the collection

def ask():
    for _ in range(1000):
        Circle()
        runner_of_tests()

over = threading.Event()
waiting = [threading.Thread(target=over.wait) for _ in range(30)]
for thread in waiting:
    thread.start()
gc.set_threshold(15)
asking = threading.Thread(target=ask)
asking.start()
while asking.is_alive():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
over.set()
print("collects" if gc.isenabled() else "collects no more")
"""


def test_looking_at_other_threads_amid_collections_does_not_stop_the_process() -> None:
    command = [sys.executable, "-c", _ASK_AMID_COLLECTIONS]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert asked.stdout.strip() == "collects", asked.stderr
