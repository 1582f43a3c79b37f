"""What ``manage.py check`` says about the tracking settings and the table of the database outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage
from django.db import connections

from ..doctor.checks.of_settings import remarks_on
from ..doctor.checks.remark import Remark
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


_IDS = {"secret": "W005", "contradiction": "W006", "cookie_domain": "W007"}


def check_remarks(**_options: Any) -> list[CheckMessage]:
    """``W005`` to ``W007``: the key that signs, settings that contradict each other, the cookie's domain."""
    try:
        settings = settings_of_django()
    except SettingsError:  # E001 tells
        return []
    hosts = [str(host) for host in django_settings.ALLOWED_HOSTS]
    remarks = remarks_on(settings, hosts=hosts, is_live=not django_settings.DEBUG)
    if settings.enabled and settings.trusted_proxies is None and _is_behind_proxies():
        remarks.append(_BEHIND_PROXIES)
    return [
        checks.Warning(
            remark.text, hint=remark.advice, id=f"tracking_middleware.{_IDS.get(remark.kind, 'W006')}"
        )
        for remark in remarks
    ]


_BEHIND_PROXIES = Remark(
    "contradiction",
    "Django believes a proxy (SECURE_PROXY_SSL_HEADER, USE_X_FORWARDED_HOST or USE_X_FORWARDED_PORT) and "
    "tracking none: every visitor has the proxy's address",
    "Set trusted_proxies in TRACKING.",
)


def _is_behind_proxies() -> bool:
    names = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")
    return any(getattr(django_settings, name, None) for name in names)


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
