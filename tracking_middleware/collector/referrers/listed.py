"""Which source a host belongs to: the list in ``sources.toml``, and how it is looked up there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("sources.toml")
_OF_COUNTRIES = re.compile(r"(.*?)\.(?:com|(?:com?\.)?[a-z]{2})")
"""The domain of a site that has one in each country, as ``google.com``, ``google.de``, ``google.co.uk``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One line of the list."""

    medium: str
    """``search``, ``social``, ``email``, ``paid``, ``chatbot`` or ``unknown``."""
    name: str
    parameters: frozenset[str] = frozenset()
    """Those of a query that hold what was searched for."""


def find_source(host: str, path: str = "") -> Source | None:
    """The source of a page, by its host in lower case and its path without escapes; None if it is not listed.

    First the whole path counts, then its first part, then none; for each of them the host and the
    domains above it, the longest first (as in Snowplow's referer-parser 1.0).
    """
    sources = listed()
    domains = list(_domains(host))
    for start in _starts(path):
        for domain in domains:
            if found := sources.get(domain + start):
                return found
    return None


def _domains(host: str) -> Iterator[str]:
    """``www.google.de``, ``www.google.*``, ``google.de``, ``google.*``, ``de``."""
    host = host.rstrip(".")
    match = _OF_COUNTRIES.fullmatch(host)
    name = match[1] if match else ""
    while host:
        yield host
        if name:
            yield f"{name}.*"
        host, name = host.partition(".")[2], name.partition(".")[2]


def _starts(path: str) -> list[str]:
    first = next((part for part in path.split("/") if part), None)
    return [""] if first is None else [path, f"/{first}", ""]


@cache
def listed() -> dict[str, Source]:
    """Each entry of the list by its domain, or its domain and path; read once, when it is first asked for."""
    found: dict[str, Source] = {}
    for medium, sources in tomllib.loads(FILE.read_text("utf-8")).items():
        for name, entry in sources.items():
            source = Source(medium=medium, name=name, parameters=frozenset(entry.get("parameters", ())))
            found.update(dict.fromkeys(entry["domains"], source))
    return found
