"""``doctor --privacy``: each clause of measuring audience without consent, and what holds it."""

from __future__ import annotations

from collections.abc import Iterator

from ..settings.audience_preset import LONGEST_AUDIENCE_COOKIE
from ..settings.settings import Settings
from .finding import Finding

_DAYS = LONGEST_AUDIENCE_COOKIE // 86_400


def on_privacy(settings: Settings) -> Iterator[Finding]:
    """The clauses of ``privacy="audience"`` in order (CNIL, audience measurement, 4 July 2025).

    ``ok``: the settings hold it; ``note``: what the site, the JavaScript tracker or the collector has to do,
    which no server can prove.
    """
    if settings.privacy != "audience":
        yield Finding(
            "note",
            "privacy",
            "the preset is off: people are measured as consent allows",
            "Set privacy to 'audience' to measure audience alone.",
        )
        return
    yield from _of_the_server(settings)
    yield from _of_the_browser(settings)
    yield from _unproven()


def _of_the_server(settings: Settings) -> Iterator[Finding]:
    yield _held("opt-out", f"with the cookie {settings.opt_out_cookie!r} nothing is recorded, no cookie set")
    yield _held("addresses", "sent without their end: 24 bits of IPv4, 48 of IPv6")
    yield _held("joining", "no user_id leaves, seal() gives no tokens, and what track() sends names nobody")
    yield _held("joining", "a page view with an order or a customer of the ecommerce schemas names nobody")
    yield _held("other sites", "no network_userid leaves, and the link parameter _sp is redacted in URLs")
    if settings.identity == "issue":
        days = settings.cookie_lifetime // 86_400
        yield _held("cookies", f"our _sp_id ends {days} days after its person was begun; there is no twin")
    else:
        yield _held("cookies", "the server sets none")


def _of_the_browser(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        "note",
        "JavaScript tracker",
        "it sets cookies of its own, and renews them at each event, which no option turns off",
        f"Give newTracker cookieLifetime: {settings.cookie_lifetime} and contexts: {{ session: false }}; "
        f"delete _sp_id yourself {_DAYS} days after its second field, where the server does not issue it.",
    )
    yield Finding(
        "note",
        "JavaScript tracker",
        "it can name people and follow them over sites",
        f"Call enableAnonymousTracking or setOptOutCookie({settings.opt_out_cookie!r}) by the visitor's "
        "choice; never setUserId, and no crossDomainLinker.",
    )


def _unproven() -> Iterator[Finding]:
    for topic, text, advice in (
        (
            "opt-out",
            "whether the site offers it",
            "Name it where visitors are informed, and let it set the cookie.",
        ),
        ("information", "whether visitors are told of the measurement", "Say so in the privacy policy."),
        (
            "purpose",
            "whether the figures serve the publisher alone, and only as anonymous statistics",
            "Make no figures per person, and give events to nobody else.",
        ),
        ("collector", "whether it sets a cookie of its own", "Turn the collector's cookie off."),
        ("retention", "how long events are kept", "Delete them after 25 months at the most."),
        (
            "entities",
            "whether an entity or a path of yours names an order or a person",
            "Look at them with explain; mask_paths and before_send take such things out.",
        ),
    ):
        yield Finding("note", topic, f"cannot be proved here: {text}", advice)


def _held(topic: str, text: str) -> Finding:
    return Finding("ok", topic, text)
