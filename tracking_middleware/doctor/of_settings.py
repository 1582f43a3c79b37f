"""The settings of a site, one after the other: where events go, whose cookies are read, what signs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import SettingsError
from ..identity.cookie_scope import NoScopeError, scope_of
from ..settings.settings import Settings
from .checks.of_settings import remarks_on
from .finding import Finding, Mark

_TOPICS = {"contradiction": "settings", "secret": "secret key", "cookie_domain": "cookies", "order": "wiring"}


def on_wrong(error: SettingsError) -> Iterator[Finding]:
    """What is wrong with settings that are refused."""
    for problem in error.problems:
        yield Finding("wrong", "settings", problem)


def on_settings(settings: Settings, hosts: Sequence[str], *, sends: bool = False) -> Iterator[Finding]:
    """What the settings say, and what is odd about them; ``sends`` says that an event is sent after it."""
    if not settings.enabled:
        yield Finding("wrong", "settings", "enabled is off: nothing is tracked", "Set enabled to True.")
        return
    yield Finding("ok", "settings", f"app_id {settings.app_id!r}, platform {settings.platform!r}")
    if settings.collector_url == "log:":
        yield Finding(
            "note",
            "collector",
            "events go to the log, and to no collector",
            "Set collector_url to the collector.",
        )
    else:
        advice = "" if sends else "Give --send to see whether it takes one."
        yield Finding("ok", "collector", f"events go to {settings.collector_url}", advice)
    remarks = remarks_on(settings, hosts=hosts)
    kinds = {remark.kind for remark in remarks}
    if "secret" not in kinds:
        yield _on_secret(settings)
    for finding in _on_cookies(settings, hosts):
        if finding.mark != "wrong" or "cookie_domain" not in kinds:  # which tells of all hosts at once
            yield finding
    for remark in remarks:
        mark: Mark = "wrong" if remark.kind == "cookie_domain" else "note"
        yield Finding(mark, _TOPICS[remark.kind], remark.text, remark.advice)


def hosts_known(app: Any, *, is_django: bool) -> list[str]:
    """The hosts that a site's framework says it answers for, without the patterns that are any host."""
    config = getattr(app, "config", None)
    if isinstance(config, dict):  # Flask's
        hosts = [*(config.get("TRUSTED_HOSTS") or ()), config.get("SERVER_NAME")]
    elif is_django:
        hosts = list(importlib.import_module("django.conf").settings.ALLOWED_HOSTS or ())
    else:
        listed = getattr(app, "user_middleware", None)
        kwargs = [getattr(each, "kwargs", {}) for each in listed] if isinstance(listed, list) else []
        hosts = [host for given in kwargs for host in given.get("allowed_hosts") or ()]
    named = [host.replace("*.", ".", 1) for host in hosts if isinstance(host, str)]
    return [host for host in named if host and "*" not in host]


def system_checks() -> Iterator[Finding]:
    """What ``manage.py check`` says of the tracking, for a site of Django's."""
    checks = importlib.import_module("django.core.checks")
    try:
        messages = checks.run_checks()
    except Exception as error:  # noqa: BLE001
        # the project's own checks and URLs may raise anything
        yield Finding("note", "manage.py check", f"cannot run: {type(error).__name__}: {error}")
        return
    for message in messages:
        if str(message.id).startswith("tracking_middleware.") and not message.is_silenced():
            is_wrong = message.level >= checks.ERROR or message.id.endswith(_SURELY_WRONG)
            mark: Mark = "wrong" if is_wrong else "note"
            advice = f"{message.hint} ({message.id})" if message.hint else f"({message.id})"
            yield Finding(mark, "manage.py check", message.msg, advice)


_SURELY_WRONG = ("W001", "W002", "W007")
"""Warnings that mean that something is not tracked, or nobody's."""


def _on_secret(settings: Settings) -> Finding:
    keys = settings.secret_key
    if keys is None:
        return Finding(
            "note",
            "secret key",
            "there is none: seal() gives no tokens",
            "Set secret_key where you need them.",
        )
    count = "one key" if len(keys) == 1 else f"{len(keys)} keys, of which the last signs"
    return Finding("ok", "secret key", f"{count}, {len(keys[-1])} characters")


def _on_cookies(settings: Settings, hosts: Sequence[str]) -> Iterator[Finding]:
    does = "reads and issues" if settings.identity == "issue" else "reads"
    if not hosts:
        yield Finding(
            "note", "cookies", f"{does} {settings.cookie_prefix}id.…; the site's hosts are not known"
        )
    for host in hosts:
        try:
            scope = scope_of(
                host.removeprefix("."),
                cookie_domain=settings.cookie_domain,
                cookie_path=settings.cookie_path,
                tracker_compat=settings.tracker_compat,
            )
        except NoScopeError as error:
            if settings.identity == "issue":
                yield Finding("wrong", "cookies", f"on {host}: {error}")
            elif settings.cookie_domain is None:
                yield Finding(
                    "ok", "cookies", f"on {host} reads the {settings.cookie_prefix}id.… that is there"
                )
            continue
        name = f"{settings.cookie_prefix}id.{scope.suffix}"
        whose = f"of the domain {scope.domain}" if scope.domain else "of that host alone"
        yield Finding("ok", "cookies", f"on {host} {does} {name}, {whose}")
