"""A referrer's medium, source and search term, by the rules of the pipeline's referrer parser enrichment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_to_bytes

from ..payload.octets import read_utf8
from ..payload.values import read_text
from .listed import find_source

_SCHEMES = frozenset({"http", "https", "android-app"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """What a referrer says of where a visitor comes from; ``source`` and ``term`` where they are known."""

    medium: str
    """That of a listed source, ``internal`` or ``unknown``."""
    source: str | None = None
    term: str | None = None


class Address(Protocol):
    """The parts of a URL, as they stand in it."""

    @property
    def scheme(self) -> str | None: ...
    @property
    def host(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def query(self) -> str | None: ...


def classify(url: Address, *, page_host: str | None) -> Referrer | None:
    """Of a referrer; None of what no site has, such as ``about:blank``.

    ``internal`` is one whose host is the page's. Capitals count there and in the list, as in the pipeline;
    browsers send none.
    """
    if url.scheme not in _SCHEMES or not url.host:
        return None
    if url.host == page_host:
        return Referrer(medium="internal")
    source = find_source(url.host, _unescaped(url.path or ""))
    if source is None or source.medium == "unknown":
        return Referrer(medium="unknown")
    return Referrer(medium=source.medium, source=source.name, term=_term(url.query or "", source.parameters))


def _term(query: str, names: frozenset[str]) -> str | None:
    """The value of the first parameter that may hold one. Only ``&`` parts parameters here."""
    if not names:
        return None
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if _unescaped(name.replace("+", " ")) in names:
            return read_text(_unescaped(value.replace("+", " "))) or None
    return None


def _unescaped(text: str) -> str:
    return read_utf8(unquote_to_bytes(text.encode("utf-8", "replace"))) if "%" in text else text
