"""A query string's parameters, as the pipeline reads them (Apache's URLEncodedUtils, in Enrich)."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote_plus


def query_pairs(query: str) -> list[tuple[str, str | None]]:
    """Names and values in their order, parted by ``&`` or ``;``.

    A name without a ``=`` has no value, not an empty one.
    """
    pairs: list[tuple[str, str | None]] = []
    for part in query.replace(";", "&").split("&"):
        if "=" in part:
            pairs += ((name, value) for name, value in parse_qsl(part, keep_blank_values=True) if name)
        elif part:
            pairs.append((unquote_plus(part), None))
    return pairs
