"""What the libraries that fetch pages by script say of their requests, and what such a request is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["document", "prefetch", "fragment", "fetch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLibrary:
    """A row of the table: the headers by which a library says what it asks for, and the verdict.

    Each of ``headers`` must have been sent, and hold the given word in any case; ``""`` is in every value.
    """

    library: str
    headers: tuple[tuple[str, str], ...]
    verdict: Verdict

    def holds(self, headers: Mapping[str, str]) -> bool:
        """Whether a request says so."""
        for name, word in self.headers:
            value = headers.get(name)
            if value is None or word not in value.lower():
                return False
        return True


CLIENT_LIBRARIES = (
    ClientLibrary(
        library="htmx's preload extension",
        headers=(("hx-request", "true"), ("hx-preloaded", "true")),
        verdict="prefetch",
    ),
    ClientLibrary(library="htmx: boosted", headers=(("hx-boosted", "true"),), verdict="document"),
    ClientLibrary(
        library="htmx: history restored",
        headers=(("hx-history-restore-request", "true"),),
        verdict="document",
    ),
    ClientLibrary(library="htmx", headers=(("hx-request", "true"),), verdict="fragment"),
    ClientLibrary(
        library="Turbo: hovered or preloaded", headers=(("x-sec-purpose", "prefetch"),), verdict="prefetch"
    ),
    ClientLibrary(library="Turbo Frames", headers=(("turbo-frame", ""),), verdict="fragment"),
    ClientLibrary(
        library="Turbo.fetch by Rails' request.js",
        headers=(("x-turbo-request-id", ""), ("x-requested-with", "")),
        verdict="fetch",
    ),
    ClientLibrary(
        library="Turbo Drive",
        headers=(("x-turbo-request-id", ""), ("accept", "text/html")),
        verdict="document",
    ),
    # these fetch ahead too, what is hovered or in sight, and do not say so
    ClientLibrary(library="Barba", headers=(("x-barba", ""),), verdict="fetch"),
    ClientLibrary(library="Swup", headers=(("x-requested-with", "swup"),), verdict="fetch"),
)
"""The first row that holds decides; what may be wrong is left out.

What is not here is a script's request like any other: Unpoly (preloads and revalidates unmarked), Livewire
(prefetches unmarked), Inertia, pjax, and the data requests of Next.js, Nuxt, SvelteKit and React Router.
"""

_MARKS = frozenset(row.headers[0][0] for row in CLIENT_LIBRARIES)


def library_verdict(headers: Mapping[str, str]) -> Verdict | None:
    """What a request is by the word of the library that made it; ``None`` where no library is known by it."""
    if headers.keys().isdisjoint(_MARKS):  # of most requests, at the price of one row
        return None
    for row in CLIENT_LIBRARIES:
        if row.holds(headers):
            return row.verdict
    return None


def verdict_when_seen(headers: Mapping[str, str]) -> Verdict | None:
    """The same of what was fetched ahead, had it not been: a page or a part of one."""
    rows = (row for row in CLIENT_LIBRARIES if row.verdict != "prefetch")
    return next((row.verdict for row in rows if row.holds(headers)), None)
