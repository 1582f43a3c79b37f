"""One event to the collector, on purpose, and what came back."""

from __future__ import annotations

import time
from decimal import Decimal

from ..delivery.http import HttpEmitter
from ..delivery.retry import Outcome, Verdict
from ..events.events import StructuredEvent
from ..ids import new_uuid
from ..protocol import Encoder
from ..settings.settings import Settings
from .finding import Finding

_TOPIC = "collector"
_ADVICE = {
    Verdict.CONTENT: "It takes no such event: look at its version, and what stands before it.",
    Verdict.ADDRESS: "Look at collector_url, its path, collector_headers and ca_bundle.",
    Verdict.LATER: "Look whether it runs and can be reached from this machine.",
}


def send_one(settings: Settings) -> Finding:
    """POST a structured event ``tracking_middleware``/``doctor``; nothing of the outbox is touched."""
    if settings.collector_url == "log:":
        return Finding("note", _TOPIC, "nothing was sent, since collector_url is 'log:'")
    event_id = new_uuid()
    outcome, seconds = _sent(settings, event_id)
    took = f"after {seconds * 1000:.0f} ms"
    if outcome.verdict is Verdict.DELIVERED:
        return Finding("ok", _TOPIC, f"took the event {event_id}: {outcome.detail} {took}")
    return Finding(
        "wrong", _TOPIC, f"did not take an event: {outcome.detail} {took}", _ADVICE[outcome.verdict]
    )


def _sent(settings: Settings, event_id: str) -> tuple[Outcome, float]:
    event = StructuredEvent(
        "tracking_middleware",
        "doctor",
        value=Decimal(1),
        event_id=event_id,
        dvce_created_tstamp=int(time.time() * 1000),
    )
    encoder = Encoder(app_id=settings.app_id, namespace=settings.namespace, platform=settings.platform)
    begun = time.monotonic()
    emitter = HttpEmitter(
        collector_url=settings.collector_url,
        timeout=settings.timeout,
        headers=settings.collector_headers,
        ca_bundle=settings.ca_bundle,
        compress=settings.compress,
    )
    try:
        outcome = emitter.send([encoder.encode(event)], is_anonymous=False)
    finally:
        emitter.close()
    return outcome, time.monotonic() - begun
