"""What the servers that host a process do to threads and forks: uWSGI, gevent."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from ...errors import SettingsError

logger = logging.getLogger("tracking_middleware.delivery")

T = TypeVar("T")


def require_threads() -> None:
    """Raise SettingsError in a uWSGI that runs no threads: nothing would ever be sent."""
    uwsgi = _uwsgi()
    if uwsgi is not None and not {"enable-threads", "threads"} & _options(uwsgi):
        raise SettingsError(
            ["nothing can be sent: uWSGI runs no threads of Python's unless its option enable-threads is set"]
        )


def warn_of_lost_events() -> None:
    """Say where uWSGI ends its workers in a way that no drain can follow; an outbox loses nothing by it."""
    uwsgi = _uwsgi()
    if uwsgi is not None and "die-on-term" in _options(uwsgi):
        logger.warning(
            "tracking: with die-on-term uWSGI ends busy workers at once, and their events are lost: "
            "use hook-master-start = unix_signal:15 gracefully_kill_them_all instead, or set outbox"
        )


def is_before_fork() -> bool:
    """Whether this is uWSGI's master, which loads the app, forks, and then runs no Python threads."""
    uwsgi = _uwsgi()
    return uwsgi is not None and bool(uwsgi.worker_id() == 0)


def after_fork(start: Callable[[], None]) -> None:
    """Call ``start`` in each worker that uWSGI forks, which tells Python nothing of its forks."""
    uwsgi = _uwsgi()
    if uwsgi is None:
        return
    others = getattr(uwsgi, "post_fork_hook", None)

    def hook() -> None:
        if others is not None:
            others()
        start()

    uwsgi.post_fork_hook = hook


def run_natively(work: Callable[[], T]) -> T:
    """Run what may block without asking Python: under gevent in a real thread, not on the hub."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work()
    gevent: Any = sys.modules["gevent"]
    result: T = gevent.get_hub().threadpool.apply(work)
    return result


def _uwsgi() -> Any:
    """uWSGI's own module, which is there in its processes alone."""
    return sys.modules.get("uwsgi")


def _options(uwsgi: Any) -> set[str]:
    return {name.decode() if isinstance(name, bytes) else name for name in uwsgi.opt}
