"""What operators publish is fetched by https, from public addresses, in bounds."""

from __future__ import annotations

import ssl
import threading

import pytest

from tracking_middleware.agents.proof import fetching
from tracking_middleware.agents.proof.fetching import Fetcher, FetchError, is_public

from .publishing import answer, fetcher, operator

PRIVATE = """
127.0.0.1 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255
192.0.2.1 198.18.0.1 240.0.0.1 :: ::1 fe80::1 fe80::1%eth0 fc00::1 ff02::1 2001:db8::1 ::ffff:10.0.0.1
::ffff:127.0.0.1 2002:0a00:0001:: 64:ff9b::10.0.0.1 64:ff9b::7f00:1 2002:0808:0808::1 ::8.8.8.8 nonsense
"""


def refusal(url, by=None):
    with pytest.raises(FetchError) as caught:
        (by or fetcher()).fetched(url)
    return str(caught.value)


def test_fetches_what_is_there():
    targets = []

    def answers(target, send):
        targets.append(target)
        send(answer("\ufeff{}"))

    with operator(answers) as port:
        assert fetcher().fetched(f"https://agent.example:{port}/keys?v=1").text == "{}"
    assert targets == ["/keys?v=1"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (answer("", "302 Found", "Location: https://127.0.0.1/"), "redirects, which is not followed"),
        (answer("", "404 Not Found"), "answered 404"),
        (answer("x" * 101), "has more than 100 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", "ended before all of it had come"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff", "was not read"),
        (b"nonsense\r\n\r\n", "was not read"),
        (b"", "was not read"),
    ],
)
def test_says_why_an_answer_was_not_taken(sent, said, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 100)
    with operator(lambda _, send: send(sent)) as port:
        assert said in refusal(f"https://agent.example:{port}/")


def test_follows_no_redirect_to_an_address_that_is_private():
    targets = []

    def answers(target, send):
        targets.append(target)
        send(answer("", "301 Moved", "Location: /other"))

    with operator(answers) as port:
        refusal(f"https://agent.example:{port}/first")
    assert targets == ["/first"]


def test_ends_when_its_time_is_over_however_slowly_it_goes_on(monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    ended = threading.Event()

    def answers(_, send):
        send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not ended.wait(0.05):  # each piece comes in time, and the whole never
            send(b"x")

    with operator(answers) as port:
        assert refusal(f"https://agent.example:{port}/") == "took more than 0.5 seconds"
        ended.set()


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_takes_no_certificate_of_somebody_else(host):
    with operator(lambda _, send: send(answer("{}"))) as port:
        assert "certificate" in refusal(f"https://{host}:{port}/")


def test_takes_no_certificate_that_nobody_trusts():
    by = fetcher()
    by._context = ssl.create_default_context()
    with operator(lambda _, send: send(answer("{}"))) as port:
        assert "certificate" in refusal(f"https://agent.example:{port}/", by)


def test_connects_to_the_very_address_that_was_looked_at():
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])  # a name that turns private between two questions
    by = fetcher()
    by._resolve = lambda *_: next(answers)
    with operator(lambda _, send: send(answer("{}"))) as port:
        assert by.fetched(f"https://agent.example:{port}/").text == "{}"
    assert next(answers) == ["10.0.0.1"]


def test_takes_the_next_address_where_one_cannot_be_reached():
    with operator(lambda _, send: send(answer("{}"))) as port:
        assert (
            fetcher(["::ffff:127.0.0.2", "127.0.0.1"]).fetched(f"https://agent.example:{port}/").text == "{}"
        )


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (["127.0.0.1"], "has the address 127.0.0.1, which is not public"),
        (["8.8.8.8", "10.1.2.3"], "has the address 10.1.2.3, which is not public"),
        ([], "has no address"),
    ],
)
def test_fetches_from_public_addresses_alone(addresses, said):
    assert said in refusal("https://agent.example/", Fetcher(resolve=lambda *_: addresses))


@pytest.mark.parametrize(
    "url", ["http://agent.example/", "ftp://agent.example/", "https:///", "agent.example"]
)
def test_fetches_by_https_alone(url):
    assert "https alone is" in refusal(url)


def test_a_name_whose_look_up_hangs_is_waited_for_in_bounds_and_asked_once(monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.05)
    ended, asked = threading.Event(), []

    def resolve(host, _):
        asked.append(host)
        if host == "hangs.example":
            ended.wait(60)
        return ["10.0.0.1"]

    by = Fetcher(resolve=resolve)
    told = "was not read: looking up hangs.example took more than 0.05 seconds"
    assert [refusal("https://hangs.example/", by) for _ in range(3)] == [told] * 3
    monkeypatch.setattr(fetching, "SECONDS", 60)
    assert "not public" in refusal("https://other.example/", by)
    ended.set()
    assert "has the address 10.0.0.1" in refusal("https://hangs.example/", by)
    assert asked[:2] == ["hangs.example", "other.example"]
    assert by._looking == {}


def test_says_what_the_name_system_said():
    def resolve(*_):
        raise OSError("no such name")

    assert refusal("https://agent.example/", Fetcher(resolve=resolve)) == "was not read: no such name"


@pytest.mark.parametrize(
    "address",
    PRIVATE.split(),
)
def test_knows_what_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_knows_what_is_public(address):
    assert is_public(address)
