"""What templates are given while a page is made, kept until the page is described: references alone."""

from __future__ import annotations

from typing import Any

from ...request.page import current_exchange
from .declaring import are_declared


def show(context: object) -> None:
    """A template of the current page is given this. Nothing is read of it here, and nothing raises."""
    if not are_declared():
        return
    exchange: Any = current_exchange()
    if exchange.is_open:  # also of what is no page view, since a cache may give it to others
        exchange.show(context)


def describe() -> None:
    """Describe what the current page has shown, where its response has been made: sooner than at its end."""
    exchange: Any = current_exchange()
    if exchange.is_candidate:
        exchange.describe()
