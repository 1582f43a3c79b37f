"""``manage.py track_doctor``: what ``tracking-middleware doctor`` says, of this project."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.management.base import BaseCommand, CommandError

from ....doctor.examination import REGISTRY_KEY, Examination
from ....errors import TrackingError
from ...tracker import settings_of_django


class Command(BaseCommand):
    """Says what is wrong with the tracking; the exit status is 1 where something is."""

    help = "Say what is wrong with this project's tracking, in plain words."
    requires_system_checks = ()  # they are told among the rest

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument(
            "--send",
            action="store_true",
            help="send one event to the collector, and say what came back; fetch what agents are checked by",
        )
        parser.add_argument(
            "--privacy",
            action="store_true",
            help="tell each clause of measuring audience without consent, and what holds it",
        )
        parser.add_argument(
            "--cookie",
            metavar="TEXT",
            action="append",
            default=[],
            help="explain cookies copied from a browser, field by field",
        )
        parser.add_argument(
            "--registry",
            metavar="PLACE",
            action="append",
            default=[],
            help=f"an Iglu registry, URL or folder, that should have the schemas; its key is {REGISTRY_KEY}",
        )

    def handle(
        self,
        *_arguments: Any,
        send: bool,
        privacy: bool,
        cookie: list[str],
        registry: list[str],
        **_options: Any,
    ) -> None:
        """Examine; raises CommandError where something is wrong."""
        key = os.environ.get(REGISTRY_KEY)
        examination = Examination(
            own=settings_of_django,
            app=_application(),
            is_django=True,
            sends=send,
            tells_privacy=privacy,
            cookies=cookie,
            registries=registry,
            api_keys=dict.fromkeys(registry, key) if key else {},
        )
        wrong = 0
        for finding in examination.findings():
            self.stdout.write("\n".join(finding.lines()))
            wrong += finding.mark == "wrong"
        if wrong:
            raise CommandError(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong")
        self.stdout.write("nothing is wrong")


def _application() -> Any:
    """The project's own; None where our settings are wrong, of which the settings tell then."""
    try:
        return WSGIHandler()  # and not get_wsgi_application(), which configures logging a second time
    except TrackingError:
        return None
    except Exception as error:
        # a project's middleware may raise anything while it is set up
        what = f"{type(error).__name__}: {error}"
        raise CommandError(f"the project's middleware cannot be set up: {what}") from error
