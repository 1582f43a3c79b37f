"""HTML as values: text is always escaped, and what could run is refused; pure.

``tag("p", "a < b", class_="note")`` is an element; ``render`` makes text of it. There is no way to put
markup in as text, no inline script or style, and no link that leaves the collector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

Attribute: TypeAlias = str | int | float | bool | None
Child: TypeAlias = "str | int | float | Element | Iterable[Child] | None"

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
_OWN_URL = re.compile(r"(/(?![/\\])|[?#]|$)")
_URLS = frozenset({"href", "src", "action", "formaction"})
_REFUSED = re.compile(r"on.*|style|srcdoc", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
_RAW = frozenset({"script", "style"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element; made by ``tag``."""

    name: str
    attributes: tuple[tuple[str, str | None], ...]
    children: tuple[Child, ...]


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Element:
    """An element. ``class_`` and ``aria_label`` are spelled as Python can; None and False are left out.

    Raises ValueError for what could run: a name that is none, ``style`` and ``on…``, content of a script
    or a style sheet, a URL that is not the collector's own.
    """
    if not _NAME.fullmatch(name) or (name in _RAW and children) or name == "style":
        raise ValueError(f"{name!r} cannot be an element with content here")
    return Element(name, tuple(_attributes(attributes)), children)


def render(*nodes: Child) -> str:
    """The text of elements, escaped."""
    parts: list[str] = []
    for node in nodes:
        _write(node, parts)
    return "".join(parts)


def document(*nodes: Child) -> bytes:
    """A whole HTML document in UTF-8."""
    return ("<!doctype html>" + render(*nodes)).encode()


def _attributes(given: dict[str, Attribute]) -> Iterator[tuple[str, str | None]]:
    for keyword, value in given.items():
        name = keyword.rstrip("_").replace("_", "-")
        if not _NAME.fullmatch(name) or _REFUSED.fullmatch(name):
            raise ValueError(f"{name!r} cannot be an attribute here")
        if value is None or value is False:
            continue
        text = None if value is True else _number(value)
        if name in _URLS and not _OWN_URL.match(text or ""):
            raise ValueError(f"{name}: {text!r} is no URL of the collector's own")
        yield name, text


def _number(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _write(node: Child, parts: list[str]) -> None:
    if node is None:
        return
    if isinstance(node, Element):
        _write_element(node, parts)
    elif isinstance(node, str):
        parts.append(_escaped(node))
    elif isinstance(node, int | float):
        parts.append(_escaped(_number(node)))
    else:
        for child in node:
            _write(child, parts)


def _write_element(element: Element, parts: list[str]) -> None:
    parts.append(f"<{element.name}")
    for name, value in element.attributes:
        parts.append(f" {name}" if value is None else f' {name}="{_escaped(value)}"')
    parts.append(">")
    if element.name in _VOID:
        return
    for child in element.children:
        _write(child, parts)
    parts.append(f"</{element.name}>")


def _escaped(text: str) -> str:
    """Half a surrogate pair, which a visitor may send, cannot be written, and NUL is none of HTML's."""
    return escape(text.replace("\0", "\ufffd").encode("utf-8", "replace").decode())
