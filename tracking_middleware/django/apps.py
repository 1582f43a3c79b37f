"""The app: needed in ``INSTALLED_APPS`` for checks, the command ``send_events``, and the database outbox."""

from __future__ import annotations

from django.apps import AppConfig

from .registering import register_checks


class TrackingConfig(AppConfig):
    """``INSTALLED_APPS = ["tracking_middleware.django", …]``."""

    name = "tracking_middleware.django"
    label = "tracking_middleware"
    verbose_name = "Tracking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take part in ``manage.py check``."""
        register_checks()
