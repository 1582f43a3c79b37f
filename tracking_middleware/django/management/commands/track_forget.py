"""``manage.py track_forget``: a person taken out of the rows of the database outbox."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from ....errors import TrackingError
from ....forgetting.forgetting import Outcome, Shown, forget
from ....forgetting.persons import Given
from ....forgetting.tokens import with_token
from ...tracker import outbox_aliases
from ..database_rows import DatabaseRows


class Command(BaseCommand):
    """Takes a person out, in all databases that may have an outbox."""

    help = (
        "Take a person out of the rows of the database outbox, dead ones too. It shows what it will take out "
        "and asks. The store, outbox files and journeys: tracking-middleware forget."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        for name, text in (
            ("user-id", "the app's own id of the person"),
            ("domain-userid", "the browser's id, as its cookie _sp_id has it"),
            ("token", "a hand-off token, as seal() gives it or a link has it"),
        ):
            parser.add_argument(f"--{name}", metavar="ID", action="append", default=[], help=text)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--wait", metavar="SECONDS", type=float, default=30.0, help="how long to wait for a lock"
        )
        parser.add_argument("--receipt", metavar="FILE", type=Path, help="where the receipt goes")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Take out; raises CommandError where somebody is nowhere, and where no is answered."""
        holdings = [DatabaseRows(alias) for alias in outbox_aliases()]
        try:
            outcome = forget(
                _given(options),
                holdings,
                wait=max(0.0, options["wait"]),
                receipt=options["receipt"],
                asked=lambda shown: self._show(shown, is_sure=options["yes"]),
            )
        except (TrackingError, OSError) as error:
            raise CommandError(str(error)) from None
        if outcome is None:
            raise CommandError("nothing was taken out")
        self._tell(outcome, holdings)

    def _show(self, shown: Shown, *, is_sure: bool) -> bool:
        for path, counts in shown.counts.items():
            said = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
            self.stdout.write(f"{path}: {said or 'no events'}")
        try:
            return is_sure or input("take it out? [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            raise CommandError("nobody answered: give --yes where nobody can be asked") from None

    def _tell(self, outcome: Outcome, holdings: Sequence[DatabaseRows]) -> None:
        for path, counts in outcome.counts.items():
            self.stdout.write(f"{path}: took out {sum(counts.values())} events")
        if any(connections[each.alias].vendor != "sqlite" for each in holdings):
            self.stdout.write("PostgreSQL keeps the bytes of deleted rows until VACUUM FULL, and in its log")
        for path in outcome.left_in:
            self.stderr.write(f"{path} still has an identifier in its bytes: run the same again")
        self.stdout.write(f"the receipt is in {outcome.receipt}")


def _given(options: dict[str, Any]) -> Given:
    given = Given(
        user_ids=frozenset(filter(None, options["user_id"])),
        domain_userids=frozenset(filter(None, options["domain_userid"])),
    )
    for text in options["token"]:
        try:
            given = with_token(given, text)
        except ValueError as error:
            raise CommandError(f"--token {text!r}: {error}") from None
    if not list(given.named()):
        raise CommandError("whom? give --user-id, --domain-userid or --token")
    return given
