"""Which exchanges are page views, and the named reason when one is not. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, Self
from urllib.parse import unquote

from ..headers import RawHeader, header_text
from ..settings.globs import glob_regex
from ..settings.settings import Settings
from .client_libraries import library_verdict, verdict_when_seen
from .raw_request import RawRequest
from .view import ResponseView

Reason = Literal[
    "method",
    "status",
    "content_type",
    "attachment",
    "prefetch",
    "fetch",
    "fragment",
    "frame",
    "excluded",
    "skipped_by_app",
    "consent_none",
    "opt_out",
    "websocket",
    "nested",
    "sampled",
]
"""Why an exchange is no page view; the names are those of ``stats()["skipped"]``."""

PrefetchKind = Literal["prefetch", "prerender", "preview"]
"""How a page is fetched ahead: to be kept, to be run as well, to be shown as a picture of a tab."""

_HEAD = 3
"""Characters of a path's begin, the slash among them, after which most paths are not excluded."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FRAMES = frozenset({"iframe", "frame", "fencedframe", "embed", "object"})
_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-moz", "x-purpose")
_AHEAD: tuple[PrefetchKind, ...] = ("prerender", "preview")
_PREFETCH = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


class PathRules:
    """The compiled globs of the settings ``exclude`` and ``include``.

    ``*`` stands for anything within a segment, ``**`` for anything across segments; a pattern
    matches the whole decoded path, with the mount prefix.
    """

    def __init__(self, *, exclude: Iterable[str], include: Iterable[str], packs: bool = False) -> None:
        globs = tuple(exclude)
        self.packs = packs
        """Whether nothing is asked of a page's request but what its event is made from."""
        self._excludes = _compile(globs).fullmatch
        texts = {glob.partition("*")[0] for glob in globs}
        self._beginnings = tuple(texts)
        self._begun = frozenset(text[:end] for text in texts for end in range(len(text) + 1))
        """All that one of these texts begins with."""
        included = tuple(include)
        self._includes = _compile(included).fullmatch if included else None
        self.matches_plain = None if included else self._excludes
        """Tells of a path without ``%`` whether it is excluded, where nothing is included after all."""
        self.head, self.heads = _heads(texts)
        """How much of a path's begin tells that it is not excluded: where that is none of ``heads``."""
        self.surely = () if included else tuple(filter(_is_plain_text, _folders(globs)))
        """What a raw path begins with that is excluded whatever follows, of the kind ``/static/**``."""
        self.raw_heads = frozenset(head.encode() for head in self.heads)
        self.raw_surely = tuple(text.encode() for text in self.surely)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The rules of a tracker."""
        asks_nobody = settings.consent is None and settings.user_id is None
        packs = asks_nobody and settings.identity != "issue"
        return cls(exclude=settings.exclude, include=settings.include, packs=packs)

    def excludes(self, path: str) -> bool:
        """Whether the raw path is excluded; ``include`` wins."""
        if "%" in path:
            plain = path.partition("%")[0]
            if not plain.startswith(self._beginnings) and plain not in self._begun:
                return False  # whatever follows, no pattern begins like this
            decoded = unquote(path)
        else:
            decoded = path
        if self._excludes(decoded) is None:
            return False
        return self._includes is None or self._includes(decoded) is None


Opened = tuple[RawRequest, Reason | None]
"""A request, and why it cannot become a page view; None where it may."""
Open = Callable[[Any, Any, PathRules], Opened | None]
"""Reads what carries most requests in few steps; None where it cannot tell, so that all is to be read."""


def request_reason(request: RawRequest, paths: PathRules) -> Reason | None:
    """Why a request cannot become a page view, as far as the request alone says; ``None`` where it may."""
    method, path = request.opening()
    if method != "GET":
        return "websocket" if request.is_conversation else "method"
    matches = paths.matches_plain
    if paths.excludes(path) if matches is None or "%" in path else matches(path):
        return "excluded"
    destination = request.plain_destination()
    if destination == "document":  # what nearly all browsers send is told without reading the rest
        return None
    # a script that does not ask for HTML gets no page, whatever library it is of
    if destination == "empty" and "text/html" not in (request.header("accept") or "").lower():
        return "fetch"
    return _reason_by_headers(request.headers)


def prefetched_as(headers: Mapping[str, str]) -> PrefetchKind | None:
    """How a request that is skipped as ``prefetch`` fetches a page; ``None`` where it is a part of one."""
    if headers.get("sec-fetch-dest", "").lower() in _FRAMES or verdict_when_seen(headers) == "fragment":
        return None
    said = " ".join(headers[name].lower() for name in _PREFETCH_HEADERS if name in headers)
    return next((kind for kind in _AHEAD if kind in said), "prefetch")


def response_reason(response: ResponseView, settings: Settings) -> Reason | None:
    """Why the answer to a document request is no page view; ``None`` where it is one."""
    return _response_reason(response, settings.track_status)


def _response_reason(response: ResponseView, track_status: Collection[int]) -> Reason | None:
    if response.status not in track_status:
        return "status"
    # carries no type (RFC 9110, 15.4.5): the browser shows the page it has kept
    if response.status == 304:
        return None
    # with 204 and 205 the browser stays on the page it has, whatever type a framework says (15.3.5, 15.3.6)
    if response.content_type not in _HTML or response.status in {204, 205}:
        return "content_type"
    return "attachment" if response.is_attachment else None


def answer_reason(status: int, headers: Iterable[RawHeader], settings: Settings) -> Reason | None:
    """``response_reason`` by the headers as ASGI (bytes) or WSGI (text) has them."""
    content_type: str | bytes | None = None
    for name, value in headers:
        length = len(name)  # of all headers few are as long as these two
        if length == 12:
            if content_type is None:
                usual = b"content-type" if type(name) is bytes else "Content-Type"
                if name == usual or name.lower() == usual.lower():
                    content_type = value
        elif length == 19 and header_text(name).lower() == "content-disposition":
            return response_reason(ResponseView.of(status, headers), settings)
    if type(content_type) is bytes or type(content_type) is str:
        return _usual_reason(status, content_type, settings.track_status)
    return response_reason(ResponseView.of(status, headers), settings)


@lru_cache(maxsize=256)
def _usual_reason(status: int, content_type: str | bytes, track_status: Collection[int]) -> Reason | None:
    response = ResponseView.of(status, [("content-type", header_text(content_type))])
    return _response_reason(response, track_status)


def _heads(texts: Collection[str]) -> tuple[slice, frozenset[str]]:
    """Where in a raw path to look, and what may stand there in one that globs with these beginnings match.

    Elsewhere nothing is told by the begin, which is then everybody's ``""``: where a glob begins with a
    wildcard, and with what a raw path may have in other letters.
    """
    length = min([_HEAD, *map(len, texts)])
    heads = frozenset(text[:length] for text in texts)
    if not all(map(_is_plain_text, heads)):
        return slice(0), frozenset({""})
    return slice(length), heads


def _folders(globs: Iterable[str]) -> Iterator[str]:
    """The text before ``**`` of globs that have no other wildcard, and end with it."""
    for glob in globs:
        text, _, rest = glob.partition("**")
        if text and not rest and "*" not in text and glob != text:
            yield text


def _is_plain_text(text: str) -> bool:
    """Whether a path that has it decoded has the same raw, as far as it is not escaped there."""
    return text.isascii() and not any(sign in text for sign in "%?")


def _compile(globs: Iterable[str]) -> re.Pattern[str]:
    alternatives = [glob_regex(glob) for glob in globs]
    return re.compile("|".join(alternatives) if alternatives else r"(?!)", re.DOTALL)


def _reason_by_headers(headers: Mapping[str, str]) -> Reason | None:
    # what is fetched ahead is not seen, whatever it is
    if _is_prefetch(headers):
        return "prefetch"
    destination = headers.get("sec-fetch-dest", "").lower()
    if destination in _FRAMES:
        return "frame"
    verdict = library_verdict(headers)
    if verdict is not None:
        return None if verdict == "document" else verdict
    return None if _is_document(headers, destination) else "fetch"


def _is_prefetch(headers: Mapping[str, str]) -> bool:
    return any(_PREFETCH.search(headers[name]) for name in _PREFETCH_HEADERS if name in headers)


def _is_document(headers: Mapping[str, str], destination: str) -> bool:
    """Whether this is a top-level page load, and not what a script, an image tag or an API client asks."""
    accepts_html = "text/html" in headers.get("accept", "").lower()
    if "sec-fetch-dest" not in headers:  # plain http and old Safari send no Sec-Fetch-*
        return accepts_html and "x-requested-with" not in headers
    if destination == "document":
        return True
    # by fetch(event.request) a service worker asks for a page; no other script may say "navigate"
    return destination == "empty" and accepts_html and headers.get("sec-fetch-mode", "").lower() == "navigate"
