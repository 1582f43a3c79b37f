"""Settings that are each right, and together, or with a site's hosts, probably not what was meant."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import fields
from urllib.parse import urlsplit

from ...identity.cookie_scope import AUTO, NoScopeError, scope_of
from ...settings.secret_keys import SHORTEST
from ...settings.settings import Settings
from .of_agents import remarks_on_agents
from .remark import Remark

_NOBODYS = frozenset({"*", "localhost", "testserver", ""})
_EVERYTHING = frozenset({"**", "/**"})
_INSECURE = "django-insecure-"
"""How ``startproject`` marks the key that it makes for development."""
_DEFAULTS = {known.name: known.default for known in fields(Settings)}


def remarks_on(settings: Settings, *, hosts: Iterable[str] = (), is_live: bool = False) -> list[Remark]:
    """All there is to be said; nothing where tracking is off.

    ``hosts`` are those that the site answers for, ``.example.com`` with all below it, as far as they are
    known. ``is_live`` says that the site is surely no developer's own.
    """
    if not settings.enabled:
        return []
    return [
        *_on_secret(settings, is_live=is_live),
        *_on_contradictions(settings),
        *remarks_on_agents(settings),
        *_on_cookie_domain(settings, hosts),
    ]


def _on_secret(settings: Settings, *, is_live: bool) -> Iterator[Remark]:
    if settings.identity != "issue" or not settings.secret_key:
        return
    newest, advice = settings.secret_key[-1], f"Give secret_key a text of {SHORTEST} characters or more"
    if len(newest) < SHORTEST:
        yield Remark(
            "secret",
            f"the key that signs identities has {len(newest)} characters: whoever guesses it can be anybody",
            f"{advice}.",
        )
    elif is_live and newest.startswith(_INSECURE):
        yield Remark(
            "secret",
            f"the key that signs identities begins with {_INSECURE!r}, as one that was made for development",
            f"{advice} that is in no repository.",
        )


def _on_contradictions(settings: Settings) -> Iterator[Remark]:
    yield from _on_idle(settings)
    if not _EVERYTHING.isdisjoint(settings.exclude) and not settings.include:
        yield Remark(
            "contradiction",
            "exclude leaves out every path, and include has none back: nothing is tracked",
            "Name what is to be left out, or set enabled to False.",
        )
    if settings.timeout > settings.shutdown_timeout and not settings.outbox:
        yield Remark(
            "contradiction",
            "timeout is longer than shutdown_timeout: the last POST may be given up with its events",
            "Let the process wait as long as a POST may take, or set outbox.",
        )
    if settings.collector_headers and _is_readable_by_others(settings.collector_url):
        yield Remark(
            "contradiction",
            "collector_headers go to a collector over http, where anybody on the way can read them",
            "Use https in collector_url.",
        )


def _on_idle(settings: Settings) -> Iterator[Remark]:
    """Settings that do nothing beside the others."""
    if not settings.outbox:
        for name in ("outbox_max_bytes", "outbox_full"):
            if getattr(settings, name) != _DEFAULTS[name]:
                yield _idle(name, "there is no outbox", "Set outbox to a file, or leave it out.")
    if settings.include and not settings.exclude:
        yield _idle("include", "exclude leaves nothing out", "Leave it out.")
    if settings.tracker_compat != "4" and settings.identity == "read":
        yield _idle("tracker_compat", "identity is 'read', which writes no cookie", "Leave it out.")
    if settings.batch_size > settings.buffer_size:
        yield _idle("batch_size", "buffer_size is smaller: no batch is ever full", "Enlarge the buffer.")
    if settings.agents_sample < 1 and settings.agents != "all":
        yield _idle("agents_sample", "agents is not 'all'", "Leave it out, or set agents to 'all'.")


def _idle(name: str, why: str, advice: str) -> Remark:
    return Remark("contradiction", f"{name} does nothing, since {why}", advice)


def _is_readable_by_others(collector_url: str) -> bool:
    parts = urlsplit(collector_url)
    return parts.scheme == "http" and not _is_local(parts.hostname or "")


def _on_cookie_domain(settings: Settings, hosts: Iterable[str]) -> Iterator[Remark]:
    names = [host for host in hosts if host not in _NOBODYS and not _is_local(host)]
    missed: list[NoScopeError] = []
    for host in names:
        try:
            _scope(settings, host)
        except NoScopeError as error:
            if host.startswith(".") and (settings.cookie_domain or "").removeprefix(".").endswith(host):
                return  # a host below that one has it
            missed.append(error)
        except ImportError:  # "auto" without the extra, of which the settings tell
            return
    if not missed or len(missed) < len(names):
        return
    if settings.cookie_domain in {None, AUTO}:
        if settings.identity == "issue":
            yield Remark("cookie_domain", f"no identity is issued: {missed[0]}", "Pages have none yet.")
        return
    listed = ", ".join(map(repr, names))
    yield Remark(
        "cookie_domain",
        f"cookie_domain {settings.cookie_domain!r} covers none of the site's hosts ({listed}): no browser "
        "has, or takes, a cookie of that domain there",
        "Write the JavaScript tracker's cookieDomain, such as the domain of those hosts.",
    )


def _scope(settings: Settings, host: str) -> None:
    scope_of(
        host.removeprefix("."),
        cookie_domain=settings.cookie_domain,
        cookie_path=settings.cookie_path,
        tracker_compat=settings.tracker_compat,
    )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
