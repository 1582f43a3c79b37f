"""The tracker of a Django process: its settings, its transactions, and the outbox in its database."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from ..delivery.conditions.troubles import Troubles
from ..delivery.lending import Elsewhere
from ..delivery.memory.buffer import Buffer
from ..delivery.worker import BackgroundDelivery
from ..errors import SettingsError
from ..protocol import Encoder
from ..settings.problems import mapping
from ..settings.secret_keys import InheritedKeys
from ..settings.settings import Settings
from ..tally import Tally
from ..tracker import Tracker
from ..tracking.destination import Delivery
from ..wiring import background_delivery
from .transactions import RowWriter, TransactionGate, outbox_databases


class DjangoTracker(Tracker):
    """A tracker that knows Django's transactions."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError."""
        super().__init__(settings)
        if settings.on_commit:
            self.gate = TransactionGate(self._row_writer())

    def divert(self, instead: Callable[[Delivery], Delivery]) -> None:
        """See ``Tracker.divert``; rows in the database are not written then, since they leave from there."""
        super().divert(instead)
        if self.gate is not None:
            self.gate = TransactionGate()

    def _row_writer(self) -> RowWriter | None:
        settings, delivery = self.settings, self._delivery
        if not settings.database_outbox or not isinstance(delivery, BackgroundDelivery):
            return None
        return RowWriter(
            Encoder(
                app_id=settings.app_id,
                namespace=settings.namespace,
                platform=settings.platform,
                count=self.tally.error,
            ),
            aliases=frozenset(outbox_aliases()),
            stored=delivery.store_elsewhere,
            count=self.tally.error,
        )


def _connect(settings: Settings, tally: Tally) -> BackgroundDelivery:
    if not settings.database_outbox:
        return background_delivery(settings, tally)
    aliases = outbox_aliases()

    def databases(buffer: Buffer, troubles: Troubles) -> Elsewhere:
        from .outbox import Databases  # it has a model, which there is once the app is installed

        return Databases(aliases, settings=settings, buffer=buffer, troubles=troubles, count=tally.error)

    return background_delivery(settings, tally, elsewhere=databases)


DjangoTracker.connect = staticmethod(_connect)


@cache
def get_tracker() -> Tracker:
    """The process's tracker, made from ``settings.TRACKING``; raises SettingsError."""
    tracker = make_tracker()
    tracker.lifetime.is_shared = True
    return tracker


def _forget_tracker(*, setting: str, **_signal: object) -> None:
    """``override_settings(TRACKING=…)`` of a test begins or ends: from here on there is another tracker."""
    if setting == "TRACKING":
        get_tracker.cache_clear()


setting_changed.connect(_forget_tracker)


def make_tracker() -> Tracker:
    """Another tracker from ``settings.TRACKING``; raises SettingsError."""
    return DjangoTracker(settings_of_django())


def settings_of_django() -> Settings:
    """The settings in ``settings.TRACKING``, with Django's key; raises SettingsError."""
    given = mapping(getattr(django_settings, "TRACKING", {}), named="TRACKING")
    return Settings.from_mapping({**_secret_key(), **given})


def outbox_aliases() -> list[str]:
    """The databases that may have an outbox; raises SettingsError where there can be none."""
    if not apps.is_installed("tracking_middleware.django"):
        raise SettingsError(
            ["database_outbox needs its table: add 'tracking_middleware.django' to INSTALLED_APPS, migrate"]
        )
    if not (aliases := outbox_databases()):
        raise SettingsError(
            ["database_outbox works in PostgreSQL and SQLite: DATABASES has none where its table may be"]
        )
    return aliases


def _secret_key() -> dict[str, Any]:
    """Django's own key signs unless another is set; its fallbacks are still taken, the oldest first."""
    try:
        keys = [*reversed(django_settings.SECRET_KEY_FALLBACKS), django_settings.SECRET_KEY]
    except ImproperlyConfigured:  # Django has none and is right to refuse it to those who need one
        return {}
    return {"secret_key": InheritedKeys(keys)}
