"""The system checks take part in ``manage.py check``, with our app in ``INSTALLED_APPS`` or without it."""

from __future__ import annotations

import logging
from functools import cache

from django.apps import apps
from django.core import checks

from .checks import check_outbox_table, check_remarks, check_settings
from .middleware_checks import check_middleware

logger = logging.getLogger("tracking_middleware.doctor")


def register_checks() -> None:
    """Register them; once more changes nothing, since Django keeps a set."""
    checks.register(check_settings)
    checks.register(check_middleware)
    checks.register(check_remarks)
    checks.register(check_outbox_table, checks.Tags.database)


@cache
def tell_what_is_odd() -> None:
    """Log what the checks say, once a process, where no ``manage.py check`` would: the app is not installed.

    ``SILENCED_SYSTEM_CHECKS`` holds here too. Never raises.
    """
    try:
        if apps.is_installed("tracking_middleware.django"):
            return
        for message in (*check_middleware(), *check_remarks()):
            if not message.is_silenced():
                logger.warning("tracking: %s. %s (%s)", message.msg, message.hint, message.id)
    except Exception:
        # whatever a project has in its settings, looking at them must not keep it from starting
        logger.debug("what is odd could not be looked for", exc_info=True)
