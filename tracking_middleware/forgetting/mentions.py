"""Where a text names somebody whose event it is not, and the text without that; pure."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from .persons import Person
from .texts import ENCODED, decoded, encoded

FORGOTTEN = "forgotten"
"""What stands in others' events where the person was named."""
_SHORTEST = 8
"""Characters of an identifier that is looked for as a word: a shorter one is also part of other things."""
_SHORTEST_ANYWHERE = 12
"""Characters of one that is looked for within words too."""
_MOST_ANYWHERE = 50
_WORD = re.compile(r"[\w-]+")
_TELLING = re.compile(r"[0-9@._:/|-]")
_UNQUOTED = ("", "!'()*", ";,/?:@&=+$#!'()*")
"""What stays as it is in a URL: by the standard's reading, in encodeURIComponent, in encodeURI."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The identifiers that are somebody's alone, as JSON, URLs and hand-off tokens write them."""

    anywhere: tuple[str, ...]
    by_word: Mapping[str, tuple[str, ...]]
    """Each by the longest word in it, since there may be thousands."""
    within: Mapping[str, Mapping[tuple[int, int], frozenset[str]]] = field(default_factory=dict)
    """Others' identifiers that one is a part of, by where it begins in them and their length: they stay."""

    def found_in(self, text: str) -> frozenset[str]:
        """What of it a text has."""
        found = {form for form in self.anywhere if form in text}
        if self.by_word:
            for word in self.by_word.keys() & set(_WORD.findall(text)):
                found |= {form for form in self.by_word[word] if _as_word(form).search(text)}
        if self.within:
            found = {form for form in found if self._stands_free(form, text)}
        return frozenset(found)

    def is_anothers(self, form: str, text: str, place: int) -> bool:
        """Whether what stands at a place is a part of somebody else's identifier."""
        return any(
            place >= before and text[place - before : place - before + length] in others
            for (before, length), others in self.within.get(form, {}).items()
        )

    def _stands_free(self, form: str, text: str) -> bool:
        places = (found.start() for found in self._pattern(form).finditer(text))
        return any(not self.is_anothers(form, text, place) for place in places)

    def _pattern(self, form: str) -> re.Pattern[str]:
        return re.compile(re.escape(form)) if form in self.anywhere else _as_word(form)

    def _without(self, form: str, text: str) -> str:
        def put(found: re.Match[str]) -> str:
            return found[0] if self.is_anothers(form, text, found.start()) else FORGOTTEN

        return self._pattern(form).sub(put, text)

    def taken_from(self, text: str) -> str:
        """The text with another word in the place of each."""
        if not (found := self.found_in(text)):
            return text
        for form in sorted(found, key=len, reverse=True):
            text = self._without(form, text)
        return text

    def taken_from_all(self, value: Any) -> Any:
        """The same in all texts of what JSON has, also in what protocol parameters have in base64."""
        if isinstance(value, str):
            return self.taken_from(value)
        if isinstance(value, list):
            return [self.taken_from_all(item) for item in value]
        if isinstance(value, dict):
            return {
                self.taken_from(name): self._in_base64(item)
                if name in ENCODED and isinstance(item, str)
                else self.taken_from_all(item)
                for name, item in value.items()
            }
        return value

    def _in_base64(self, text: str) -> str:
        plain = decoded(text)
        without = self.taken_from(plain)
        return self.taken_from(text) if plain == without else encoded(without)


def mentions_of(person: Person, identifiers: Iterable[str] = ()) -> Mentions:
    """What is looked for of a person. What they share with others is not theirs alone and stays.

    ``identifiers`` are all that are known, also others': one of those may have the person's within it.
    """
    named = [text for text in sorted(person.user_ids | person.devices) if _tells(text)]
    anywhere = [text for text in named if len(text) >= _SHORTEST_ANYWHERE][:_MOST_ANYWHERE]
    words = {*named, *filter(_tells, person.sessions | person.network_userids)} - {*anywhere}
    by_word: dict[str, list[str]] = defaultdict(list)
    for form in (form for text in sorted(words) for form in _forms(text)):
        by_word[max(_WORD.findall(form), key=len, default=form)].append(form)
    return Mentions(
        tuple(dict.fromkeys(form for text in anywhere for form in _forms(text))),
        {word: tuple(forms) for word, forms in by_word.items()},
        _within(named, {*identifiers} - person.user_ids - person.devices),
    )


def _within(named: list[str], others: set[str]) -> dict[str, dict[tuple[int, int], frozenset[str]]]:
    """Where in others' identifiers a person's are, in each way in which they are written."""
    if not named:
        return {}
    any_of_them = re.compile("|".join(map(re.escape, named)))
    forms = [form for text in named for form in _forms(text)]
    found: dict[str, dict[tuple[int, int], set[str]]] = defaultdict(lambda: defaultdict(set))
    for other in (form for text in others if any_of_them.search(text) for form in _forms(text)):
        for form in forms:
            for place in re.finditer(re.escape(form), other):
                found[form][place.start(), len(other)].add(other)
    return {
        form: {place: frozenset(texts) for place, texts in places.items()} for form, places in found.items()
    }


def _tells(text: str) -> bool:
    return len(text) >= _SHORTEST and _TELLING.search(text) is not None


def _as_word(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(form)}(?![\w-])")


def _forms(text: str) -> Iterator[str]:
    readable = text.encode("utf-8", "surrogatepass")
    quoted = [quote(readable, safe=safe) for safe in _UNQUOTED] + [quote_plus(readable)]
    quoted.append(quote(quoted[0], safe=""))  # a URL within a URL, as of a page to go on to
    yield from dict.fromkeys(
        (
            text,
            *quoted,
            *(re.sub("%..", lambda found: found[0].lower(), each) for each in quoted),
            json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1],
            base64.urlsafe_b64encode(readable).decode().rstrip("="),
        )
    )
