"""Whether something confidential that was tracked shows where it must not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_SHORTEST = 3
"""Characters that a value must have to be looked for: shorter ones are in every text."""


def leaks(values: Iterable[Any], places: Iterable[tuple[str, str]]) -> list[str]:
    """The names of those places, each a name and a text, in which one of the values is."""
    texts = {text for value in values for leaf in _leaves(value) for text in _forms(leaf)}
    patterns = [_whole(text) for text in sorted(texts)]
    return [name for name, text in places if any(pattern.search(text) for pattern in patterns)]


def place(thing: Any) -> str:
    """The text of a response of any test client with its headers, or of bytes, or of anything."""
    if isinstance(thing, bytes | bytearray):
        return bytes(thing).decode("utf-8", "replace")
    headers = getattr(thing, "headers", None)
    if headers is None:
        return str(thing)
    fields = headers.multi_items() if hasattr(headers, "multi_items") else headers.items()
    return "\n".join([*(f"{name}: {value}" for name, value in fields), place(_body(thing))])


def _body(response: Any) -> bytes:
    if getattr(response, "streaming", False):  # Django's, which the test has read or never will
        return b""
    body: bytes = response.get_data() if hasattr(response, "get_data") else response.content
    return body


def _forms(leaf: object) -> Iterator[str]:
    """How a value may be written; none where it is too short to be told from others."""
    if leaf is None or isinstance(leaf, bool):
        return
    text = str(leaf)
    for form in {text, text.removesuffix(".0")}:
        if len(form) >= _SHORTEST:
            yield form


def _whole(text: str) -> re.Pattern[str]:
    """The text where it is not part of a longer word or number."""
    return re.compile(rf"(?<![\w.]){re.escape(text)}(?!\w|\.\d)")


def _leaves(value: object) -> Iterator[object]:
    """Everything in a JSON value that is no object and no array."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
