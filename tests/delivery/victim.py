"""A process that records events on command, to be killed: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from tracking_middleware import Tracker

from .conftest import Event


class Victim:
    """Each public method is a command."""

    def __init__(self, url, outbox):
        self.tracker = Tracker(
            collector_url=url,
            app_id="test",
            outbox=outbox,
            linger=0.005,
            timeout=2,
            max_backoff=0.05,
            shutdown_timeout=10,
            buffer_size=100_000,
        )

    def record(self, titles):
        for title in titles:
            self.tracker._delivery.record(Event(title))

    def settle(self):
        """Wait until nothing is in memory, or it cannot leave because the disk is full."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            stats = self.tracker.stats()
            if not stats["buffered"] + stats["in_flight"]:
                return
            time.sleep(0.002)

    def flush(self):
        self.tracker.flush(0.2)

    def fork(self, titles):
        """A child that records, drains and ends."""
        child = os.fork()
        if child == 0:
            try:
                self.record(titles)
                os._exit(0 if self.tracker.close(10) == 0 else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0

    def jump(self, seconds):
        """Set the clock of this process."""
        now = time.time
        time.time = lambda: now() + seconds

    def fill_disk(self):
        """From here on no file may grow beyond nothing: writes fail as on a full disk."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def clear_disk(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def end(self):
        self.tracker.close(10)


def main():
    victim = Victim(*sys.argv[1:])
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        getattr(victim, name)(*arguments)
        print(json.dumps(victim.tracker.stats()), flush=True)


if __name__ == "__main__":
    main()
