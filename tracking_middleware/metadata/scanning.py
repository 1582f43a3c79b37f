"""The places in a page's bytes that matter: its first title, the tags of a head, its blocks of JSON-LD.

One pass, which knows as much of HTML's tokens as it takes not to be misled by comments, scripts and pictures.
What is found is given to a real parser; the rest of a page, nearly all of it, never is: however deep its
elements are nested, it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TEXTS = b"title|script|style|textarea|iframe|xmp|noembed|noframes"
_TREES = b"noscript|template|svg|math"
_TAGS = b"meta|link|base"
_TOKEN = re.compile(
    rb"<(?=[!bilmnstxBILMNSTX])(?:(!--)|((?i:" + b"|".join((_TEXTS, _TREES, _TAGS)) + rb"))(?=[\s/>]))"
)
_OF_TITLE = re.compile(
    rb"<(?=[!imnstxIMNSTX])(?:(!--)|((?i:" + b"|".join((_TEXTS, _TREES)) + rb"))(?=[\s/>]))"
)
"""The same without what a title is not in."""
_TAG_END = re.compile(rb"(?:\"[^\"]*\"|'[^']*'|[^>\"'])*+>")
_ENDS = {
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in b"|".join((_TEXTS, _TREES)).split(b"|")
}
_COMMENT_END = re.compile(rb"--!?>")
_HAVE_TAGS = frozenset(_TREES.split(b"|"))
"""What has tags in it; in what else has an end is only text until then."""


def first_title(body: bytes) -> bytes | None:
    """What stands between ``<title>`` and its end; ``None`` where there is none, or its end is not there."""
    found = _OF_TITLE.search(body)
    if found is not None and found[2] == b"title" and body.startswith(b">", found.end()):  # as nearly all are
        start = found.end() + 1
        end = body.find(b"<", start)
        if body.startswith(b"</title>", end):
            return body[start:end]
    for name, _, start, end in _elements(body, _OF_TITLE):
        if name == b"title":
            return None if end < 0 else body[start:end]
    return None


def for_the_parser(body: bytes) -> bytes:
    """The tags ``<meta>``, ``<link>`` and ``<base>``, wherever they stand, and the blocks of JSON-LD."""
    parts: list[bytes] = []
    for name, tag, start, end in _elements(body, _TOKEN):
        if name not in _ENDS:
            parts.append(body[tag:start])
        elif name == b"script" and end >= 0 and b"ld+json" in body[tag:start].lower():
            parts.append(body[tag:end] + b"</script>")
    return b"".join(parts)


def _elements(body: bytes, token: re.Pattern[bytes]) -> Iterator[tuple[bytes, int, int, int]]:
    """By its name, where each begins, where its content does, where that ends; ``-1`` where it does not."""
    at, endless = 0, {*_TAGS.split(b"|")}
    while found := token.search(body, at):
        if found[1]:
            ended = _COMMENT_END.search(body, found.end() - 2)  # "<!-->" is a whole comment
            if ended is None:
                return
            at = ended.end()
            continue
        name, tag = found[2].lower(), _TAG_END.match(body, found.end())
        start = tag.end() if tag else body.find(b">", found.end()) + 1
        if not start:
            return
        ended = None if name in endless else _ENDS[name].search(body, start)
        yield name, found.start(), start, -1 if ended is None else ended.start()
        if ended is None and name in _ENDS and name not in _HAVE_TAGS:
            return  # all that follows is text in it
        if ended is None:
            endless.add(name)
        at = start if ended is None else ended.end()
