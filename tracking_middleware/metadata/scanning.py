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
_ANY_TITLE = re.compile(rb"<[Tt][Ii][Tt][Ll][Ee][\s/>]")
_MISLEADING = re.compile(rb"<(?:!--|[INSTXinstx]|[Mm](?![Ee][Tt][Aa]))")
"""What a title may be in, or another title, in fewer steps: more than there is."""
_TAG_END = re.compile(rb"(?:[^>=]++|=\s*+(?:\"[^\"]*\"|'[^']*')|=)*+>")
"""The rest of a tag: a quote is one where a value begins with it, and nowhere else."""
_ENDS = {
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in b"|".join((_TEXTS, _TREES)).split(b"|")
}
_COMMENT_END = re.compile(rb"--!?>")
_HAVE_TAGS = frozenset(_TREES.split(b"|"))
"""What has tags in it; in what else has an end is only text until then."""
_BEGINS_AND_ENDS = {name: re.compile(rb"<(/?)" + name + rb"(?=[\s/>])", re.IGNORECASE) for name in _HAVE_TAGS}
_FIRST_LETTER = ord("A")
_MAY_BE_EMPTY = frozenset({b"svg", b"math"})
"""What ends with ``/>``; anything else only begins with it."""


def first_title(body: bytes) -> bytes | None:
    """What stands between ``<title>`` and its end; ``None`` where there is none, or its end is not there."""
    at = body.find(b"<title>")
    if at < 0:
        if _ANY_TITLE.search(body) is None:
            return None
    elif _MISLEADING.search(body, 0, at) is None:  # as nearly all are
        start = at + len(b"<title>")
        end = body.find(b"<", start)
        if body.startswith(b"</title>", end) and not _tag_around(body, 0, at):
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
    at, endless, crossed = 0, {*_TAGS.split(b"|")}, set[bytes]()
    while found := token.search(body, at):
        if end := _tag_around(body, at, found.start()):
            at = end
            continue
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
        ended = None
        if name not in endless and not (name in _MAY_BE_EMPTY and body[start - 2 : start] == b"/>"):
            ended = _end_of(name, body, start, crossed)
        yield name, found.start(), start, -1 if ended is None else ended.start()
        if ended is None and name in _ENDS and name not in _HAVE_TAGS:
            return  # all that follows is text in it
        if ended is None and body[start - 2 : start] != b"/>":
            endless.add(name)
        at = start if ended is None else ended.end()


def _end_of(name: bytes, body: bytes, start: int, crossed: set[bytes]) -> re.Match[bytes] | None:
    """The end of an element; of one in another of its name that of the outer one.

    ``crossed`` are names whose begins and ends do not match on this page: of them the next end is taken.
    """
    if name in _HAVE_TAGS and name not in crossed:
        depth = 1
        for found in _BEGINS_AND_ENDS[name].finditer(body, start):
            if found[1]:
                depth -= 1
                if not depth:
                    return found
            elif name not in _MAY_BE_EMPTY or not _is_empty(body, found.end()):
                depth += 1
        crossed.add(name)
    return _ENDS[name].search(body, start)


def _is_empty(body: bytes, at: int) -> bool:
    """Whether a tag, of which the name ends here, is an element without content."""
    tag = _TAG_END.match(body, at)
    return tag is not None and body[tag.end() - 2 : tag.end()] == b"/>"


def _tag_around(body: bytes, since: int, place: int) -> int:
    """Where the tag ends in whose attribute a place is, as one that quotes HTML; 0 where it is in none."""
    if not (body.count(b'"', since, place) % 2 or body.count(b"'", since, place) % 2):
        return 0  # no quote is open, as before nearly all
    while (begin := body.find(b"<", since, place)) >= 0:
        since = begin + 1
        if body[since] < _FIRST_LETTER:  # the end of one, or what is none
            continue
        tag = _TAG_END.match(body, since)
        if tag is None or tag.end() > place:
            return 0 if tag is None else tag.end()
        since = tag.end()
    return 0
