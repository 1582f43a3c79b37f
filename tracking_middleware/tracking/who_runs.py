"""Whether a test runner runs this process: its frames are on the stack.

That a module is imported says nothing, since anything may import it, nor that a single case is run, which
a program may do for itself. Nothing here imports one.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_RUNNERS = frozenset({"unittest.main", "unittest.runner", "django.test.runner"})
_OTHERS = ("nose2.", "twisted.trial.", "zope.testrunner.")
"""Runners that do not go through those."""


def runner_of_tests() -> str | None:
    """The name of the test runner that this code runs under, by this thread or the main one; None for none.

    Under pytest it is None: there is a plugin for that, which can be turned off.
    """
    found: str | None = None
    for frame in _frames():
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("_pytest."):
            return None
        if found is None:
            found = _runner_of(module, frame)
    return found or _django_test_environment()


def _runner_of(module: str, frame: FrameType) -> str | None:
    if module in _RUNNERS or module.startswith(_OTHERS):
        return module
    # manage.py, by whatever name, is about to run tests, and gets the applications ready first
    if module == "django.core.management" and frame.f_code.co_name == "execute":
        return "manage.py test" if frame.f_locals.get("subcommand") == "test" else None
    return None


def _frames() -> Iterator[FrameType]:
    """Of this thread, then of the main one."""
    yield from _outward(sys._getframe(1))
    main = threading.main_thread().ident
    if main is not None and main != threading.get_ident():
        yield from _outward(_frames_of_threads().get(main))


def _frames_of_threads() -> dict[int, FrameType]:
    """Each thread's frame, looked at without a garbage collection.

    CPython 3.11 makes frame objects while it holds the lock of the list of threads. A collection that began
    there could run a finaliser that lets another thread go on, and one that begins or ends a thread would
    then wait for that lock while it holds the interpreter: the process would stand still for good.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _django_test_environment() -> str | None:
    """What ``setup_test_environment()`` of Django has done and nobody has undone."""
    state = getattr(sys.modules.get("django.test.utils"), "_TestState", None)
    return "Django's test environment" if hasattr(state, "saved_data") else None
