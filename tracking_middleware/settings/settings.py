"""Settings: one frozen object, checked whole when it is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

from ..errors import SettingsError
from . import checks, file_paths
from .agents.sources import Source, directory_sources, network_sources
from .audience_preset import DEFAULT_COOKIE_LIFETIME, against_audience, held_by_audience
from .problems import as_variable, contradictions, settings_in, shown, unknown
from .proxies import TrustedProxies, trusted_proxies
from .secret_keys import secret_keys
from .secret_names import DEFAULT_SCRUB_QUERY

DEFAULT_EXCLUDE = (
    "/static/**",
    "/media/**",
    "/favicon.ico",
    "/robots.txt",
    "/health*",
    "/livez",
    "/readyz",
    "/metrics",
)
"""Paths that are no pages on most sites; ``exclude`` replaces them."""

UserId = Callable[[Any], object]
Consent = Callable[[Any], object]
BeforeSend = Callable[[Any], Any]
RewriteUrl = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, with its default; durations are seconds, sizes bytes.

    Lists may be any iterable of text or comma-separated text, callables also the dotted path of
    one. Raises SettingsError with all that is wrong at once.
    """

    enabled: bool = True
    """Off: adapters pass everything through, and ``current_page()`` is inert."""
    collector_url: str = ""
    """``http(s)://host[:port][/path]`` of the collector, or ``log:`` to write events to the log. Required."""
    app_id: str = ""
    """The protocol's ``app_id``: which site or app this is. Required."""
    namespace: str = "server"
    """The protocol's ``name_tracker``."""
    platform: str = "srv"
    """The protocol's platform; ``srv`` keeps server-side views apart from the browser's ``web``."""
    public_url: str | None = None
    """Scheme and host of ``page_url``, where the app cannot know them."""
    cookie_prefix: str = "_sp_"
    """The JavaScript tracker's ``cookieName``."""
    cookie_domain: str | None = None
    """The JavaScript tracker's ``cookieDomain``, as written there; ``auto`` for its root domain."""
    cookie_path: str = "/"
    """The JavaScript tracker's cookie path."""
    identity: Literal["read", "issue"] = "read"
    """``read``: cookies are read and never set. ``issue``: the server begins persons and sessions too."""
    tracker_compat: Literal["4", "3"] = "4"
    """Whose cookie defaults are followed when issuing: ``4`` the root domain, ``3`` the host alone."""
    session_timeout: int = 1800
    """The JavaScript tracker's ``sessionCookieTimeout``."""
    cookie_lifetime: int = DEFAULT_COOKIE_LIFETIME
    """The JavaScript tracker's ``cookieLifetime``."""
    server_timing: bool = False
    """A page view answers ``Server-Timing: sp_pv;desc="<web_page id>"``."""
    secret_key: tuple[str, ...] | None = field(default=None, repr=False)
    """Signs what is given to browsers; a list rotates: oldest first, the last signs."""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Globs of paths that are never page views: ``*`` within a segment, ``**`` across."""
    include: tuple[str, ...] = ()
    """Globs of paths that are tracked although ``exclude`` has them."""
    track_status: frozenset[int] = frozenset({*range(200, 300), 304})
    """Statuses that are page views: numbers, and ranges such as ``"200-299"``."""
    track_prefetch: bool = False
    """Send a page that is fetched ahead as a structured event of the category ``prefetch``."""
    user_id: UserId | None = None
    """A callable on the RequestView that gives the application's id of the person, or None."""
    consent: Consent | None = None
    """A callable on the RequestView, sync or (under ASGI) async: ``full``, ``anonymous`` or ``none``."""
    gpc: Literal["ignore", "anonymous", "none"] = "anonymous"
    """What ``Sec-GPC: 1`` brings (Global Privacy Control)."""
    dnt: Literal["ignore", "anonymous", "none"] = "ignore"
    """What ``DNT: 1`` brings."""
    privacy: Literal["audience"] | None = None
    """``audience``: audience figures alone, by the CNIL's exemption; settings against it are refused."""
    opt_out_cookie: str | None = None
    """The tracker's opt-out cookie: present and non-empty in the request, nothing is tracked."""
    trusted_proxies: TrustedProxies | None = None
    """How many proxies, or which, are believed about the visitor's address, and the scheme and host."""
    anonymize_ip: bool = False
    """Send addresses without their end: 24 bits of IPv4, 48 of IPv6."""
    scrub_query: frozenset[str] = DEFAULT_SCRUB_QUERY
    """Names of parameters whose values never leave, in ``page_url`` and ``page_referrer``."""
    mask_paths: tuple[str, ...] = ()
    """Patterns of paths with secrets in them, such as ``/reset/<token>/``: what is named never leaves."""
    rewrite_url: RewriteUrl | None = None
    """A callable from a URL, without its secrets, to the one that leaves, or to None to leave it out."""
    before_send: BeforeSend | None = None
    """A callable from event to event, or to None to drop it; if it raises the event is dropped."""
    outbox: str | None = None
    """A file that events are written to before they are sent; they outlive the process there."""
    outbox_max_bytes: int = 1_073_741_824
    """How much of the outbox may be in use."""
    outbox_full: Literal["drop_oldest", "drop_newest"] = "drop_oldest"
    """What goes when the outbox is full."""
    on_commit: bool = True
    """Django: what is tracked in a transaction leaves when that commits, and is dropped when it does not."""
    database_outbox: bool = False
    """Django: what is tracked in a transaction is a row in it, and is sent from the database."""
    buffer_size: int = 10_000
    """How many events wait in memory at the most."""
    on_full: Literal["drop_newest", "drop_oldest"] = "drop_newest"
    """What goes when the buffer is full."""
    batch_size: int = 500
    """Events in one POST at the most."""
    batch_bytes: int = 500_000
    """Bytes of one POST at the most, unless one event alone is larger."""
    linger: float = 1.0
    """How long an event waits for others to share a POST."""
    timeout: float = 5.0
    """How long a POST may take."""
    max_backoff: float = 60.0
    """The longest wait between two tries."""
    shutdown_timeout: float = 5.0
    """How long the end of the process waits for what is left."""
    collector_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Extra headers of each POST, such as a key of the collector's gateway."""
    ca_bundle: str | None = None
    """A file of certificates to trust instead of the system's."""
    compress: bool = False
    """Send POSTs as gzip, which not every collector takes."""
    metadata: tuple[str, ...] = ("title",)
    """What is read from the HTML of pages, by sources in order; empty: nothing."""
    metadata_bytes: int = 262_144
    """How much of a page is read."""
    metadata_memory: int = 16_777_216
    """How much all pages may take that wait to be read."""
    agents: Literal["mark", "all", "off"] = "mark"
    """``mark``: an agent is given no identity. ``all``: what agents read is tracked, each with its class."""
    agents_sample: float = 1.0
    """With ``agents="all"``: the share of agents' requests that are tracked."""
    agent_directories: tuple[Source, ...] | None = None
    """Operators' key directories, files or https URLs, by which an agent's signature is checked."""
    agent_networks: tuple[Source, ...] | None = None
    """Operators' published address ranges, files or https URLs, by which an agent's address is checked."""
    agent_reverse_dns: bool = False
    """Ask for the names of addresses that agents come from, where their operators document such names."""
    max_entities: int = 20
    """Entities on one page view at the most."""
    validate_entities: bool = False
    """Leave out entities that are not as their class's schema says, and count them; for development."""
    debug: bool = False
    """Log at INFO why a request was not tracked."""

    def __post_init__(self) -> None:
        problems = []
        for name, check in _CHECKS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            try:
                object.__setattr__(self, name, check(value))
            except ValueError as problem:
                problems.append(f"{name} {problem}{_given(name, value, str(problem))}")
        problems += contradictions(self)
        if self.privacy == "audience":
            problems += against_audience(self)
        if not self.enabled:  # switched off, nothing is missed
            problems = [problem for problem in problems if problem.split()[0] not in _REQUIRED]
        if problems:
            raise SettingsError(problems)
        if self.privacy == "audience":
            for name, value in held_by_audience(self).items():
                object.__setattr__(self, name, value)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Settings from names and values, as a framework's configuration has them.

        Raises SettingsError; an unknown name is answered with the closest known one.
        """
        known = {name: value for name, value in options.items() if name in _CHECKS}
        problems = [unknown(name, _CHECKS) for name in options if name not in _CHECKS]
        try:
            settings = cls(**known)
        except SettingsError as error:
            raise SettingsError([*problems, *error.problems]) from None
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Settings from ``TRACKING_<NAME>``: lists comma-separated, ``true`` or ``false``, seconds.

        ``environ`` is ``os.environ`` unless given. Raises SettingsError.
        """
        named = settings_in(os.environ if environ is None else environ)
        try:
            return cls.from_mapping(named)
        except SettingsError as error:
            raise SettingsError([as_variable(problem) for problem in error.problems]) from None


_CHECKS: dict[str, checks.Check] = {
    "enabled": checks.switch,
    "collector_url": checks.collector_url,
    "app_id": checks.text(longest=255),
    "namespace": checks.text(longest=128),
    "platform": checks.one_of("srv", "web", "mob", "pc", "app", "tv", "cnsl", "iot", "headset"),
    "public_url": checks.origin,
    "cookie_prefix": checks.cookie_prefix,
    "cookie_domain": checks.cookie_domain,
    "cookie_path": checks.cookie_path,
    "identity": checks.one_of("read", "issue"),
    "tracker_compat": checks.one_of("4", "3"),
    "session_timeout": checks.whole_number(least=1, most=86_400 * 365),
    "cookie_lifetime": checks.whole_number(least=1, most=86_400 * 3650),
    "server_timing": checks.switch,
    "secret_key": secret_keys,
    "exclude": checks.path_globs,
    "include": checks.path_globs,
    "track_status": checks.statuses,
    "track_prefetch": checks.switch,
    "user_id": checks.function(like="user_id"),
    "consent": checks.function(like="consent"),
    "gpc": checks.one_of("ignore", "anonymous", "none"),
    "dnt": checks.one_of("ignore", "anonymous", "none"),
    "privacy": checks.one_of("audience"),
    "opt_out_cookie": checks.cookie_name,
    "trusted_proxies": trusted_proxies,
    "anonymize_ip": checks.switch,
    "scrub_query": checks.lower_words,
    "mask_paths": checks.path_masks,
    "rewrite_url": checks.function(like="rewrite_url"),
    "before_send": checks.function(like="before_send"),
    "outbox": file_paths.new_file_path,
    "outbox_max_bytes": checks.whole_number(least=1_000_000, most=2**60),
    "outbox_full": checks.one_of("drop_oldest", "drop_newest"),
    "on_commit": checks.switch,
    "database_outbox": checks.switch,
    "buffer_size": checks.whole_number(least=1, most=10_000_000),
    "on_full": checks.one_of("drop_newest", "drop_oldest"),
    "batch_size": checks.whole_number(least=1, most=10_000),
    "batch_bytes": checks.whole_number(least=1_000, most=2_000_000),
    "linger": checks.seconds(most=3600),
    "timeout": checks.seconds(most=300),
    "max_backoff": checks.seconds(most=3600),
    "shutdown_timeout": checks.seconds(most=300),
    "collector_headers": checks.header_mapping,
    "ca_bundle": file_paths.file_path,
    "compress": checks.switch,
    "metadata": checks.some_of("title", "canonical", "json-ld", "parsely", "opengraph", "dublin-core"),
    "metadata_bytes": checks.whole_number(least=1_024, most=100_000_000),
    "metadata_memory": checks.whole_number(least=1_024, most=2**40),
    "agents": checks.one_of("mark", "all", "off"),
    "agents_sample": checks.share,
    "agent_directories": directory_sources,
    "agent_networks": network_sources,
    "agent_reverse_dns": checks.switch,
    "max_entities": checks.whole_number(least=0, most=1000),
    "validate_entities": checks.switch,
    "debug": checks.switch,
}
_OPTIONAL = frozenset(known.name for known in fields(Settings) if known.default is None)
_REQUIRED = frozenset({"collector_url", "app_id"})
_SECRET = frozenset({"collector_headers", "secret_key"})

if missing := {known.name for known in fields(Settings)} ^ set(_CHECKS):  # a slip of ours, seen at import
    raise TypeError(f"settings without a check, or checks without a setting: {missing}")


def _given(name: str, value: object, problem: str) -> str:
    """What stands there instead, where the problem says what must be and has not said it itself."""
    if name in _REQUIRED and value == "":
        return "; it is required and was not given"
    return "" if name in _SECRET or not problem.startswith("must ") else f", not {shown(value)}"
