"""Whether anybody listens to what our loggers say."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from ..log_text import PACKAGE, LastResort
from .finding import Finding

_TOPIC = "logging"


def on_logging(*, is_known: bool = True) -> Iterator[Finding]:
    """Where warnings go, and what keeps them from going anywhere.

    ``is_known`` is False in a process that had the package before Django configured logging, which switches
    off what is there then: a server has it afterwards, unless the settings import it.
    """
    ours = logging.getLogger(PACKAGE)
    disabled = [name for name in _names() if logging.getLogger(name).disabled]
    if disabled and not is_known:
        yield _MAYBE_OFF
        return
    if disabled:
        yield Finding(
            "wrong",
            _TOPIC,
            f"switched off, by configuring logging after the package was imported: {', '.join(disabled)}",
            "Set 'disable_existing_loggers' to False in the logging configuration.",
        )
    if max(ours.getEffectiveLevel(), ours.manager.disable + 1) > logging.WARNING:
        yield Finding(
            "wrong",
            _TOPIC,
            "warnings of the tracking are below the level that is logged",
            f"Let the logger {PACKAGE!r} have the level WARNING or INFO.",
        )
        return
    if PACKAGE not in disabled:  # else no handler hears of anything
        yield _on_handlers(list(_handlers(ours)))


_MAYBE_OFF = Finding(
    "note",
    _TOPIC,
    "'disable_existing_loggers' is not False: what imports the package before logging is configured, such as "
    "the settings, would switch it off",
    "manage.py track_doctor says whether it is so here.",
)


def _on_handlers(handlers: Sequence[logging.Handler]) -> Finding:
    writing = [each for each in handlers if not isinstance(each, logging.NullHandler)]
    writing = [each for each in writing if each.level <= logging.WARNING]
    if writing:
        names = ", ".join(dict.fromkeys(type(each).__name__ for each in writing))
        return Finding("ok", _TOPIC, f"warnings go to {names}")
    if handlers:
        return Finding(
            "wrong",
            _TOPIC,
            "no handler takes warnings of the tracking: nobody hears of what goes wrong",
            f"Give the logger {PACKAGE!r} a handler, as the documentation has it under See it in the log.",
        )
    return Finding("note", _TOPIC, "nothing is configured: warnings go to standard error")


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    while logger is not None:
        yield from (each for each in logger.handlers if not isinstance(each, LastResort))
        logger = logger.parent if logger.propagate else None


def _names() -> list[str]:
    known = logging.root.manager.loggerDict
    return sorted(
        name
        for name, logger in known.items()
        if isinstance(logger, logging.Logger) and (name == PACKAGE or name.startswith(f"{PACKAGE}."))
    )
