"""Who reads, by the name that a user agent gives itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def classified(useragents: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each with its class: ``crawler`` by the list of the crawler-user-agents project, else ``person``."""
    from crawleruseragents import is_crawler  # type: ignore[import-untyped]

    for useragent in useragents:
        yield useragent, "crawler" if is_crawler(useragent) else "person"
