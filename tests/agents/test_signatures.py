"""Signed requests are told from forged ones."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.agents.proof.keys import directory_keys, held_keys
from tracking_middleware.agents.proof.nonces import Nonces
from tracking_middleware.agents.proof.signatures import Keys, Signatures, SignedRequest
from tracking_middleware.settings.agents.sources import directory_sources

from .forging import COVERED, forgeries, is_the_same, mutated
from .published_vectors import VECTORS
from .signing import NOW, OTHER, OWN, WELL_KNOWN, checker, directory, signed

FORGERIES = int(os.environ.get("FORGED_SIGNATURES", "1500"))


def test_takes_what_the_operators_key_has_signed():
    finding = checker().check(signed())
    assert (finding.verdict, finding.source.operator, finding.source.place) == (
        "signed",
        "Example",
        WELL_KNOWN,
    )


@pytest.mark.timeout(120 + FORGERIES // 100)
def test_takes_no_forgery():
    verdicts, taken = forgeries(FORGERIES, seed=9421)
    print(f"{FORGERIES} changed requests: {dict(sorted(verdicts.items()))}; taken: {len(taken)}")
    assert not taken
    assert verdicts["failed"] > FORGERIES / 3  # most were looked at, and not put aside unread


@settings(max_examples=200)
@given(rng=st.randoms(use_true_random=False), nonce=st.none() | st.text("abc+/=", min_size=1))
def test_takes_no_request_that_says_something_else(rng, nonce):
    request = signed(covered=COVERED, headers={"accept": "text/html"}, nonce=nonce)
    strange = signed(key=OTHER, covered=COVERED, headers={"accept": "text/html"}, nonce=nonce)
    forged = mutated(request, dict(strange.headers), rng)
    assert checker().check(request).verdict == "signed"
    assert is_the_same(request, forged) or checker().check(forged).verdict != "signed"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_takes_the_published_examples(vector):
    source = directory_sources(["Example=https://signature-agent.test"])[0]
    read = [(source, directory_keys(vector["directory"], refused=frozenset()))]
    keys = Keys(held_keys(read), {source.place: source}, lambda _: True)
    request = SignedRequest("GET", "https://example.com/path", vector["headers"], vector["at"])
    assert Signatures(lambda: keys).check(request).verdict == "signed"
    other = replace(request, url="https://example.org/path")
    assert Signatures(lambda: keys).check(other).verdict == "failed"


def test_refuses_the_published_example_keys_in_a_directory():
    assert all(directory_keys(vector["directory"]) == {} for vector in VECTORS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires": None}, "has no created or no expires"),
        ({"at": NOW + 361}, "has expired"),
        ({"expires": NOW + 10**6, "at": NOW + 86_400 + 61}, "has expired"),
        ({"at": NOW - 61}, "is from the future"),
        ({"covered": ('"signature-agent";key="sig1"', "@path")}, "does not cover where it goes"),
        ({"covered": ("@authority",)}, "does not cover a directory in its Signature-Agent"),
        ({"agent": 'sig1="http://agent.example"'}, "does not cover a directory in its Signature-Agent"),
        ({"agent": 'sig1="https://agent.example/x";type=cimd'}, "does not cover a directory"),
        ({"agent": '"https://agent.example"', "covered": ("@authority",)}, "does not cover a directory"),
        ({"key": OTHER}, "has a key that its directory has not"),
    ],
)
def test_refuses_what_a_sound_signer_does_not_send(change, reason):
    finding = checker().check(signed(**change))
    assert finding.verdict == "failed"
    assert finding.reason.startswith(reason)
    assert finding.source.operator == "Example"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tag": "another"}, "no signature has the tag"),
        ({"agent": None, "covered": ("@authority",)}, "names no directory"),
        ({"agent": 'sig1="https://other.example"'}, "no directory that is held has this key"),
        ({"agent": 'sig1="https://agent.example/keys";type=jwks_uri'}, "no directory that is held"),
        ({"covered": ("@authority", '"signature-agent";key="sig1"', "x-own"), "headers": {"x-own": "1"}}, ""),
    ],
)
def test_says_nothing_of_what_cannot_be_checked(change, reason):
    request = signed(**change)
    kept = [pair for pair in request.headers if pair[0] != "x-own"]
    finding = checker().check(replace(request, headers=kept))
    assert (finding.verdict, finding.source) == ("unknown", None)
    assert reason in finding.reason


@pytest.mark.parametrize("target", ["/a|b", "/é", "/[x]"])
def test_says_nothing_of_a_url_that_cannot_be_read(target):
    request = replace(signed(), url=f"https://news.example{target}")
    assert checker().check(request).verdict == "unknown"


def test_looks_at_no_signature_over_more_than_any_covers():
    names = [f'"@query-param";name="{number}"' for number in range(40)]
    url = "https://news.example/?" + "&".join(f"{number}=" for number in range(40))
    covered = ("@authority", '"signature-agent";key="sig1"')
    assert checker().check(signed(url=url, covered=(*covered, *names[:30]))).verdict == "signed"
    assert checker().check(signed(url=url, covered=(*covered, *names[:31]))).verdict == "unknown"


def test_says_nothing_of_a_new_key_until_its_directory_was_read_again():
    assert checker(is_fresh=False).check(signed(key=OTHER)).verdict == "unknown"


def test_looks_a_key_up_in_the_directory_that_the_request_names():
    theirs, copied = (
        ("Example=https://agent.example", directory(OWN)),
        ("Evil=https://e.example", directory(OWN)),
    )
    for order in [(theirs, copied), (copied, theirs)]:
        assert checker(*order).check(signed()).source.operator == "Example"
    assert checker(copied).check(signed()).verdict == "unknown"


def test_takes_a_file_as_the_operators_own_whatever_directory_is_named():
    check = checker(("Example/Reader=keys.json", directory(OWN)))
    assert check.check(signed(agent='sig1="https://moved.example"')).source.product == "Reader"
    assert check.check(signed(agent=None, covered=("@authority",))).verdict == "signed"


@pytest.mark.parametrize(
    "agent", ['"https://agent.example"', '"https://AGENT.example/"', '"https://agent.example:443"']
)
def test_takes_the_bare_directory_of_earlier_drafts(agent):
    assert checker().check(signed(agent=agent, covered=("@authority", "signature-agent"))).verdict == "signed"


def test_takes_a_nonce_once():
    check, request = checker(), signed(nonce="one")
    later = replace(request, at=request.at + 0.1)
    found = [check.check(sent) for sent in (request, request, later, later, request)]
    assert [finding.verdict for finding in found] == ["signed", "signed", "failed", "failed", "signed"]
    assert found[2].reason == "has a nonce that was used before"
    assert check.check(signed(nonce="two")).verdict == "signed"


def test_keeps_a_nonce_that_a_forgery_brought_for_its_owner():
    check, request = checker(), signed(nonce="one")
    assert check.check(replace(request, url="https://evil.example/")).verdict == "failed"
    assert check.check(request).verdict == "signed"


def test_keeps_so_many_nonces_and_none_beyond_its_time():
    nonces = Nonces(most=3)
    assert all(nonces.is_new("key", str(number), until=NOW + 9, now=NOW) for number in range(5))
    assert len(nonces) == 3
    assert nonces.is_new("key", "4", until=NOW + 9, now=NOW)
    assert not nonces.is_new("key", "4", until=NOW + 9, now=NOW + 1)
    assert nonces.is_new("other", "4", until=NOW + 9, now=NOW)
    assert nonces.is_new("key", "4", until=NOW + 99, now=NOW + 10)
    assert len(nonces) == 1


@pytest.mark.parametrize("key", [{"nbf": NOW + 100}, {"exp": NOW}, {"exp": NOW * 1000}])
def test_takes_no_key_out_of_its_time(key):
    assert (
        checker(("Example=https://agent.example", directory(OWN, **key))).check(signed()).verdict == "failed"
    )


def test_takes_the_good_one_of_several_signatures():
    good = dict(signed().headers)
    bad = {name: value.replace("sig1", "sig0") for name, value in signed(key=OTHER).headers}
    headers = [(name, f"{bad[name]}, {good[name]}") for name in good]
    assert checker().check(SignedRequest("GET", signed().url, headers, NOW)).verdict == "signed"


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("signature-input", ""),),
        (("signature-input", "sig1"),),
        (("signature-input", 'sig1=1;tag="web-bot-auth"'),),
        (("signature-input", 'sig1=();tag="web-bot-auth"'),),
        (("signature-input", "\xff\ud800"),),
        (("signature-input", "sig1=(" * 900),),
        (("signature-input", "x" * 100_000),),
        (("signature-input", 'sig1=("@authority");keyid=1;tag="web-bot-auth"'), ("signature-agent", "\0")),
    ],
)
def test_never_raises_whatever_comes(headers):
    assert checker().check(SignedRequest("GET", "not a url", headers, NOW)).verdict in {"unknown", "failed"}
