"""A signature, an address and a user agent together make the proof."""

from __future__ import annotations

import dataclasses
import json

import pytest
from msgspec.structs import replace

from tracking_middleware.agents import Agent
from tracking_middleware.agents.proof.proving import Proving
from tracking_middleware.settings.agents.sources import directory_sources, network_sources

from .publishing import answer, fetcher, operator
from .signing import OTHER, OWN, directory, jwk, signed

READER = Agent("ai_search", "Example", "Reader", "declared")
STRANGER = Agent("ai_search", "Another", "Reader", "declared")
BROWSER = Agent("person")
OURS, THEIRS = "198.51.100.7", "203.0.113.9"
FORGED = dataclasses.replace(signed(), url="https://evil.example/")


@pytest.fixture
def proving(tmp_path):
    """Knows Example's keys and networks, from files."""
    keys, networks = tmp_path / "keys.json", tmp_path / "networks.txt"
    keys.write_text(directory(OWN))
    networks.write_text("198.51.100.0/24")
    made = Proving(
        directories=directory_sources([f"Example/Reader={keys}"]),
        networks=network_sources([f"example/READER={networks}"]),
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("agent", "request_", "address", "proof"),
    [
        (READER, signed(), OURS, "signed"),
        (READER, signed(), THEIRS, "signed"),
        (READER, None, OURS, "address"),
        (READER, FORGED, OURS, "address"),
        (READER, None, THEIRS, "impostor"),
        (READER, FORGED, THEIRS, "impostor"),
        (READER, FORGED, "", "impostor"),
        (READER, None, "", "declared"),
        (READER, None, "nonsense", "declared"),
        (replace(READER, product="Assistant"), None, THEIRS, "declared"),
        (replace(READER, product="Assistant"), FORGED, THEIRS, "impostor"),
        (STRANGER, None, THEIRS, "declared"),
        (STRANGER, FORGED, THEIRS, "declared"),
        (BROWSER, None, OURS, "guessed"),
        (BROWSER, FORGED, THEIRS, "guessed"),
    ],
)
def test_knows_the_operators_own_from_who_only_says_so(proving, agent, request_, address, proof):
    found = proving.prove(agent, request=request_, address=address)
    assert found == replace(agent, proof=proof)


@pytest.mark.parametrize("agent", [BROWSER, STRANGER, Agent("unknown"), Agent("tool", "", "x", "declared")])
def test_is_who_signed_whatever_the_user_agent_says(proving, agent):
    found = proving.prove(agent, request=signed())
    assert (found.operator, found.product, found.proof) == ("Example", "Reader", "signed")
    assert found.is_agent


def test_tells_nothing_until_the_directory_was_read():
    with operator(lambda _, send: send(answer(directory(OWN)))) as port:
        url = f"https://agent.example:{port}"
        proving = Proving(directories=directory_sources([f"Example={url}"]), fetcher=fetcher())
        proving._directories.close()  # read here, and not by its thread
        request, strange = (signed(key=key, agent=f'sig1="{url}"') for key in (OWN, OTHER))
        assert proving.prove(READER, request=request).proof == "declared"
        proving._directories.refresh()
    assert proving.prove(READER, request=request).proof == "signed"
    assert proving.prove(READER, request=strange).proof == "impostor"


def test_a_key_of_a_kind_that_is_not_known_makes_nobody_an_impostor():
    keys = json.dumps({"keys": [{"kty": "OKP", "crv": "Ed448", "x": "AAAA"}, jwk(OWN)]})
    with operator(lambda _, send: send(answer(keys))) as port:
        url = f"https://agent.example:{port}"
        proving = Proving(directories=directory_sources([f"Example={url}"]), fetcher=fetcher())
        proving.close()
        proving.refresh()
    own, unknown = (signed(key=key, agent=f'sig1="{url}"') for key in (OWN, OTHER))
    assert proving.prove(READER, request=own).proof == "signed"
    assert proving.prove(READER, request=unknown).proof == "declared"


class Names:
    def __init__(self, verdict):
        self.verdict = verdict
        self.asked = []

    def check(self, address, _operator, _product):
        self.asked.append(address)
        return self.verdict


@pytest.mark.parametrize(
    ("in_networks", "verdict", "proof"),
    [
        (True, "refuted", "address"),
        (True, "unknown", "address"),
        (False, "confirmed", "address"),
        (False, "refuted", "impostor"),
        (False, None, "impostor"),
        (False, "unknown", "declared"),  # until the names were told
        (None, "confirmed", "address"),
        (None, "refuted", "impostor"),
        (None, "unknown", "declared"),
        (None, None, "declared"),
    ],
)
def test_calls_nobody_an_impostor_while_something_may_still_speak_for_it(
    in_networks, verdict, proof, tmp_path
):
    networks = tmp_path / "networks.txt"
    networks.write_text(OURS if in_networks else "192.0.2.0/24")
    sources = () if in_networks is None else network_sources([f"Example={networks}"])
    proving = Proving(networks=sources, names=Names(verdict))
    assert proving.prove(READER, address=OURS).proof == proof
    proving.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "100.64.0.9"])
def test_an_address_of_a_private_network_speaks_against_nobody_and_its_name_is_not_asked_for(
    address, tmp_path
):
    networks = tmp_path / "networks.txt"
    networks.write_text("198.51.100.0/24")
    names = Names("refuted")
    proving = Proving(networks=network_sources([f"Example={networks}"]), names=names)
    assert proving.prove(READER, address=address).proof == "declared"
    assert names.asked == []
    proving.close()


def test_calls_nobody_an_impostor_before_the_ranges_were_read():
    proving = Proving(networks=network_sources(["Example=https://agent.example/ranges"]))
    proving.close()
    assert proving.prove(READER, address=THEIRS).proof == "declared"
