"""Parts of a scope as they may come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..request.raw_request import escaped


def are_tuples(pairs: list[Any]) -> bool:
    for pair in pairs:  # noqa: SIM110  # in half the steps of all(), whose generator goes on for each
        if type(pair) is not tuple:
            return False
    return True


def header_text_of(value: bytes | None) -> str | None:
    return None if value is None else str(value, "latin-1")


def query_text(query: bytes | str | None) -> str:
    """A query as a browser writes it; Django's AsyncClient has text there."""
    if not query:
        return ""
    return escaped(query if isinstance(query, str) else query.decode("latin-1"))


def peer_address(client: Any) -> str:
    if type(client) is tuple and len(client) == 2:
        return client[0] or ""
    return host_and_port(client)[0] or ""


def host_and_port(pair: Any) -> tuple[Any, Any]:
    """Host and port, as far as there are any."""
    if isinstance(pair, Iterable):
        host, port, *_ = (*pair, None, None)
        return host, port
    return None, None
