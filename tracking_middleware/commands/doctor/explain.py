"""``tracking-middleware explain``: what tracking makes of one request, without sending anything."""

from __future__ import annotations

import argparse
import math
from typing import Any

from ...doctor.explaining.asked import Asked, AskedError, asked
from ...doctor.explaining.calling import Answered, NoAnswerError, call
from ...doctor.explaining.explanation import explain
from ...doctor.explaining.watching import watching
from ...doctor.loading import is_asgi, is_django, tracker_of, trackings_in
from ...doctor.of_settings import hosts_known
from ...doctor.pasting import pasted
from ...errors import SettingsError
from ...settings.settings import Settings
from ...tracking.holding import stage
from ..terminal import WELL, CommandError, UsageError, on_one_line
from .command import add_app_option, loaded

_DESCRIPTION = """
Ask the app once for URL, in this process and as a browser that loads a page would, and say what tracking
made of it: the rules that were met, who the visitor is and why, the entities and who attached them, and the
payload. What is confidential shows as ***. Nothing is sent to the collector; the app does all else that it
does. Exit status: 0 it answered; 1 it did not, or cannot be had; 2 the arguments cannot be used.
"""


def add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    explain_ = commands.add_parser(
        "explain", help="say what tracking makes of one request", description=_DESCRIPTION
    )
    explain_.add_argument("url", metavar="URL", help="a path of the site, or a whole URL of it")
    add_app_option(explain_, required=True)
    explain_.add_argument("--method", default="GET", help="(default: GET)")
    explain_.add_argument(
        "--header",
        metavar="TEXT",
        action="append",
        default=[],
        help="such as 'Sec-GPC: 1'; without a value it leaves out one of the browser's; also several times",
    )
    explain_.add_argument(
        "--cookie", metavar="TEXT", action="append", default=[], help="cookies copied from a browser"
    )
    explain_.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="for the answer (default: 10)"
    )
    explain_.set_defaults(run=_run, parser=explain_)


def _run(arguments: argparse.Namespace) -> int:
    try:
        app = loaded(arguments.app)
        found = trackings_in(app)
        settings = tracker_of(found[0]).settings if found else None
    except SettingsError as error:
        raise CommandError(str(error)) from None
    try:
        request = asked(
            arguments.url,
            method=arguments.method,
            headers=arguments.header,
            cookies=map(pasted, arguments.cookie),
            host=_host(app, settings),
        )
    except AskedError as error:
        raise UsageError(str(error)) from None
    try:
        with watching() as seen:
            answered = _answered(app, request, arguments.timeout)
    except NoAnswerError as error:
        raise CommandError(str(error)) from None
    for line in explain(request, answered, seen, settings):
        print(on_one_line(line))
    return WELL


def _answered(app: Any, request: Asked, seconds: float) -> Answered:
    try:
        return call(app, request, is_asgi=is_asgi(app), seconds=seconds)
    except NoAnswerError:
        stage.hold()  # for what is left of this process: the answer may still come, and its event with it
        raise


def _host(app: Any, settings: Settings | None) -> str:
    """A host that the site answers for, as far as that is known."""
    hosts = hosts_known(app, is_django=is_django(app))
    if not hosts and settings is not None and settings.cookie_domain not in {None, "auto"}:
        hosts = [settings.cookie_domain or ""]
    return hosts[0].removeprefix(".") if hosts else "localhost"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600 or math.isnan(seconds):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give seconds, above 0 and up to 600")
    return seconds
