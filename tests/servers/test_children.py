"""Children that a pool or a server forks, each way without the server around it."""

from __future__ import annotations

import importlib.util

import pytest

from ..conftest import missing
from ..delivery.test_process_end import paths, run


@pytest.fixture(autouse=True)
def packages():
    for name in ("celery", "gevent"):
        if importlib.util.find_spec(name) is None:
            missing(name)


def test_a_child_of_celerys_pool_drains_at_its_end(sink):
    result = run(
        sink,
        """
        from celery.concurrency.prefork import process_destructor
        from billiard.pool import Pool

        pool = Pool(1, on_process_exit=process_destructor)  # as Celery makes it
        pool.apply(record, ["/child"])
        pool.close()
        pool.join()
        """,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert paths(sink) == ["/child"]


def test_a_child_that_gevent_patches_after_the_fork_records_and_drains(sink):
    """The workers of gunicorn --preload: locks made before the fork are none between greenlets."""
    result = run(
        sink,
        """
        import gevent
        from gevent import hub, monkey

        child = os.fork()
        if child == 0:
            monkey.patch_all()
            hub.reinit()
            gevent.joinall([gevent.spawn(record, f"/{number}") for number in range(3)])
            sys.exit(tracker.close(10))
        _, status = os.waitpid(child, 0)
        sys.exit(status)
        """,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert paths(sink) == ["/0", "/1", "/2"]
