"""What ``manage.py check`` says about the tracking settings and the table of the database outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage
from django.db import connections

from ..errors import SettingsError
from .tracker import outbox_aliases, settings_of_django


def check_settings(**_options: Any) -> list[CheckMessage]:
    """``E001``: a tracking setting is wrong; one message for each."""
    try:
        settings = settings_of_django()
        if settings.enabled and settings.database_outbox:
            outbox_aliases()
    except SettingsError as error:
        return [
            checks.Error(f"TRACKING: {problem.removeprefix('TRACKING ')}", id="tracking_middleware.E001")
            for problem in error.problems
        ]
    return []


def check_outbox_table(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """``W001``: the database outbox has no table yet. No error, since ``migrate`` checks before it begins."""
    try:
        settings = settings_of_django()
        if not databases or not settings.enabled or not settings.database_outbox:
            return []
        from .models import OutboxEvent

        table = OutboxEvent._meta.db_table
        without = [
            alias
            for alias in outbox_aliases()
            if alias in databases and table not in connections[alias].introspection.table_names()
        ]
    except SettingsError:  # told above
        return []
    return [
        checks.Warning(
            f"the database outbox has no table in {alias!r}: events tracked there wait in memory alone",
            hint=f"Run manage.py migrate tracking_middleware --database {alias}.",
            id="tracking_middleware.W001",
        )
        for alias in without
    ]
