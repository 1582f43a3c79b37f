"""The browser, system and device that a user agent names, read with ua-parser.

Enrich has them in columns (``br_*``, ``os_*``, ``dvce_*``), which an older library fills there, and in a
derived entity ``ua_parser_context``. Both are filled here from the one parser; what it cannot know
(``br_renderengine``, ``os_manufacturer``) stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ua_parser

_SCHEMA = "iglu:com.snowplowanalytics.snowplow/ua_parser_context/jsonschema/1-0-0"
_DESKTOPS = frozenset({"Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD"})
_MOBILES = frozenset({"iOS", "Android", "Windows Phone", "BlackBerry OS", "KaiOS", "HarmonyOS"})
_LONGEST = 50


@dataclass(frozen=True, slots=True)
class UserAgent:
    """What a user agent says: columns, and the derived entity."""

    columns: Mapping[str, Any]
    entity: Mapping[str, Any]


@lru_cache(maxsize=2000)
def read_user_agent(text: str) -> UserAgent:
    """Never raises; what nobody knows is ``Other`` in the entity, and empty in the columns."""
    found = ua_parser.parse(text)
    names = found.with_defaults()
    browser, system, device = names.user_agent, names.os, names.device
    columns = {
        **_browser_columns(found.user_agent),
        "br_type": "Robot" if device.family == "Spider" else None,
        "os_name": _joined(" ", system.family, system.major) if found.os else None,
        "os_family": system.family if found.os else None,
        **_device_columns(device.family, system.family, text),
    }
    data = {
        "useragentFamily": browser.family,
        "useragentMajor": browser.major,
        "useragentMinor": browser.minor,
        "useragentPatch": browser.patch,
        "useragentVersion": _version(browser.family, browser.major, browser.minor, browser.patch),
        "osFamily": system.family,
        "osMajor": system.major,
        "osMinor": system.minor,
        "osPatch": system.patch,
        "osPatchMinor": system.patch_minor,
        "osVersion": _version(system.family, system.major, system.minor, system.patch, system.patch_minor),
        "deviceFamily": device.family,
    }
    return UserAgent(
        {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in columns.items()},
        {"schema": _SCHEMA, "data": data},
    )


def _browser_columns(browser: ua_parser.UserAgent | None) -> dict[str, Any]:
    if browser is None:
        return {}
    return {
        "br_name": _joined(" ", browser.family, browser.major),
        "br_family": browser.family,
        "br_version": _joined(".", browser.major, browser.minor, browser.patch, browser.patch_minor) or None,
    }


def _device_columns(device: str, system: str, text: str) -> dict[str, Any]:
    """Android says ``Mobile`` on telephones and leaves it out on tablets."""
    if device == "Spider":
        return {}
    if system in _MOBILES:
        is_tablet = device == "iPad" or (system == "Android" and "Mobile" not in text)
        return {"dvce_type": "Tablet" if is_tablet else "Mobile", "dvce_ismobile": True}
    return {"dvce_type": "Computer", "dvce_ismobile": False} if system in _DESKTOPS else {}


def _version(family: str, *numbers: str | None) -> str:
    return _joined(" ", family, _joined(".", *numbers))


def _joined(sign: str, *parts: str | None) -> str:
    return sign.join(part for part in parts if part)
