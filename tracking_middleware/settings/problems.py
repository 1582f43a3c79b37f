"""What is said of a setting that is wrong, beside what its check says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import SettingsError

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
