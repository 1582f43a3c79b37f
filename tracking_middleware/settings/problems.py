"""What is said of a setting that is wrong, beside what its check says."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import SettingsError, missing_extra

PREFIX = "TRACKING_"
_NO_SETTINGS = frozenset({"TRACKING_DELIVERY", "TRACKING_COLLECTOR_TOKEN"})
"""What is read elsewhere: by the test tools, and by the local collector."""


def settings_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings by their names, of the variables ``TRACKING_<NAME>``."""
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name not in _NO_SETTINGS
    }


def as_variable(problem: str) -> str:
    """A problem in the words of the environment: a setting's name as that of its variable."""
    name, _, rest = problem.partition(" ")
    told = f"{PREFIX}{name.upper()} {rest}"
    return re.sub(r"(?<=did you mean )\w+", lambda match: PREFIX + match[0].upper(), told)


def shown(value: object) -> str:
    """A value that was refused, without what a URL has of credentials: it comes into logs."""
    return re.sub(r"(?<=://)[^/?#]*@", "***@", re.sub(r"(?<=\?)[^'\"]+", "***", repr(value)))


def unknown(name: object, known: Collection[str]) -> str:
    """An unknown name is answered with the closest known one."""
    closest = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {closest[0]}?" if closest else f"the settings are {', '.join(known)}"
    return f"{name} is no setting: {hint}"


def mapping(given: object, *, named: str) -> Mapping[str, Any]:
    """A framework's ``TRACKING``; raises SettingsError where it is no mapping."""
    if not isinstance(given, Mapping):
        example = '{"collector_url": "https://collector.example.com", "app_id": "news"}'
        problem = f"{named} is a {type(given).__name__}: give a mapping of settings, such as {example}"
        raise SettingsError([problem])
    return given


def contradictions(settings: Any) -> list[str]:
    """What is wrong with Settings that are each right alone."""
    problems = []
    if settings.identity == "issue" and settings.secret_key is None:
        problems.append(
            "secret_key is required with identity='issue': a long random text that stays secret, such as "
            'python -c "import secrets; print(secrets.token_urlsafe(32))" prints'
        )
    if settings.database_outbox and not settings.on_commit:
        problems.append(
            "database_outbox commits events with their transactions, out of which on_commit=False takes "
            "them: leave one out"
        )
    if settings.validate_entities is True and importlib.util.find_spec("jsonschema_rs") is None:
        problems.append(missing_extra("validate_entities needs a validator", "collector"))
    if settings.cookie_domain == "auto" and importlib.util.find_spec("publicsuffixlist") is None:
        needed = missing_extra("cookie_domain 'auto' needs the public suffix list", "public-suffix")
        problems.append(f"{needed}; or name the domain")
    if not {"title"}.issuperset(settings.metadata) and importlib.util.find_spec("selectolax") is None:
        needed = missing_extra("metadata beyond 'title' needs the parser selectolax", "metadata")
        problems.append(f"{needed}; or leave the others out")
    if settings.agents == "all" and importlib.util.find_spec("crawleruseragents") is None:
        problems.append(missing_extra("agents 'all' needs the list of crawlers", "agents"))
    proofs = ("agent_directories", "agent_networks", "agent_reverse_dns")
    # what was refused is still there as it was given: text, most of it
    named = [name for name in proofs if isinstance(value := getattr(settings, name), tuple) or value is True]
    if settings.agents != "all" and named:
        told = "checks who agents are, which is sent with agents='all' alone: set that, or leave it out"
        problems.append(f"{named[0]} {told}")
    if settings.agent_directories and importlib.util.find_spec("http_message_signatures") is None:
        needed = missing_extra("agent_directories needs a library that checks signatures", "agents")
        problems.append(f"{needed}; or leave it out")
    return problems
