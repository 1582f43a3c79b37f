"""``privacy="audience"`` over the other settings: what it refuses by name, and what it sets itself."""

from __future__ import annotations

from typing import Any

DEFAULT_COOKIE_LIFETIME = 63_072_000
"""Seconds: the JavaScript tracker's, two years."""
LONGEST_AUDIENCE_COOKIE = 390 * 86_400
"""Seconds: 13 months of 30 days."""


def against_audience(settings: Any) -> list[str]:
    """A sentence for each setting that the preset does not allow."""
    problems, preset = [], "with privacy='audience'"
    if settings.opt_out_cookie is None:
        problems.append(
            f"opt_out_cookie is required {preset}: the name of the cookie that your site's opt-out sets"
        )
    if settings.user_id is not None:
        problems.append(f"user_id names people, which nothing does {preset}: leave it out")
    lifetime = settings.cookie_lifetime
    if lifetime != DEFAULT_COOKIE_LIFETIME and _is_above(lifetime):
        problems.append(
            f"cookie_lifetime must be {LONGEST_AUDIENCE_COOKIE} seconds (13 months) at the most {preset}, "
            f"not {lifetime}"
        )
    return problems


def held_by_audience(settings: Any) -> dict[str, Any]:
    """What the preset sets: shorter addresses, a shorter cookie, no link between sites."""
    lifetime = settings.cookie_lifetime
    return {
        "anonymize_ip": True,
        "cookie_lifetime": LONGEST_AUDIENCE_COOKIE if _is_above(lifetime) else lifetime,
        "scrub_query": frozenset(settings.scrub_query) | {"_sp"},
    }


def _is_above(lifetime: object) -> bool:
    """Whether it is longer than 13 months; what is no number is refused for that."""
    return isinstance(lifetime, int) and lifetime > LONGEST_AUDIENCE_COOKIE
