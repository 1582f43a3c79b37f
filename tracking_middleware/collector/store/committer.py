"""Group commits: one thread writes all that waits in one transaction, and only then answers for it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

Work = Callable[[sqlite3.Connection], None]
"""The statements of one request. What it raises fails this request and no other.

Where a request of its commit fails it is taken back and done again.
"""

logger = logging.getLogger("tracking_middleware.collector.committer")


class NotKeptError(Exception):
    """Nothing of a request was kept: the disk is full or does not keep up. Send it again later."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    weight: int
    done: Future[None] = field(default_factory=Future)


class Committer:
    """Owns the connection that writes; ``committed`` is called after each transaction.

    While it writes the next jobs gather, so that the more there is to do the more goes into a commit.

    ``weight`` of a job is the memory that it holds while it waits, in bytes; all that wait hold at most
    ``most_waiting``, or are a single job.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, committed: Callable[[], None], most_waiting: int
    ) -> None:
        self._connection = connection
        self._committed = committed
        self._most_waiting = most_waiting
        self._jobs: deque[_Job] = deque()
        self._weight = 0
        self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="collector-committer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, weight: int = 0) -> Future[None]:
        """Have ``work`` done; the future is done when it is committed, or fails with NotKeptError.

        Raises NotKeptError where too much waits, and after ``close``.
        """
        job = _Job(work, weight)
        with self._changed:
            is_full = bool(self._jobs) and self._weight + weight > self._most_waiting
            if is_full or self._is_closing:
                raise NotKeptError("it is closed" if self._is_closing else "the disk does not keep up")
            self._jobs.append(job)
            self._weight += weight
            self._changed.notify()
        return job.done

    def close(self) -> None:
        """Write what waits, and close the connection."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while jobs := self._take():
            try:
                self._write([job for job in jobs if job.done.set_running_or_notify_cancel()])
            finally:
                with self._changed:
                    self._weight -= sum(job.weight for job in jobs)

    def _take(self) -> list[_Job]:
        """All that waits, at least one; none when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_closing)
            jobs = list(self._jobs)
            self._jobs.clear()
        return jobs

    def _write(self, jobs: list[_Job]) -> None:
        try:
            failures = self._transaction(jobs)
        except Exception as error:  # noqa: BLE001
            # the transaction as a whole: a full disk, a lost file
            logger.warning("a commit of %d requests failed: %s", len(jobs), error)
            for job in jobs:
                job.done.set_exception(_not_kept(error))
            return
        self._committed()
        for job in jobs:
            if job in failures:
                job.done.set_exception(_not_kept(failures[job]))
            else:
                job.done.set_result(None)

    def _transaction(self, jobs: list[_Job]) -> dict[_Job, Exception]:
        """Do all jobs; those that failed on their own, with what they raised.

        Savepoints cost a copy of each page: only where a job failed all are done again, with one for each.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            with self._connection:
                for job in jobs:
                    job.work(self._connection)
        except Exception:  # noqa: BLE001 - whatever it was, it comes again
            return self._one_by_one(jobs)
        return {}

    def _one_by_one(self, jobs: list[_Job]) -> dict[_Job, Exception]:
        failures: dict[_Job, Exception] = {}
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            for job in jobs:
                self._connection.execute("SAVEPOINT job")
                try:
                    job.work(self._connection)
                except Exception as error:
                    if not self._connection.in_transaction:  # SQLite gave up all of it, as for a full disk
                        raise
                    self._connection.execute("ROLLBACK TO job")
                    failures[job] = error
                self._connection.execute("RELEASE job")
        return failures


def _not_kept(error: Exception) -> NotKeptError:
    problem = NotKeptError(str(error))
    problem.__cause__ = error
    return problem
