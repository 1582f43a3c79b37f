"""``privacy="audience"``: what an event may say where people are counted without being asked. Pure.

The rules are those of the French authority's exemption for audience measurement (CNIL, article 82,
as described on 4 July 2025): figures for the publisher alone, nothing joined with other data, nobody followed
over sites. What a server does for each clause, and what it cannot prove, is told by
``tracking-middleware doctor --privacy``.
"""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from ..addresses import anonymized
from ..events.events import Event, PageView
from ..settings.settings import BeforeSend, Settings

_JOINING = tuple(
    f"iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/".encode()
    for name in ("transaction", "transaction_error", "refund", "user")
)
"""Entities that name an order or a customer, by which a visit could be joined with either."""


class Limited:
    """A ``before_send`` that calls the application's own, if there is one, and limits what that gives."""

    def __init__(self, before_send: BeforeSend | None) -> None:
        self._before_send = before_send

    def __call__(self, event: Event) -> Event | None:
        """The event as it may leave, or None where the application took it out."""
        given = event if self._before_send is None else self._before_send(event)
        # what is no event is refused, and counted, by whoever asks
        return within_audience(given) if isinstance(given, Event) else given


def audience_limited(settings: Settings) -> Settings:
    """The settings, under the preset with a ``before_send`` that limits each event, last of all."""
    if settings.privacy != "audience" or isinstance(settings.before_send, Limited):
        return settings
    return dataclasses.replace(settings, before_send=Limited(settings.before_send))


def within_audience(event: Event) -> Event:
    """An event as the preset lets it leave.

    A page view keeps the first-party person and session, by which visits are counted, and loses
    ``user_id``, ``network_userid`` and the end of the address. Whatever else the application tracks may
    carry an order, and names nobody; so does a page view with an order or a customer on it.
    """
    if event.is_anonymous:
        return event
    subject = event.subject
    if not isinstance(event, PageView) or any(map(_joins, event.entities)):
        return replace(event, subject=subject.anonymous(), is_anonymous=True)
    address = subject.user_ipaddress
    kept = replace(
        subject,
        user_id="",
        network_userid=None,
        user_ipaddress=anonymized(address) if address else "",
        handed_off=None,
    )
    return replace(event, subject=kept)


def _joins(entity: bytes) -> bool:
    return any(name in entity for name in _JOINING)
