"""Whom it is about by all that the files say, what they have of them, and that no identifier is nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import TrackingError
from .canary import bytes_with
from .holding import Counts, Holding
from .mentions import Mentions, mentions_of
from .persons import Facts, Given, Person, alike, as_sent, person_of


class NowhereError(TrackingError):
    """Identifiers are in none of the files; the message says which, and where was looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Whom it is about, and what there is of them."""

    person: Person
    mentions: Mentions
    counts: dict[Path, Counts] = field(default_factory=dict)
    facts: frozenset[Facts] = frozenset()
    seen: set[str] = field(default_factory=set)
    """What of ``mentions`` stands in texts."""
    sources: set[str] = field(default_factory=set)
    alike: list[str] = field(default_factory=list)
    """Ids of users that read as the person's, and may be theirs or somebody else's: they stay."""


def gather(
    given: Given, holdings: Sequence[Holding], *, wait: float, known: Person | None = None
) -> Gathered:
    """Look into all files, ``wait`` seconds for each; ``known`` is whom a run before was about.

    Raises InUseError and UnusableError.
    """
    facts: set[Facts] = set()
    known = known or Person()
    given = replace(given, user_ids=given.user_ids | ({*map(as_sent, given.user_ids)} - {""}))
    for each in holdings:
        with each.opened(wait=wait) as held:
            facts.update(held.facts())
            known = known.joined(held.linked(given))
    asked = replace(given, user_ids=given.user_ids | known.user_ids)
    person = person_of(asked, facts).joined(known)
    identifiers = {each for fact in facts for each in (fact.user_id, fact.domain_userid) if each}
    gathered = Gathered(
        person=person,
        mentions=mentions_of(person, identifiers),
        facts=frozenset(facts),
        alike=alike(person.user_ids, (fact.user_id for fact in facts if fact.user_id)),
    )
    for each in holdings:
        with each.opened(wait=wait) as held:
            found = held.found(person, gathered.mentions)
            gathered.sources.update(held.sources())
        gathered.counts[each.path] = found.counts
        gathered.seen.update(found.seen)
    return gathered


def refuse_strangers(given: Given, gathered: Gathered, holdings: Sequence[Holding]) -> None:
    """Raise NowhereError where no event says an identifier of itself and no text or byte has it."""
    known: dict[str, set[str | None]] = {"user_id": set(), "domain_userid": set(), "token": set()}
    for fact in gathered.facts:
        known["user_id"].add(fact.user_id)
        known["domain_userid"] |= {fact.domain_userid, fact.token_device}
        known["token"] |= {fact.token}
    missing = [
        (kind, value)
        for kind, value in given.named()
        if not known[kind] & {value, as_sent(value)} and value not in gathered.seen
    ]
    missing = [
        (kind, value)
        for kind, value in missing
        if not (kind == "token" and value.partition(".")[0] in known["domain_userid"])
        and not any(bytes_with(each.path, [value], gathered.mentions)[1] for each in holdings)
    ]
    if missing:
        names = ", ".join(f"{kind} {value!r}" for kind, value in missing)
        places = ", ".join(f"the {each.kind} {each.path}" for each in holdings)
        there = (
            f". What reads alike is there: {', '.join(map(repr, gathered.alike))}" if gathered.alike else ""
        )
        raise NowhereError(
            f"{names} is nowhere: looked in {places}, in what events say of themselves, in their texts and "
            "in all bytes. Nothing was taken out: see how it is written, and give every file that may have it"
            f"{there}"
        )
