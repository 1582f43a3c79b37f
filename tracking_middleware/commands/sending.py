"""What the commands that send have in common: their options, their settings, and why nothing arrived."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Mapping

from ..errors import SettingsError
from ..settings.settings import Settings
from ..tracker import Tracker
from .terminal import CommandError, UsageError

_OPTIONS = {"TRACKING_COLLECTOR_URL": "--collector-url", "TRACKING_APP_ID": "--app-id"}
_PATIENCE = ": they are kept and tried again"
"""True of a process that lives on, and not of a command at its end."""


def add_sending_options(parser: argparse.ArgumentParser) -> None:
    """``--collector-url`` and ``--app-id``."""
    parser.add_argument("--collector-url", metavar="URL", help="in place of TRACKING_COLLECTOR_URL")
    parser.add_argument("--app-id", help="in place of TRACKING_APP_ID")


def settings_for_sending(
    arguments: argparse.Namespace,
    *,
    defaults: Mapping[str, str] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Settings:
    """Settings of the environment, and what the command line says in their place.

    Raises UsageError where that is wrong, CommandError where the environment is.
    """
    given = {
        name: value
        for name, value in {
            "TRACKING_COLLECTOR_URL": arguments.collector_url,
            "TRACKING_APP_ID": arguments.app_id,
        }.items()
        if value is not None
    }
    try:
        return Settings.from_environ({**(defaults or {}), **os.environ, **given, **(fixed or {})})
    except SettingsError as error:
        if any(problem.split()[0] in given for problem in error.problems):
            texts = [_as_option(problem, given) for problem in error.problems]
            raise UsageError("; ".join(texts)) from None
        raise CommandError(str(error)) from None


def _as_option(problem: str, given: Mapping[str, str]) -> str:
    name, _, rest = problem.partition(" ")
    return f"{_OPTIONS[name]} {rest}" if name in given else problem


def say_troubles_oneself() -> None:
    """The command says at its end why nothing arrives; it need not be said meanwhile as well."""
    logging.getLogger("tracking_middleware.delivery").addHandler(logging.NullHandler())


def reasons_of(tracker: Tracker) -> list[str]:
    """Why nothing arrives, as the tracker sees it now."""
    return [reason.removesuffix(_PATIENCE) for reason in tracker.health()["reasons"]]
