"""Things that a page describes in JSON-LD with the words of schema.org, and which of them it is about."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .markup import absolute

Thing = dict[str, Any]
Key = tuple[str, frozenset[tuple[str, str]]]
"""A page by the path of its URL and its query."""

_WRAPPING = re.compile(r"(?:/[/*]\s*)?<!(?:\[CDATA\[|--)(?:\s*\*/)?")
_WRAPPING_ENDS = ("]]>", "-->")
_PAGES = frozenset({"WebPage", "ItemPage", "AboutPage", "FAQPage", "CheckoutPage"})
_DEEPEST = 6
_MOST_THINGS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What a page's blocks say; ``unreadable`` counts those that are no JSON."""

    things: tuple[Thing, ...]
    by_id: dict[str, Thing]
    unreadable: int

    def resolved(self, value: Any) -> Any:
        """A value, with the things in it that are only named by their ``@id`` looked up."""
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value

    def of_types(self, types: frozenset[str]) -> list[Thing]:
        """Those that stand for themselves, or are what a page is said to be about."""
        found: list[Thing] = []
        for thing in self.things:
            if types & types_of(thing):
                found.append(thing)
            elif _PAGES & types_of(thing):
                main = self.resolved(thing.get("mainEntity"))
                if isinstance(main, dict) and types & types_of(main):
                    found.append({"mainEntityOfPage": thing.get("url") or thing.get("@id"), **main})
        del found[_MOST_THINGS:]  # each is compared with those before it
        return [thing for place, thing in enumerate(found) if thing not in found[:place]]


def read_things(blocks: list[str]) -> Things:
    """What the blocks say."""
    things: list[Thing] = []
    unreadable = 0
    for block in blocks:
        try:
            things.extend(_flat(json.loads(_unwrapped(block), strict=False), 0))
        except (ValueError, RecursionError):
            unreadable += bool(block.strip())
    by_id: dict[str, Thing] = {}
    for thing in things:
        if isinstance(name := thing.get("@id"), str) and len(thing) > 1:
            by_id.setdefault(name, thing)
    return Things(things=tuple(things), by_id=by_id, unreadable=unreadable)


def types_of(thing: Thing) -> frozenset[str]:
    """The types of a thing, without the vocabulary in front."""
    types = thing.get("@type")
    listed = types if isinstance(types, list) else [types]
    return frozenset(re.split("[/#:]", kind)[-1] for kind in listed if isinstance(kind, str))


def about_the_page(things: list[Thing], own: set[Key], base: str) -> list[Thing]:
    """Those of several that are about this page: by their addresses, or the only one that has none.

    A thing that names another page is about that one: a teaser, or a leftover.
    """
    addressed = [(thing, set(_addresses(thing, base))) for thing in things]
    matching = [thing for thing, keys in addressed if any(_is_own(key, own) for key in keys)]
    silent = [thing for thing, keys in addressed if not keys]
    return matching or (silent if len(silent) == 1 else [])


def key_of(url: str) -> Key:
    """What is compared of the URLs of a page: not scheme and host, which differ behind proxies."""
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/").removesuffix("/index.html").removesuffix("/amp")
    return path.casefold(), frozenset(parse_qsl(parts.query))


def _is_own(key: Key, own: set[Key]) -> bool:
    path, query = key
    return any(path == own_path and query <= own_query for own_path, own_query in own)


def _addresses(thing: Thing, base: str) -> Iterator[Key]:
    for name in ("url", "mainEntityOfPage", "@id"):
        value = thing.get(name)
        for part in value if isinstance(value, list) else [value]:
            text = (part.get("@id") or part.get("url")) if isinstance(part, dict) else part
            link = absolute(text, base) if isinstance(text, str) and not text.startswith("#") else None
            if link:
                yield key_of(link)


def _flat(value: Any, depth: int) -> Iterator[Thing]:
    """Things at the top of a block, in its lists and its graphs, of schema.org's vocabulary."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item, depth + 1) if depth < _DEEPEST else ()
    elif isinstance(value, dict) and _is_of_schema_org(value.get("@context")):
        if isinstance(graph := value.get("@graph"), list | dict):
            yield from _flat(graph, depth + 1) if depth < _DEEPEST else ()
        if "@type" in value:
            yield value


def _is_of_schema_org(context: Any) -> bool:
    return context is None or "schema.org" in json.dumps(context)


def _unwrapped(block: str) -> str:
    """A block without the wrappings that editors and templates put around it."""
    text = block.strip().removeprefix("\ufeff")
    if wrapping := _WRAPPING.match(text):
        inner = text[wrapping.end() :].removesuffix("*/").rstrip()
        if inner.endswith(_WRAPPING_ENDS):
            text = inner[:-3].rstrip().removesuffix("//").removesuffix("/*")
    if "&quot;" in text and '"' not in text:  # escaped by a template; nothing is unescaped in a script
        text = html.unescape(text)
    return text.strip().rstrip(";")
