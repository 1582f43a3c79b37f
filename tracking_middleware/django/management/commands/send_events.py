"""``manage.py send_events``: the relay of the database outbox, as a process of its own."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from ....delivery.outbox.file import OutboxError
from ....errors import SettingsError
from ....tracker import Tracker
from ...tracker import make_tracker, outbox_aliases, settings_of_django

_LONGEST = 365 * 86_400.0
"""Seconds: the end of --once is that nothing is left or that the collector fails, not the time."""


class Command(BaseCommand):
    """Sends the events that wait in the database outbox; any number of relays may run at once."""

    help = "Send the events that wait in the database outbox, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument(
            "--once", action="store_true", help="send what waits and end: status 0 where nothing is left"
        )
        parser.add_argument(
            "--retry-dead", action="store_true", help="first let the events that were refused wait again"
        )

    def handle(self, *_arguments: Any, once: bool, retry_dead: bool, **_options: Any) -> None:
        """Relay; raises CommandError where events are left, or nothing could be sent at all."""
        tracker = _tracker()
        try:
            if retry_dead:
                self.stdout.write(f"{_sum('retry_dead_letters')} events wait to be sent again")
            if not once:
                threading.Event().wait()
        except KeyboardInterrupt:
            self.stdout.write("stopping")
        finally:
            tracker.close(_LONGEST if once else None)
        if once and (left := _sum("count_waiting")):
            reasons = "; ".join(tracker.health()["reasons"]) or "other relays have them, or they are put off"
            raise CommandError(f"{left} events are left: {reasons}")


def _tracker() -> Tracker:
    try:
        settings = settings_of_django()
        if not settings.enabled or not settings.database_outbox:
            raise CommandError(
                "there is nothing to relay: set database_outbox to True, and enabled, in TRACKING"
            )
        return make_tracker()
    except SettingsError as error:
        raise CommandError(str(error)) from error


def _sum(question: str) -> int:
    """What the outboxes in all databases say, added up."""
    from ...outbox import DatabaseOutbox

    try:
        return sum(getattr(DatabaseOutbox(alias, lease_seconds=0), question)() for alias in outbox_aliases())
    except (Error, OutboxError) as error:
        raise CommandError(f"the database outbox does not work: {error}") from error
