"""Patterns of paths that hold secrets, such as ``/reset/<token>/``: which segments never leave. Pure.

A pattern is read segment by segment. ``<name>`` anywhere in a segment masks that whole segment, a
converter as frameworks write it (``<uuid:token>``) says nothing more, save that ``<path:name>`` masks all
that follows. ``*`` stands for anything within a segment, ``**`` as a segment for any number of them.

What is masked in vain costs a word, what is not masked a secret. So a pattern holds for all paths that
begin as it says, and as a careless router would read them: in any case, percent-encoded (more than once),
with doubled or encoded slashes, dots, and parameters after ``;``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from .globs import texts_regex

REDACTED = "REDACTED"

_NAME = re.compile(r"<(?:(?P<converter>[^<>:/]*):)?[^<>:/]+>")
_SEPARATOR = re.compile(r"(/|%(?:25)*2f|\\|%(?:25)*5c)", re.IGNORECASE)
_MOST_DECODINGS = 5
_NO_WORDS = frozenset({"", ".", "!"})  # the last in fragments that are routes: "#!/reset/…"


class _Part(NamedTuple):
    """A segment of a pattern; ``word`` is ``None`` for ``**``."""

    word: re.Pattern[str] | None
    masks: bool
    masks_rest: bool
    literal: str | None = None
    """The only word it matches, where there is no other."""
    is_any: bool = False
    """Whether it matches all words."""


_Step = tuple[str | None, re.Pattern[str] | None, bool, bool]
"""A segment of a pattern without ``**``: the only word it matches, else what words do, where not all of them
do; whether it masks that word, and whether all that follows."""


class _Pattern(NamedTuple):
    """The segments of a pattern, and how many words it needs; 0 where ``**`` leaves that open."""

    parts: tuple[_Part, ...]
    needs: int
    steps: tuple[_Step, ...] = ()


class PathMasks:
    """The compiled patterns of the setting ``mask_paths``."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Raises ValueError, with a sentence about the first pattern that is none."""
        listed = tuple(patterns)
        patterns_of = (_pattern_of(_parse(pattern)) for pattern in listed)
        self._patterns = tuple(
            dict.fromkeys(patterns_of)
        )  # many say the same with a slash at the end as well
        self._hints = tuple(_hint(pattern) for pattern in listed)
        self._last = ("", "")
        """The path that was masked last: a page's is asked for twice."""

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def may_match(self, lowered: str) -> bool:
        """Whether something in a lower-case text could be masked: False is sure, and quickly said."""
        if "%" in lowered:
            return True
        for hint in self._hints:  # noqa: SIM110  # in half the steps of any(), whose generator goes on for each
            if hint in lowered:
                return True
        return False

    def mask(self, path: str) -> str:
        """A raw path with the segments that hold secrets replaced."""
        if "%" not in path and "\\" not in path and ";" not in path:
            return self._mask_plain(path)
        pieces = _SEPARATOR.split(path)  # segments, with a separator between each two
        masked = self._masked([_plain(segment) for segment in pieces[::2]])
        if not masked:
            return path
        for place in range(0, len(pieces), 2):
            if pieces[place] and masked >> (place // 2) & 1:
                pieces[place] = REDACTED
        return "".join(pieces)

    def _mask_plain(self, path: str) -> str:
        """The same of a path whose only separator is a slash, and whose words say what they mean."""
        known, text = self._last
        if path == known:
            return text
        text = path
        if masked := self._masked(path.casefold().split("/")):
            segments = path.split("/")
            for place, segment in enumerate(segments):
                if segment and masked >> place & 1:
                    segments[place] = REDACTED
            text = "/".join(segments)
        self._last = (path, text)
        return text

    def _masked(self, words: list[str]) -> int:
        """The places of words that are masked, as the bits of a number."""
        plain = [(place, word) for place, word in enumerate(words) if word not in _NO_WORDS]
        found = 0
        for reading in [plain] if ".." not in words else [plain, _resolved(plain)]:
            for parts, needs, steps in self._patterns:
                if not needs:
                    found |= _ways(parts, reading)
                elif needs <= len(reading) and steps[0][0] in {None, reading[0][1]}:
                    found |= _way(steps, reading)
        return found


NO_MASKS = PathMasks(())


@lru_cache(maxsize=64)
def masks_of(patterns: tuple[str, ...]) -> PathMasks:
    """The compiled form of the setting; raises ValueError."""
    return PathMasks(patterns) if patterns else NO_MASKS


def decoded(text: str) -> str:
    """Percent-encoded text as it reads after as many decodings as anybody may do."""
    for _ in range(_MOST_DECODINGS):
        if "%" not in text:
            break
        text, before = unquote(text), text
        if text == before:
            break
    return text


def _plain(segment: str) -> str:
    """A segment as a careless router compares it."""
    return decoded(segment).partition(";")[0].casefold()


def _resolved(words: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The words that are left where ``..`` takes the one before it away."""
    kept: list[tuple[int, str]] = []
    for place, word in words:
        if word != "..":
            kept.append((place, word))
        elif kept:
            kept.pop()
    return kept


def _way(steps: tuple[_Step, ...], words: list[tuple[int, str]]) -> int:
    """``_ways`` of a pattern that can lie in one way alone: from the first word on, if there are enough."""
    found = 0
    for (literal, like, masks, masks_rest), (place, word) in zip(steps, words, strict=False):
        if literal is not None:
            if literal != word:
                return 0
        elif like is not None and like.fullmatch(word) is None:
            return 0
        if masks:
            if masks_rest:
                return found | ((1 << words[-1][0] + 1) - (1 << place))
            found |= 1 << place
    return found


def _ways(pattern: tuple[_Part, ...], words: list[tuple[int, str]]) -> int:
    """What a pattern masks, by all the ways in which it can lie on the words, as the bits of their places."""
    found, ways = 0, _beginning(pattern)
    end = 1 << words[-1][0] + 1 if words else 0
    for place, word in words:
        following: dict[int, int] = {}
        for number, masked in ways.items():
            part = pattern[number]
            if part.word is None:
                _enter(following, pattern, number, masked)
            elif part.word.fullmatch(word) is None:
                continue
            elif part.masks_rest:
                found |= masked | (end - (1 << place))
            else:
                _enter(following, pattern, number + 1, masked | (part.masks << place))
        found |= following.pop(len(pattern), 0)
        ways = following
        if not ways:
            break
    return found


def _beginning(pattern: tuple[_Part, ...]) -> dict[int, int]:
    """The parts that may come first, each with nothing masked before it."""
    ways: dict[int, int] = {}
    _enter(ways, pattern, 0, 0)
    return ways


def _enter(ways: dict[int, int], pattern: tuple[_Part, ...], number: int, masked: int) -> None:
    """Note that a part comes next, and what was masked before it; ``**`` may stand for nothing."""
    ways[number] = ways.get(number, 0) | masked
    if number < len(pattern) and pattern[number].word is None:
        _enter(ways, pattern, number + 1, masked)


def _parse(pattern: str) -> tuple[_Part, ...]:
    parts = tuple(_part(pattern, segment) for segment in pattern.split("/") if segment)
    if not any(part.masks for part in parts):
        raise ValueError(f"holds {pattern!r}, which masks nothing: name a segment, such as '/reset/<token>/'")
    return parts


def _pattern_of(parts: tuple[_Part, ...]) -> _Pattern:
    if any(part.word is None for part in parts):
        return _Pattern(parts, 0)
    ends = (place for place, part in enumerate(parts, 1) if part.masks_rest)
    steps = tuple(
        (part.literal, None if part.is_any else part.word, part.masks, part.masks_rest) for part in parts
    )
    return _Pattern(parts, next(ends, len(parts)), steps)


def _part(pattern: str, segment: str) -> _Part:
    if segment == "**":
        return _Part(None, masks=False, masks_rest=False)
    pieces = re.split(r"(<[^<>]*>|\*)", segment)
    names = [_NAME.fullmatch(piece) for piece in pieces if piece.startswith("<")]
    if None in names or "**" in segment or any(set("<>") & set(piece) for piece in pieces[::2]):
        raise ValueError(
            f"holds {pattern!r}: write names as '<token>', and '**' as a segment of its own, "
            "such as '/reset/<token>/'"
        )
    text = texts_regex([_literal(piece) for piece in pieces[::2]], ".")
    masks_rest = any(name is not None and name["converter"] == "path" for name in names)
    literal = _literal(segment) if len(pieces) == 1 else None
    return _Part(
        re.compile(text, re.DOTALL),
        masks=bool(names),
        masks_rest=masks_rest,
        literal=literal,
        is_any=len(pieces) > 1 and not any(pieces[::2]),
    )


def _literal(text: str) -> str:
    return decoded(text).casefold()


def _hint(pattern: str) -> str:
    """The longest text that is in every path that the pattern masks, or ``""``."""
    needed = pattern.partition("<path:")[0]
    return max(map(_literal, re.split(r"<[^<>]*>|[*/]", needed)), key=len)
