"""What may be collected of a visitor, and what may be given to a browser. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, get_args

from .exchange import RawHeader, RequestView, header_text
from .raw_request import RawRequest

ConsentAnswer = Literal["full", "anonymous", "none"]
"""``full``: everything; ``anonymous``: nothing that names or follows anybody; ``none``: nothing."""

CacheAnswer = Literal["private", "unsaid", "shared"]
"""Whether a shared cache may keep a response: it says no, it says nothing, or it may."""

_TARGETED = frozenset(
    {
        "surrogate-control",
        "cdn-cache-control",
        "akamai-cache-control",
        "cloudflare-cdn-cache-control",
        "netlify-cdn-cache-control",
        "vercel-cdn-cache-control",
        "x-accel-expires",
    }
)
"""Headers that speak to one shared cache over the head of Cache-Control (RFC 9213 and vendors)."""

_TELLING_LENGTHS = frozenset(map(len, (*_TARGETED, "cache-control")))

# possessive, so that no text is tried twice
_DIRECTIVE = re.compile(r'\s*+([^\s,="]++)\s*+(?:=\s*+("(?:[^"\\]|\\.)*+"|[^\s,"]*+))?\s*+(?:,[\s,]*+|$)')

_ANSWERS: tuple[ConsentAnswer, ...] = get_args(ConsentAnswer)
_STRICTNESS = {answer: rank for rank, answer in enumerate(_ANSWERS)}


def consent_answer(value: object) -> ConsentAnswer | None:
    """One of the three answers; ``None`` where the value is none of them."""
    if value is None:
        return None
    for answer in _ANSWERS:
        if value == answer:
            return answer
    return None


def signals_of(*, gpc: str, dnt: str) -> tuple[tuple[str, ConsentAnswer], ...]:
    """The headers that a browser may say something with, and the most they then allow, by the settings."""
    answers = (("sec-gpc", consent_answer(gpc)), ("dnt", consent_answer(dnt)))
    return tuple((name, answer) for name, answer in answers if answer is not None)


def signalled(request: RawRequest, signals: Iterable[tuple[str, ConsentAnswer]]) -> ConsentAnswer:
    """The most that a browser's own signals allow, such as ``Sec-GPC: 1``."""
    allowed: ConsentAnswer = "full"
    for name, answer in signals:
        sent = request.header(name)
        if sent is not None and sent.strip() == "1":
            allowed = strictest(allowed, answer)
    return allowed


def strictest(first: ConsentAnswer, second: ConsentAnswer) -> ConsentAnswer:
    """The one that allows less."""
    return first if _STRICTNESS[first] > _STRICTNESS[second] else second


def consent_cookie(
    name: str, *, values: Mapping[str, ConsentAnswer] | None = None, missing: ConsentAnswer = "none"
) -> Callable[[RequestView], ConsentAnswer]:
    """A ``consent`` callable that reads a cookie.

    ``values`` says what its values mean (by default the three answers themselves); without the
    cookie, or with another value in it, ``missing`` holds.
    """
    meanings: dict[str, ConsentAnswer] = (
        {answer: answer for answer in _ANSWERS} if values is None else dict(values)
    )
    return lambda request: meanings.get(request.cookies.get(name, ""), missing)


def cache_answer(status: int, headers: Iterable[RawHeader]) -> CacheAnswer:
    """Whether a cookie or a per-visitor header may go onto a response: not where it is ``shared``.

    An allow-list: ``private`` only with that directive, unqualified, or ``no-store`` (RFC 9111,
    5.2.2), and without any word to the contrary.
    """
    controls = []
    for name, value in headers:
        if len(name) not in _TELLING_LENGTHS:  # most are not worth decoding
            continue
        lowered = header_text(name).lower()
        if lowered in _TARGETED:
            return "shared"
        if lowered == "cache-control":
            controls.append(header_text(value))
    if not controls:
        # a 304 refreshes what a shared cache has stored, under the rules of the answer it stored
        return "shared" if status == 304 else "unsaid"
    directives = _directives(", ".join(controls))
    if directives is None or {"public", "s-maxage"} & directives.keys():
        return "shared"
    if directives.get("private") == "" or directives.get("no-store") == "":
        return "private"
    return "shared"


def _directives(control: str) -> dict[str, str] | None:
    """Names, lower case, with their values, ``""`` for none; ``None`` where it does not parse."""
    directives: dict[str, str] = {}
    control = control.strip(" \t,")  # empty elements are no error (RFC 9110, 5.6.1)
    position = 0
    while position < len(control):
        match = _DIRECTIVE.match(control, position)
        if match is None:
            return None
        directives.setdefault(match[1].lower(), match[2] or "")
        position = match.end()
    return directives
