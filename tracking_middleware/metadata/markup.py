"""What the parser finds in a page: its meta tags, its canonical links, its blocks of JSON-LD."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from .charset import decoded
from .scanning import for_the_parser

_WANTED = "meta[content], link[rel][href], base[href], script[type]"
_CUT = re.compile(rb"[\x80-\xff]{1,3}\Z")
"""The begin of a character whose end the limit of bytes took away."""
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """Of a page; ``metas`` by their names in lower case, in the page's order."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    canonicals: list[str] = field(default_factory=list)
    """Absolute, each once."""
    blocks: list[str] = field(default_factory=list)
    base: str = ""

    def meta(self, *names: str) -> str | None:
        """The first that is not empty, of the first of the names that has one."""
        return next((text for name in names for text in self.metas.get(name, ()) if text.strip()), None)

    def all_metas(self, *names: str) -> list[str]:
        """All of the first of the names that is there."""
        return next((texts for name in names if (texts := self.metas.get(name))), [])


def read_markup(body: bytes, codec: str, url: str) -> Markup:
    """The markup of a page whose tags are readable as ASCII; ``url`` is what its links are relative to."""
    from selectolax.lexbor import LexborHTMLParser

    metas: dict[str, list[str]] = {}
    links: list[str] = []
    blocks: list[str] = []
    base = None
    part = _CUT.sub(b"", for_the_parser(body))
    for node in LexborHTMLParser(decoded(part, codec)).css(_WANTED):
        attributes = node.attributes
        if node.tag == "meta":
            _keep_meta(metas, attributes)
        elif node.tag == "link":
            if "canonical" in (attributes["rel"] or "").lower().split():
                links.append((attributes["href"] or "").strip())
        elif node.tag == "base":
            base = base or attributes["href"]
        elif (attributes["type"] or "").partition(";")[0].strip().lower() == "application/ld+json":
            blocks.append(node.text())
    base = absolute(base or "", url) or url
    canonicals = [link for link in (absolute(link, base) for link in links) if link]
    return Markup(metas=metas, canonicals=list(dict.fromkeys(canonicals)), blocks=blocks, base=base)


def absolute(link: str, base: str) -> str | None:
    """A link as a URL of the web, without its fragment; ``None`` where it is none."""
    try:
        joined = urljoin(base, link.strip())
    except ValueError:
        return None
    return joined.partition("#")[0] if joined.lower().startswith(_SCHEMES) and link.strip() else None


def _keep_meta(metas: dict[str, list[str]], attributes: dict[str, str | None]) -> None:
    """Pages mix up ``name`` and ``property``; some have both."""
    for name in {attributes.get("property"), attributes.get("name")}:
        if name:
            metas.setdefault(name.strip().lower(), []).append(attributes["content"] or "")
