"""Which exchanges are page views, and the named reason when one is not. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from urllib.parse import unquote

from ..settings.globs import glob_regex
from ..settings.settings import Settings
from .raw_request import RawRequest
from .view import ResponseView

Reason = Literal[
    "method",
    "status",
    "content_type",
    "prefetch",
    "fetch",
    "fragment",
    "frame",
    "excluded",
    "skipped_by_app",
    "consent_none",
    "opt_out",
    "nested",
]
"""Why an exchange is no page view; the names are those of ``stats()["skipped"]``."""

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FRAMES = frozenset({"iframe", "frame", "fencedframe", "embed", "object"})
_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-moz", "x-purpose")
_PREFETCH = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


class PathRules:
    """The compiled globs of the settings ``exclude`` and ``include``.

    ``*`` stands for anything within a segment, ``**`` for anything across segments; a pattern
    matches the whole decoded path, with the mount prefix.
    """

    def __init__(self, *, exclude: Iterable[str], include: Iterable[str]) -> None:
        self._excludes = _compile(exclude).fullmatch
        included = tuple(include)
        self._includes = _compile(included).fullmatch if included else None

    def excludes(self, path: str) -> bool:
        """Whether the raw path is excluded; ``include`` wins."""
        decoded = unquote(path) if "%" in path else path
        if self._excludes(decoded) is None:
            return False
        return self._includes is None or self._includes(decoded) is None


def request_reason(request: RawRequest, paths: PathRules) -> Reason | None:
    """Why a request cannot become a page view, as far as the request alone says; ``None`` where it may."""
    if request.method != "GET":
        return "method"
    if paths.excludes(request.path):
        return "excluded"
    destination = request.plain_destination()
    if destination == "document":  # what nearly all browsers send is told without reading the rest
        return None
    if destination == "empty":
        return "fetch"
    headers = request.headers
    return next((reason for reason, holds in _REQUEST_RULES if holds(headers)), None)


def response_reason(response: ResponseView, settings: Settings) -> Reason | None:
    """Why the answer to a document request is no page view; ``None`` where it is one."""
    if response.status not in settings.track_status:
        return "status"
    # carries no type (RFC 9110, 15.4.5): the browser shows the page it has kept
    if response.status == 304:
        return None
    # with 204 and 205 the browser stays on the page it has, whatever type a framework says (15.3.5, 15.3.6)
    if response.content_type not in _HTML or response.status in {204, 205}:
        return "content_type"
    return None


def _compile(globs: Iterable[str]) -> re.Pattern[str]:
    alternatives = [glob_regex(glob) for glob in globs]
    return re.compile("|".join(alternatives) if alternatives else r"(?!)", re.DOTALL)


def _is_prefetch(headers: Mapping[str, str]) -> bool:
    return any(_PREFETCH.search(headers[name]) for name in _PREFETCH_HEADERS if name in headers)


def _is_htmx_document(headers: Mapping[str, str]) -> bool:
    """Boosted links and restored history replace the whole page, although a script asks for it."""
    return headers.get("hx-boosted") == "true" or headers.get("hx-history-restore-request") == "true"


def _is_fragment(headers: Mapping[str, str]) -> bool:
    return headers.get("hx-request") == "true" and not _is_htmx_document(headers)


def _is_frame(headers: Mapping[str, str]) -> bool:
    return headers.get("sec-fetch-dest", "").lower() in _FRAMES


def _is_fetch(headers: Mapping[str, str]) -> bool:
    """Whether a script, an image tag or an API client asks, rather than a top-level page load."""
    if _is_htmx_document(headers):
        return False
    destination = headers.get("sec-fetch-dest")
    if destination is not None:
        return destination.lower() != "document"
    # plain http and old Safari send no Sec-Fetch-*
    return "x-requested-with" in headers or "text/html" not in headers.get("accept", "").lower()


_REQUEST_RULES: tuple[tuple[Reason, Callable[[Mapping[str, str]], bool]], ...] = (
    ("prefetch", _is_prefetch),
    ("fragment", _is_fragment),
    ("frame", _is_frame),
    ("fetch", _is_fetch),
)
"""In this order: what is fetched ahead is not seen, whatever it is; the rest goes from special to general."""
