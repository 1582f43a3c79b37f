"""The cookies of consent platforms, and what they say of measuring: a table, read without their scripts."""

from __future__ import annotations

import difflib
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from ..errors import SettingsError
from .consent import ConsentAnswer, HasCookies, check_answers

_LONGEST = 8192
"""Characters of a cookie that is looked at: browsers keep 4,096."""

Granted = Callable[[str], Iterable[str]]
"""The categories that a cookie's value grants; raises ValueError where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How a platform keeps what a visitor chose."""

    cookie: str
    """The cookie's name; ``{category}`` where each category has its own."""
    granted: Granted
    category: str | None
    """The category that measuring belongs to, as the platform calls it unless told otherwise."""
    everywhere: frozenset[str] = frozenset()
    """Values that mean that the visitor need not be asked, such as outside of the EU."""


def consent_platform(
    name: str,
    *,
    categories: str | Iterable[str] | None = None,
    refused: ConsentAnswer = "none",
    missing: ConsentAnswer = "none",
) -> Callable[[HasCookies], ConsentAnswer]:
    """A ``consent`` callable that reads the cookie of a consent platform, such as ``"onetrust"``.

    It answers ``full`` where the visitor granted all ``categories``, by default the one that the platform
    counts statistics to; ``refused`` where not; ``missing`` without the cookie. A cookie that cannot be
    read is no consent: ``none``. Raises SettingsError for a platform that is not known, one whose
    categories are the site's own where none are given, and for answers that are none.
    """
    platform, needed = PLATFORMS.get(name), _words(categories)
    problems = check_answers(
        f"consent_platform({name!r})", {"where consent is refused": refused, "where it is missing": missing}
    )
    if platform is None:
        problems.append(_unknown(name))
    elif categories is None and platform.category is None:
        problems.append(
            f"consent_platform({name!r}) needs categories: those of {name} are each site's own, so name the "
            "ones that measuring belongs to"
        )
    elif categories is not None and not needed:
        problems.append(f"consent_platform({name!r}) has categories={categories!r}: name one at least")
    if platform is None or problems:
        raise SettingsError(problems)
    return _reader(platform, needed or (str(platform.category),), refused, missing)


def _reader(
    platform: Platform, needed: tuple[str, ...], refused: ConsentAnswer, missing: ConsentAnswer
) -> Callable[[HasCookies], ConsentAnswer]:
    names = {platform.cookie.format(category=category): category for category in needed}

    def consent(request: HasCookies) -> ConsentAnswer:
        cookies = request.cookies
        values = {name: cookies.get(name, "") for name in names}
        if not all(values.values()):
            return missing
        granted: set[str] = set()
        for name, value in values.items():
            if value in platform.everywhere:
                return "full"
            try:
                found = set(platform.granted(value[: _LONGEST + 1]))
            except Exception:  # noqa: BLE001
                # a visitor may have written anything there; what cannot be read is no consent
                return "none"
            granted |= {names[name]} if "{" in platform.cookie and found else found
        return "full" if granted.issuperset(needed) else refused

    return consent


def _words(categories: str | Iterable[str] | None) -> tuple[str, ...]:
    if categories is None:
        return ()
    return (categories,) if isinstance(categories, str) and categories else tuple(categories)


def _unknown(name: object) -> str:
    closest = difflib.get_close_matches(str(name).lower(), PLATFORMS, n=1, cutoff=0.5)
    hint = f"did you mean {closest[0]!r}?" if closest else f"those known are {', '.join(PLATFORMS)}"
    return f"consent_platform() knows no {name!r}: {hint} For others there is consent_cookie()"


def _plain(value: str) -> str:
    """A cookie's value without percent-encoding and the quotes that a server may have put around it."""
    if len(value) > _LONGEST:
        raise ValueError("is longer than any that a browser keeps")
    plain = unquote(value, errors="strict")
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain


def _json(value: str) -> Mapping[str, Any]:
    found = msgspec.json.decode(_plain(value))
    if not isinstance(found, dict):
        raise TypeError("is no JSON object")
    return found


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("is no list of text")
    return value


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is said of each; raises ValueError where of one two things are said."""
    said: dict[str, str] = {}
    for name, state in pairs:
        if said.setdefault(name, state) != state:
            raise ValueError("contradicts itself")
    return said


def _onetrust(value: str) -> Iterable[str]:
    (groups,) = parse_qs(value)["groups"]  # it is a query string, as it stands
    states = _once(each.partition(":")[::2] for each in groups.split(","))
    return [group for group, state in states.items() if state == "1"]


_MEMBER = re.compile(
    r"""\s*(?P<quote>["']?)(?P<name>\w+)(?P=quote)\s*:\s*"""
    r"""(?P<value>'[^'\\]*'|"[^"\\]*"|[^'",{}\[\]\s]+)\s*(?:,|\Z)"""
)
"""Of a JavaScript object that holds no others: a name, and a text, a number, ``true`` or ``false``."""


def _members(text: str, start: int, end: int) -> Iterator[tuple[str, str]]:
    while start < end:
        member = _MEMBER.match(text, start, end)  # where it stands, so that no time goes into searching
        if member is None:
            raise ValueError("is no JavaScript object")
        yield member["name"], member["value"]
        start = member.end()


def _pair(text: str, separator: str) -> tuple[str, str]:
    """Raises ValueError where the separator is not there."""
    name, value = text.split(separator, 1)
    return name, value


def _is_time(state: str) -> bool:
    """Whether a group was accepted: with the time of its youngest cookie then; cut, ``-1`` is ``-``."""
    try:
        datetime.fromisoformat(state)
    except ValueError:
        return False
    return "T" in state


def _cookiebot(value: str) -> Iterable[str]:
    text = _plain(value)
    if text[:1] != "{" or text[-1:] != "}":
        raise ValueError("is no JavaScript object")
    states = _once(_members(text, 1, len(text) - 1))
    return [name for name, state in states.items() if state == "true"]


def _cookieyes(value: str) -> Iterable[str]:
    pairs = _once(_pair(pair, ":") for pair in _plain(value).split(","))
    if pairs["action"] != "yes":  # nobody has chosen yet
        return []
    return [name for name, state in pairs.items() if state == "yes"]


def _complianz(value: str) -> Iterable[str]:
    return {"allow": ["it"], "deny": []}[_plain(value)]


def _cookie_script(value: str) -> Iterable[str]:
    said = _json(value)
    if said["action"] != "accept":
        return []
    categories = said["categories"]
    return _texts(msgspec.json.decode(categories) if isinstance(categories, str) else categories)


def _orestbida(value: str) -> Iterable[str]:
    return _texts(_json(value)["categories"])


def _borlabs(value: str) -> Iterable[str]:
    return [group for group, services in _json(value)["consents"].items() if _texts(services)]


def _klaro(value: str) -> Iterable[str]:
    return [service for service, is_granted in _json(value).items() if is_granted is True]


def _axeptio(value: str) -> Iterable[str]:
    said = _json(value)
    return _klaro(value) if said["$$completed"] is True else []


def _didomi(value: str) -> Iterable[str]:
    text = _plain(value)
    said = msgspec.json.decode(b64decode(text + "=" * (-len(text) % 4), validate=True))
    return _texts(said["purposes"]["enabled"])


def _tarteaucitron(value: str) -> Iterable[str]:
    text = _plain(value)
    if not text.startswith("!"):
        raise ValueError("is not of tarteaucitron")
    states = _once(pair.partition("=")[::2] for pair in text[1:].split("!"))
    return [service for service, state in states.items() if state == "true"]


def _django_cookie_consent(value: str) -> Iterable[str]:
    states = _once(_pair(pair, "=") for pair in _plain(value).split("|") if pair)
    return [group for group, state in states.items() if _is_time(state)]


PLATFORMS: dict[str, Platform] = {
    "axeptio": Platform(cookie="axeptio_cookies", granted=_axeptio, category=None),
    "borlabs": Platform(cookie="borlabs-cookie", granted=_borlabs, category="statistics"),
    "complianz": Platform(cookie="cmplz_{category}", granted=_complianz, category="statistics"),
    "cookie-script": Platform(cookie="CookieScriptConsent", granted=_cookie_script, category="performance"),
    "cookiebot": Platform(
        cookie="CookieConsent", granted=_cookiebot, category="statistics", everywhere=frozenset({"-1"})
    ),
    "cookieconsent": Platform(cookie="cc_cookie", granted=_orestbida, category="analytics"),
    "cookieyes": Platform(cookie="cookieyes-consent", granted=_cookieyes, category="analytics"),
    "didomi": Platform(cookie="didomi_token", granted=_didomi, category=None),
    "django-cookie-consent": Platform(cookie="cookie_consent", granted=_django_cookie_consent, category=None),
    "klaro": Platform(cookie="klaro", granted=_klaro, category=None),
    "onetrust": Platform(cookie="OptanonConsent", granted=_onetrust, category="C0002"),
    "tarteaucitron": Platform(cookie="tarteaucitron", granted=_tarteaucitron, category=None),
}
"""The platforms by name, each as its own documentation or open source has it."""
