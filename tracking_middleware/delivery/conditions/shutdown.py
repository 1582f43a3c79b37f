"""The ways a process ends, and the drain on each; and the way it forks."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
import weakref
from types import FrameType
from typing import Protocol


class Drainable(Protocol):
    """What has events to send before a process ends."""

    def close(self, timeout: float) -> int:
        """Send what there is within ``timeout`` seconds."""

    def prepare_fork(self) -> None:
        """Get ready for a fork, in the parent."""

    def resume_parent(self) -> None:
        """Go on in the parent after a fork."""

    def start_child(self) -> None:
        """Begin anew in a forked child."""


class _Registry:
    """Who is to be drained in this process, and by which hooks that is already arranged."""

    def __init__(self) -> None:
        self.members: weakref.WeakKeyDictionary[Drainable, float] = weakref.WeakKeyDictionary()
        self.is_hooked = False
        self.finalized_in = 0
        self.drained_in = 0

    def drain(self) -> None:
        """Drain all, once a process: several of the hooks are called where a spawned child ends."""
        if self.drained_in == os.getpid():
            return
        begun = time.monotonic()
        for member, timeout in list(self.members.items()):
            member.close(max(0.0, timeout - (time.monotonic() - begun)))
        self.drained_in = os.getpid()  # not before: a signal may come meanwhile, and its handler has to wait

    def prepare_fork(self) -> None:
        for member in list(self.members):
            member.prepare_fork()

    def resume_parent(self) -> None:
        for member in list(self.members):
            member.resume_parent()

    def start_child(self) -> None:
        if not _is_gevent_to_come():
            for member in list(self.members):
                member.start_child()


_registry = _Registry()


def drain_at_exit(member: Drainable, timeout: float) -> None:
    """Drain ``member`` when the interpreter ends, or at a SIGTERM that nobody else handles."""
    _registry.members[member] = timeout
    if not _registry.is_hooked:
        _registry.is_hooked = True
        atexit.register(_registry.drain)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_registry.prepare_fork,
                after_in_parent=_registry.resume_parent,
                after_in_child=_registry.start_child,
            )
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _drain_and_terminate)


def drain_at_process_end() -> None:
    """Drain at the end of a child that skips atexit: multiprocessing's, or Celery's; once a process."""
    if _registry.finalized_in == os.getpid():
        return
    _registry.finalized_in = os.getpid()
    for name in ("multiprocessing.util", "billiard.util"):  # Celery has a fork of its own
        if (util := sys.modules.get(name)) is not None:
            # a child forgets its parent's finalizers, so this is said in each; it only has to have a priority
            util.Finalize(None, _registry.drain, exitpriority=100)
    if (signals := sys.modules.get("celery.signals")) is not None:
        # a child of the pool runs no finalizers either; it inherits what is connected, hence the uid
        signals.worker_process_shutdown.connect(_drain_in_pool, weak=False, dispatch_uid=__name__)


def _is_gevent_to_come() -> bool:
    """Whether gunicorn, say, forked from an app it loaded, and lets gevent patch the child only now.

    Locks made before that are none between greenlets, and freeze the child: it begins anew with its
    first event, as after a fork that Python is not told of.
    """
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and not monkey.is_module_patched("threading")


def _drain_in_pool(**_details: object) -> None:
    _registry.drain()


def _drain_and_terminate(signum: int, _frame: FrameType | None) -> None:
    """Drain, then end as the default handler would have, with the same exit status."""
    _registry.drain()
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
