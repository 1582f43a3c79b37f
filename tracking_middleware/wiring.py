"""Settings → a tracker with its delivery: where the core and the delivery meet, and an adapter begins."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .delivery.conditions.troubles import Troubles
from .delivery.lending import Elsewhere
from .delivery.log import LogEmitter
from .delivery.memory.buffer import Buffer
from .delivery.process import Plan
from .delivery.sender import Emitter
from .delivery.worker import BackgroundDelivery
from .doctor.checks.of_settings import remarks_on
from .doctor.checks.remark import tell
from .errors import SettingsError
from .events.article import Article2
from .events.entities import schema_of
from .exchange.agents.entity import AgentRead
from .settings.settings import Settings
from .tally import Tally
from .tracker import Tracker
from .tracking.destination import Delivery
from .tracking.holding import hold_under_tests

logger = logging.getLogger(__name__)

_WITHOUT_SCHEMA = frozenset({"title", "canonical"})
"""Sources of the setting ``metadata`` that give no entity."""
_ATTACHES = (
    "tracking: %s attaches %s, whose schema your Iglu registry needs: "
    "tracking-middleware schema export --own FOLDER writes it"
)


def tracker_from(
    tracker: Tracker | None, options: Mapping[str, Any], *, hosts: Iterable[str] = ()
) -> Tracker:
    """The app's tracker: the ready one, or one made from settings by name; raises SettingsError.

    What is odd about the settings is logged, once a process. ``hosts`` are the site's, where they are known.
    """
    if tracker is None:
        tracker = Tracker(Settings.from_mapping(options))
    elif options:
        raise SettingsError([f"give a ready tracker or settings, not both: leave out {', '.join(options)}"])
    settings = tracker.settings
    tell(lambda: remarks_on(settings, hosts=hosts))
    if not _WITHOUT_SCHEMA.issuperset(settings.metadata):
        logger.info(_ATTACHES, "metadata", schema_of(Article2))
    if settings.agents == "all":
        logger.info(_ATTACHES, "agents='all'", schema_of(AgentRead))
    tracker.lifetime.is_shared = True
    return tracker


def may_take(app: object, arguments: int) -> bool:
    """Whether an app may be called with so many arguments; False only where it surely cannot."""
    try:
        signature = inspect.signature(app)  # type: ignore[arg-type]  # what else it may be is not sure
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        return False
    return True


def is_async(app: object) -> bool:
    """Whether calling an app surely gives a coroutine."""
    called = getattr(type(app), "__call__", None)  # noqa: B004  # what it is, not whether there is one
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(called)


def background_delivery(
    settings: Settings,
    tally: Tally,
    *,
    elsewhere: Callable[[Buffer, Troubles], Elsewhere] | None = None,
) -> BackgroundDelivery:
    """A delivery by background threads; ``elsewhere`` opens what the application keeps events in."""

    def emitter() -> Emitter:
        if settings.collector_url == "log:":
            return LogEmitter()
        from .delivery.http import HttpEmitter  # httpx is loaded when something is sent, not before

        return HttpEmitter(
            collector_url=settings.collector_url,
            timeout=settings.timeout,
            headers=settings.collector_headers,
            ca_bundle=settings.ca_bundle,
            compress=settings.compress,
        )

    return BackgroundDelivery(
        Plan(
            settings=settings,
            connect=emitter,
            count=tally.error,
            failure=tally.failure,
            elsewhere=elsewhere,
        )
    )


def _connect(settings: Settings, tally: Tally) -> Delivery:
    if settings.database_outbox:
        raise SettingsError(
            ["database_outbox works in Django alone, by TRACKING: use outbox, which is a file"]
        )
    return background_delivery(settings, tally)


Tracker.connect = staticmethod(_connect)

hold_under_tests()
