"""``tracking-middleware doctor``: what is wrong with a site's tracking, in plain words."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import Any

from ...doctor.examination import REGISTRY_KEY, Examination
from ...doctor.finding import Finding
from ...doctor.listening import on_logging
from ...doctor.loading import LoadingError, NoNameError, load
from ...doctor.of_settings import on_wrong
from ...errors import SettingsError
from ...settings.settings import Settings
from ..terminal import FOUND_WRONG, WELL, CommandError, UsageError, on_one_line

_DESCRIPTION = """
Look at everything that tracking depends on, and say what is wrong: the app's middleware and its order,
the settings (those of the app's middleware, without --app those of the environment), the cookie's domain
against the hosts, the key, logging, and schemas. Exit status: 0 nothing is wrong; 1 something is; 2 the
arguments cannot be used.
"""


def add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    doctor = commands.add_parser(
        "doctor", help="say what is wrong with a site's tracking", description=_DESCRIPTION
    )
    add_app_option(doctor)
    doctor.add_argument(
        "--send",
        action="store_true",
        help="send one event to the collector, and say what came back; fetch what agents are checked by",
    )
    doctor.add_argument(
        "--privacy",
        action="store_true",
        help="tell each clause of measuring audience without consent, and what holds it",
    )
    doctor.add_argument(
        "--cookie",
        metavar="TEXT",
        action="append",
        default=[],
        help="explain cookies copied from a browser, field by field; may be given several times",
    )
    doctor.add_argument(
        "--registry",
        metavar="PLACE",
        action="append",
        default=[],
        help=f"an Iglu registry, URL or folder, that should have the schemas; its key is {REGISTRY_KEY}",
    )
    doctor.set_defaults(run=_run, parser=doctor)


def add_app_option(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """``--app``."""
    parser.add_argument(
        "--app",
        metavar="MODULE:NAME",
        required=required,
        help="the site's app, such as shop.wsgi:application, or with () what makes it: shop:create_app()",
    )


def loaded(name: str | None) -> Any:
    """The app of that name, None where none was named; raises CommandError, and SettingsError as it is."""
    if name is None:
        return None
    try:
        return load(name)
    except NoNameError as error:
        raise UsageError(f"--app: {error}") from None
    except LoadingError as error:
        raise CommandError(f"--app: {error}") from None


def _run(arguments: argparse.Namespace) -> int:
    key = os.environ.get(REGISTRY_KEY)
    try:
        app = loaded(arguments.app)
    except SettingsError as error:
        return told((*on_wrong(error), *on_logging()))
    examination = Examination(
        own=Settings.from_environ,
        app=app,
        sends=arguments.send,
        tells_privacy=arguments.privacy,
        cookies=arguments.cookie,
        registries=arguments.registry,
        api_keys=dict.fromkeys(arguments.registry, key) if key else {},
    )
    return told(examination.findings())


def told(findings: Iterable[Finding]) -> int:
    """Print what is found, and the sum; the exit status."""
    wrong = 0
    for finding in findings:
        print("\n".join(map(on_one_line, finding.lines())), flush=True)
        wrong += finding.mark == "wrong"
    print(f"\n{wrong} {'thing is' if wrong == 1 else 'things are'} wrong" if wrong else "\nnothing is wrong")
    return FOUND_WRONG if wrong else WELL
