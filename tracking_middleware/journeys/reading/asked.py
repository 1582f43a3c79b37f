"""What is asked, and what is found; values without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

ARTICLES_BY = ("article", "author", "section", "subject", "tag")
CAMPAIGNS_BY = ("campaign", "channel", "landing_page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which reads count: of one app, from a day to a day (both in), of an author, of a subject; or all."""

    app: str = ""
    since: date | None = None
    until: date | None = None
    author: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity, ``vendor/name``, that takes the place of the article's id."""

    entity: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A row of ``content_performance``; shares are None where there is nothing to divide by."""

    value: str
    day: date | None
    views: int
    server_views: int
    browser_views: int
    persons: int
    new_persons: int
    engaged_seconds: int
    finished_share: float | None
    entry_share: float
    returning_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An article as it was for a time; several authors, sections and tags are joined by ``; ``."""

    valid_from: datetime
    valid_to: datetime | None
    title: str | None
    authors: str | None
    sections: str | None
    subject: str | None
    tags: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """An article that was read before or after another: None where there was none."""

    article_id: str | None
    title: str | None
    persons: int
    moves: int


@dataclass(frozen=True, slots=True)
class Coming:
    """Where sessions came from that began with an article."""

    channel: str
    source: str | None
    sessions: int
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Articles:
    """What was read: ``rows`` by what was asked for, ``days`` of all of it, and ``titles`` by article."""

    all: Figures | None
    rows: tuple[Figures, ...]
    days: tuple[Figures, ...]
    now: Mapping[str, Described] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article: what it was, who read it when, what they came from and went on to.

    ``title`` is its own, or that of the page where it has none.
    """

    title: str | None
    described: tuple[Described, ...]
    all: Figures | None
    days: tuple[Figures, ...]
    before: tuple[Move, ...]
    after: tuple[Move, ...]
    comings: tuple[Coming, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What came by a campaign, a channel or to a landing page; ``value`` is None for sessions without."""

    value: str | None
    day: date | None
    sessions: int
    persons: int
    page_views: int
    engaged_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Conversions by what credits them, in one currency, after returns; ``cost`` is None where none is told.

    ``unknown_margins`` are conversions of which nobody knows the margin: they are not in the sum.
    """

    value: str | None
    currency: str
    conversions: Decimal
    revenue: Decimal
    margin: Decimal
    unknown_margins: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """Sessions by what was asked for, by day, and what was earned; None where no conversion is named."""

    rows: tuple[Touched, ...]
    days: tuple[Touched, ...]
    earned: tuple[Earned, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What filters may say: apps, authors, subjects, the most read first.

    ``fields`` are of the entities on page views, by their schemas' URIs; each URI that was seen is there
    with None too. ``conversion_uris`` are those of events that say a conversion or a return, and of their
    entities.
    """

    apps: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    fields: tuple[tuple[str, str | None], ...] = ()
    conversion_uris: tuple[str, ...] = ()
