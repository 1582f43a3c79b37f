"""Who a person is, and which events are theirs; pure.

The rule is that of the journeys, as far as it can be told of an event by itself: an event with a ``user_id``
is that user's. One without is whose session it is, if one ``user_id`` was seen in that; else whose device it
is, if no more than one was seen on that. What is left on a device of several is nobody's that is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOBODY = "00000000-0000-0000-0000-000000000000"


class Facts(NamedTuple):
    """What an event says of whose it is; of a hand-off token also the device and session it was made in."""

    user_id: str | None = None
    domain_userid: str | None = None
    session: str | None = None
    network_userid: str | None = None
    token: str | None = None
    token_device: str | None = None
    token_session: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The identifiers that a person is asked for by; a token is ``<domain_userid>.<milliseconds>``."""

    user_ids: frozenset[str] = frozenset()
    domain_userids: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()

    @property
    def devices(self) -> frozenset[str]:
        """The devices that are given, and those in which the tokens were made."""
        return self.domain_userids | {device_of(token) for token in self.tokens}

    def named(self) -> Iterator[tuple[str, str]]:
        """Each identifier, with the name of the option that gives it."""
        for name, values in (
            ("user_id", self.user_ids),
            ("domain_userid", self.domain_userids),
            ("token", self.tokens),
        ):
            yield from ((name, value) for value in sorted(values))


@dataclass(frozen=True, kw_only=True)
class Person:
    """All that somebody is known by. ``devices`` are theirs alone; of others there are ``sessions``.

    ``shared_devices`` are looked at by session, and their ids stay where others' events have them.
    ``event_ids`` are events that are known to be theirs from elsewhere, as the journeys know an order's.
    """

    user_ids: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    shared_devices: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    network_userids: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    event_ids: frozenset[str] = frozenset()

    def owns(self, facts: Facts) -> bool:
        """Whether an event is theirs.

        Who comes by a link that has their token is another device, and may be anybody they sent it to.
        """
        if facts.user_id:
            return facts.user_id in self.user_ids
        if facts.session in self.sessions or facts.domain_userid in self.devices:
            return True
        if facts.domain_userid in (None, facts.token_device):
            return facts.token_session in self.sessions or facts.token_device in self.devices
        return False

    def owns_by_network(self, facts: Facts) -> bool:
        """Whether it is theirs by the collector's own cookie, where an event says nothing else."""
        says_more = facts.user_id or facts.domain_userid or facts.session
        return not says_more and facts.network_userid in self.network_userids

    def joined(self, other: Person) -> Person:
        """Both as one."""
        both = {each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(Person)}
        return Person(**{**both, "shared_devices": both["shared_devices"] - both["devices"]})


def device_of(token: str) -> str:
    """The ``domain_userid`` that a hand-off token begins with."""
    return token.partition(".")[0]


def as_sent(user_id: str) -> str:
    """An id as trackers send it and Enrich has it: tabs are four spaces, other control characters go."""
    return _CONTROL.sub("", user_id.replace("\t", "    "))


def alike(user_ids: Iterable[str], known: Iterable[str]) -> list[str]:
    """Of known ids those that read as one of these, in other letters' case, blanks or form of Unicode."""
    given = {*user_ids}
    folded = {_folded(each) for each in given}
    return sorted(each for each in {*known} - given if _folded(each) in folded)


def _folded(user_id: str) -> str:
    return "".join(unicodedata.normalize("NFKC", user_id).casefold().split())


def person_of(given: Given, facts: Iterable[Facts]) -> Person:
    """Who is meant, by all that any file says.

    A device on which one ``user_id`` was seen leads to that user, and the user to their other devices.
    """
    known = {fact for fact in facts if any(fact)}
    users_of: dict[str, set[str]] = defaultdict(set)
    users_in: dict[str, set[str]] = defaultdict(set)
    for fact in known:
        if fact.user_id:
            users_of[fact.domain_userid or ""].add(fact.user_id)
            users_in[fact.session or ""].add(fact.user_id)
    users = set(given.user_ids)
    for device in given.devices:
        if len(users_of[device]) == 1:
            users |= users_of[device]
    seen_on = {fact.domain_userid for fact in known if fact.user_id in users and fact.domain_userid}
    devices = {device for device in seen_on | given.devices if users_of[device] <= users}
    shared = (seen_on | given.devices) - devices
    asked = {fact.token_session for fact in known if fact.token in given.tokens and fact.token_session}
    sessions = set(_sessions(known, users, users_in, devices, given.domain_userids & shared))
    return Person(
        user_ids=frozenset(users),
        devices=frozenset(devices),
        shared_devices=frozenset(shared),
        sessions=frozenset(sessions | {session for session in asked if users_in[session] <= users}),
        network_userids=frozenset(_network_userids(known, users, devices)),
        tokens=frozenset(_tokens(known, devices, sessions) | given.tokens),
    )


def _sessions(
    known: set[Facts],
    users: set[str],
    users_in: dict[str, set[str]],
    devices: set[str],
    asked: frozenset[str],
) -> Iterator[str]:
    for fact in known:
        if not fact.session:
            continue
        seen = users_in[fact.session]
        is_theirs = bool(seen) and seen <= users
        # a shared device that is asked for by its own id: what nobody's name was seen in
        is_nobodys = fact.domain_userid in asked and not seen
        if is_theirs or is_nobodys or (fact.domain_userid in devices and not seen):
            yield fact.session


def _network_userids(known: set[Facts], users: set[str], devices: set[str]) -> set[str]:
    theirs: set[str] = set()
    others: set[str] = {_NOBODY}
    for fact in known:
        if fact.network_userid:
            is_theirs = fact.user_id in users or (not fact.user_id and fact.domain_userid in devices)
            says_nothing = not (fact.user_id or fact.domain_userid or fact.session)
            if not says_nothing:
                (theirs if is_theirs else others).add(fact.network_userid)
    return theirs - others


def _tokens(known: set[Facts], devices: set[str], sessions: set[str]) -> set[str]:
    return {
        fact.token
        for fact in known
        if fact.token and (fact.token_device in devices or fact.token_session in sessions)
    }
