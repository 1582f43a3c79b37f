"""Secrets in the parts of a URL: found by the names of parameters and by places in paths. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_plus

from ..settings.path_masks import NO_MASKS, REDACTED, PathMasks, decoded, masks_of
from ..settings.settings import Settings

Keeps = Callable[[str, str], bool]
"""Whether a parameter, by its name and value, may stay in a URL."""

_PARAMETERS = re.compile(r"([^&;]*)([&;]?)")
_PATH_PARAMETER = re.compile(
    r"((?:;|%(?:25)*3b)(?P<name>[^;=/%]*)(?:=|%(?:25)*3d))(?:(?!%(?:25)*(?:3b|2f))[^;/])+", re.IGNORECASE
)
_NESTED_PARTS = re.compile("[?&;#/]")
_NESTED_ORIGIN = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\\]*")
_SOUND_LINK = "person.1700000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbing:
    """What never leaves in a URL: values of parameters by their names, and segments of paths.

    ``secrets`` are lower case.
    """

    secrets: frozenset[str]
    masks: PathMasks = NO_MASKS
    telling: frozenset[bytes] = field(init=False)
    """The names that a URL without secrets and without a link parameter has nowhere."""

    def __post_init__(self) -> None:
        names = {*self.secrets, "_sp"}
        telling = {name.encode("utf-8", "replace") for name in names}
        # a name of two words is known by the first
        telling.update(re.split(rb"[/?&=+ ]", name.strip())[0] for name in telling.copy())
        object.__setattr__(self, "telling", frozenset(telling))


def scrubbing_of(settings: Settings) -> Scrubbing:
    """What the settings ``scrub_query`` and ``mask_paths`` say."""
    return _scrubbing(settings.scrub_query, settings.mask_paths)


@lru_cache(maxsize=64)
def _scrubbing(secrets: frozenset[str], patterns: tuple[str, ...]) -> Scrubbing:
    return Scrubbing(secrets=secrets, masks=masks_of(patterns))


def redact_path(path: str, scrubbing: Scrubbing) -> str:
    """A path with its secrets redacted: segments by their place, parameters after ``;`` by their names."""
    masked = scrubbing.masks.mask(path) if scrubbing.masks else path
    if ";" not in masked and "%" not in masked:
        return masked
    return _PATH_PARAMETER.sub(
        lambda found: found[1] + REDACTED if _is_secret(found["name"], scrubbing.secrets) else found[0],
        masked,
    )


def redact_parameters(parameters: str, *, scrubbing: Scrubbing, keeps: Keeps) -> str:
    """Parameters with the secret values redacted, and those left out that ``keeps`` does not keep."""
    kept = []
    for parameter, separator in _PARAMETERS.findall(parameters):
        name, equals, value = parameter.partition("=")
        if equals and value and (_is_secret(name, scrubbing.secrets) or _hides(value, scrubbing, keeps)):
            value = REDACTED
        elif not keeps(name, value):
            continue
        kept.append(f"{_redact_name(name, scrubbing)}{equals}{value}{separator}")
    text = "".join(kept)
    return text if parameters.endswith(("&", ";")) else text.rstrip("&;")


def _redact_name(name: str, scrubbing: Scrubbing) -> str:
    """A name may be a path, where a fragment or a whole query is a route: ``#/reset/<token>?x=1``."""
    if not scrubbing.masks or "/" not in decoded(name):
        return name
    route, mark, rest = name.partition("?")
    return f"{scrubbing.masks.mask(route)}{mark}{rest}"


def _hides(value: str, scrubbing: Scrubbing, keeps: Keeps) -> bool:
    """Whether a value is a URL that has a secret in it, such as ``next=/login?token=…``.

    Then all of it is redacted: how it would be put together again, nobody knows.
    """
    plain = decoded(value)
    parts = _NESTED_PARTS.split(plain) if "=" in plain else ()
    names = (name for part in parts for name in part.split("=")[:-1])
    if any(_is_secret(name, scrubbing.secrets) or not keeps(name, _SOUND_LINK) for name in names):
        return True
    if not scrubbing.masks or ("/" not in plain and "\\" not in plain):
        return False
    origin = _NESTED_ORIGIN.match(plain)
    texts = (plain, plain[origin.end() :]) if origin else (plain,)
    paths = (re.split("[?#]", text, maxsplit=1)[0] for text in texts)
    return any(scrubbing.masks.mask(path) != path for path in paths)


def _is_secret(name: str, secrets: frozenset[str]) -> bool:
    """Whether a parameter holds a secret: by its name, or by a part of it as in ``user[password]``.

    In fragments that are routes the first name has a path in front: ``#/callback?token=…``.
    """
    plain = decoded(unquote_plus(name)).lower()
    own = re.split("[?#/]", plain)[-1].strip()
    if own in secrets or plain.strip() in secrets:
        return True
    return "[" in own and not secrets.isdisjoint(re.split(r"[\[\]]+", own))


def keep_all(name: str, value: str) -> bool:
    return True
