"""An address is an operator's where its name is, and the name leads back to it."""

from __future__ import annotations

import os
import queue
import socket

import pytest

from tracking_middleware.agents import classify
from tracking_middleware.agents.proof import names as module
from tracking_middleware.agents.proof.names import (
    ASKED_AGAIN,
    KEPT_SECONDS,
    MOST_WAITING,
    NotAnsweredError,
    ReverseNames,
    addresses_of,
    confirmed_names,
    names_of,
)

OURS, THEIRS = "66.249.66.1", "203.0.113.9"
NAMES = {OURS: ["Crawl-66-249-66-1.GoogleBot.com."], THEIRS: ["crawl-66-249-66-1.googlebot.com"]}
ADDRESSES = {"crawl-66-249-66-1.googlebot.com": [OURS]}


class Asked:
    """A name system that answers from a table, and tells when it has."""

    def __init__(self, names=NAMES, addresses=ADDRESSES):
        self.names, self.addresses = names, addresses
        self.times = 0
        self.now = 1000.0

    def names_of(self, address):
        self.times += 1
        found = self.names.get(address, [])
        if isinstance(found, Exception):
            raise found
        return found

    def addresses_of(self, name):
        return self.addresses.get(name, [])

    def reverse(self):
        return ReverseNames(names=self.names_of, addresses=self.addresses_of, clock=lambda: self.now)


def told(reverse, address, operator="Google", product="Googlebot"):
    """The verdict once the name system has answered."""
    assert reverse.check(address, operator, product) == "unknown"
    answer = reverse._told.get(timeout=30)
    reverse._told.put(answer)
    return reverse.check(address, operator, product)


@pytest.mark.parametrize(
    ("address", "verdict"), [(OURS, "confirmed"), (THEIRS, "refuted"), ("203.0.113.10", "refuted")]
)
def test_confirms_what_leads_back_and_nothing_else(address, verdict):
    assert told(Asked().reverse(), address) == verdict


@pytest.mark.parametrize(
    "name",
    ["evilgooglebot.com", "googlebot.com.evil.example", "googlebot.com", "a b.googlebot.com", "é.google.com"],
)
def test_takes_no_name_that_is_not_the_operators(name):
    asked = Asked({THEIRS: [name]}, {name: [THEIRS]})
    assert told(asked.reverse(), THEIRS) == "refuted"


def test_asks_for_no_name_that_is_nobodys():
    asked = []
    assert confirmed_names(THEIRS, lambda _: ["x.attacker.example"], asked.append) == ()
    assert not asked


def test_is_silent_of_operators_that_document_no_name():
    assert Asked().reverse().check(OURS, "OpenAI", "GPTBot") is None
    assert Asked().reverse().check("", "Google", "Googlebot") is None
    assert Asked().reverse().check("2600:1f28::1", "Common Crawl", "CCBot") is None  # of IPv4 alone
    assert Asked().reverse().check("18.97.9.168", "Common Crawl", "CCBot") == "unknown"


def test_knows_the_products_that_are_called_after_one():
    assert told(Asked().reverse(), OURS, product="Googlebot-Image") == "confirmed"


@pytest.mark.parametrize("error", [NotAnsweredError(), UnicodeError(), RuntimeError()])
def test_says_nothing_where_nobody_answered_and_asks_again_later(error):
    asked = Asked({OURS: error})
    reverse = asked.reverse()
    assert told(reverse, OURS) == "unknown"
    assert asked.times == 1
    asked.names = NAMES
    asked.now += ASKED_AGAIN + 1
    assert told(reverse, OURS) == "confirmed"


def test_keeps_what_it_knows_while_it_asks_again():
    asked = Asked()
    reverse = asked.reverse()
    assert told(reverse, OURS) == "confirmed"
    asked.now += KEPT_SECONDS + 1
    assert reverse.check(OURS, "Google", "Googlebot") == "confirmed"
    reverse._told.get(timeout=30)
    assert asked.times == 2


def test_is_bounded_in_what_waits_and_in_what_is_known(monkeypatch):
    monkeypatch.setattr(module, "MOST_ADDRESSES", 10)
    release = queue.SimpleQueue()
    reverse = ReverseNames(names=lambda _: release.get(timeout=60), addresses=ADDRESSES.get)
    for number in range(MOST_WAITING * 2):
        assert reverse.check(f"198.51.100.{number % 256}", "Google", "Googlebot") == "unknown"
    assert reverse._waiting.qsize() <= MOST_WAITING
    assert len(reverse) <= 10
    for _ in range(MOST_WAITING + 1):
        release.put([])


def test_asks_by_a_thread_of_its_own_after_a_fork(monkeypatch):
    reverse = Asked().reverse()
    assert told(reverse, OURS) == "confirmed"
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert told(reverse, THEIRS) == "refuted"


def test_knows_the_operators_by_the_names_that_they_are_told_by():
    agents = [classify(f"Mozilla/5.0 (compatible; {product}/2.1)") for _, product in module.OPERATORS_NAMES]
    told = [(agent.operator.casefold(), agent.product.casefold()) for agent in agents]
    assert told == list(module.OPERATORS_NAMES)


def test_tells_no_from_no_answer(monkeypatch):
    def raising(error):
        def ask(*_, **__):
            raise error

        return ask

    monkeypatch.setattr(socket, "gethostbyaddr", raising(socket.herror(1, "Unknown host")))
    assert names_of(OURS) == []
    monkeypatch.setattr(socket, "getaddrinfo", raising(socket.gaierror(socket.EAI_NONAME, "no")))
    assert addresses_of("x.googlebot.com") == []
    for error in [socket.herror(2, "try again"), socket.gaierror(socket.EAI_AGAIN, "later"), TimeoutError()]:
        monkeypatch.setattr(socket, "gethostbyaddr", raising(error))
        monkeypatch.setattr(socket, "getaddrinfo", raising(error))
        with pytest.raises(NotAnsweredError):
            names_of(OURS)
        with pytest.raises(NotAnsweredError):
            addresses_of("x.googlebot.com")
