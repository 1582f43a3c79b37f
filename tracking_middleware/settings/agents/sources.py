"""The settings ``agent_directories`` and ``agent_networks``: what operators publish, and where it is.

Each entry is ``OPERATOR=SOURCE`` or ``OPERATOR/PRODUCT=SOURCE``; a source is a file or an https URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MOST_SOURCES = 64
WELL_KNOWN = "/.well-known/http-message-signatures-directory"
"""Where an operator's origin has its keys (draft-meunier-webbotauth-httpsig-protocol)."""

_SENTENCE = (
    "must be a list of OPERATOR=SOURCE, or OPERATOR/PRODUCT=SOURCE, where the source is a file or an https "
    "URL, such as 'OpenAI=https://chatgpt.com' or 'OpenAI/GPTBot=/etc/agents/gptbot.json'"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file or https URL and whose it is; ``product`` is ``""`` where it speaks for the whole operator."""

    operator: str
    product: str
    place: str

    @property
    def is_url(self) -> bool:
        return "://" in self.place


def directory_sources(value: Any) -> tuple[Source, ...] | None:
    """The setting ``agent_directories``; an origin alone stands for its well-known directory.

    Raises ValueError, as all checks of settings.
    """
    sources = network_sources(value)
    return sources and tuple(_directory(source) for source in sources)


def network_sources(value: Any) -> tuple[Source, ...] | None:
    """The setting ``agent_networks``; ``None`` for an empty list. Raises ValueError, as all checks."""
    if isinstance(value, Mapping):
        value = [f"{owner}={source}" for owner, source in value.items()]
    items = value.split(",") if isinstance(value, str) else value
    if isinstance(items, bytes) or not isinstance(items, Iterable):
        raise ValueError(_SENTENCE)
    listed = tuple(dict.fromkeys(_source(item) for item in items if item != ""))
    if len(listed) > MOST_SOURCES:
        raise ValueError(f"names {len(listed)} sources; at most {MOST_SOURCES} are read")
    return listed or None


def directory_url(url: str, *, is_origin: bool = True) -> str:
    """The URL of a directory, host in lower case; of an origin alone its well-known one.

    The query stays in what is fetched and is no part of what it is known by, so that it is left out here.
    """
    origin, slash, path = url.removeprefix("https://").partition("/")
    path = path.partition("?")[0].partition("#")[0]
    origin = origin.partition("?")[0].partition("#")[0].lower().removesuffix(":443")
    return f"https://{origin}{WELL_KNOWN}" if is_origin and not path else f"https://{origin}{slash}{path}"


def _source(item: object) -> Source:
    if isinstance(item, Source):
        return item
    if not isinstance(item, str):
        raise ValueError(_SENTENCE)
    owner, equals, place = (part.strip() for part in item.partition("="))
    operator, _, product = (part.strip() for part in owner.partition("/"))
    if not equals or not operator or not place or "\0" in place:
        raise ValueError(f"holds {item!r}, which does not say whose the source is: it {_SENTENCE}")
    if "://" in place:
        _check_url(place)
    return Source(operator, product, place)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_sound = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or not url.isascii() or any(character <= " " for character in url) or "#" in url:
        raise ValueError(f"holds {url!r}, which is no URL: write it as https://host/path")
    if not url.startswith("https://"):
        raise ValueError(f"holds {url!r}: what is published is fetched by https alone; or name a file")


def _directory(source: Source) -> Source:
    if not source.is_url:
        return source
    if "?" in source.place:
        raise ValueError(f"holds {source.place!r}: a directory is known by its URL without a query")
    return Source(source.operator, source.product, directory_url(source.place))
