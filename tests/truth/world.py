"""What a world is like, and what happened in it; everything follows from the seed."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True, kw_only=True)
class World:
    """Shares are from 0 to 1, times in seconds."""

    seed: int
    persons: int = 3000
    days: int = 120
    shared_devices: float = 0.05
    blocking_persons: float = 0.25
    login_persons: float = 0.45
    login_sessions: float = 0.5
    cookie_loss_a_month: float = 0.08
    second_device: float = 0.4
    with_network_userid: float = 0.3
    """Browsers whose collector's cookie the server reads and sends as tnuid."""
    network_userid_survives: float = 0.5
    """Of those, what outlives the loss of the tracker's own cookie."""
    page_ids: float = 0.6
    """Page views that both sides give one ``web_page`` id."""
    lost_browser: float = 0.02
    """Page views of a browser that get lost, without any blocker."""
    unseen_server: float = 0.03
    """Page views that no server saw: out of the browser's cache, or within a single page."""
    loads: float = 45.0
    """Mean time between two page loads of a session."""
    views: int = 5
    """Mean page views of a session."""
    urls: int = 400
    """How many pages the site has."""
    pages: int = 12
    """How many of them a session goes among."""
    reloads: float = 0.02
    """Loads that load the page before again."""
    clock: float = 1.0
    """Browsers' times are off by up to so much, either way, each by its own."""
    orders: float = 0.05
    bots: float = 0.01
    late: float = 0.02
    duplicated: float = 0.01
    session_id_late: float = 0.2
    """Sessions whose first page the server saw before it could know the session's id."""


@dataclass
class Truth:
    """What is true of the events that are in the file.

    By session: whose it is, in which life of a browser's cookie, whether people share the browser, and the
    user_id that was seen in it. A session is not ``is_traced`` on a shared browser on which at most one
    user_id was ever seen, and ``is_left`` on a shared one where nobody logged in. Sessions with one ``trace``
    can be known to be one person's.
    ``last_user_of`` is by domain_userid, ``session_of`` by event_id; ``pairs`` are of event_ids, the server's
    first, ``served`` how many page views of people the server saw.
    """

    person_of: dict[str, str] = field(default_factory=dict)
    life_of: dict[str, str] = field(default_factory=dict)
    trace_of: dict[str, str] = field(default_factory=dict)
    is_traced: dict[str, bool] = field(default_factory=dict)
    is_left: dict[str, bool] = field(default_factory=dict)
    is_shared: dict[str, bool] = field(default_factory=dict)
    last_user_of: dict[str, str] = field(default_factory=dict)
    session_of: dict[str, str] = field(default_factory=dict)
    user_of_session: dict[str, str] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    served: int = 0
    events: int = 0
