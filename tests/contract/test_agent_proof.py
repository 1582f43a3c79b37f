"""A signed agent through every adapter, on real servers: it is proved, and nothing of the proof leaves."""

from __future__ import annotations

import json
import time
import uuid

import pytest

from tests.agents.signing import OTHER, OWN, directory, signed

from .conftest import ADAPTERS
from .test_agents import AGENT, GPTBOT, entities_of
from .test_issuing import running

SITE = "https://news.example"


@pytest.fixture(scope="module", params=list(ADAPTERS))
def site(request, options, shared_sink, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_text(directory(OWN))
    proofs = {"agents": "all", "agent_directories": {"OpenAI": str(keys)}, "public_url": SITE}
    with running(request.param, options, shared_sink, anonymize_ip=True, **proofs) as site:
        yield site


def read_by(site, **how):
    """The event of a page that a signed agent has read, and what was signed."""
    path, now = f"/page?read={uuid.uuid4().hex}", int(time.time())
    covered = ("@authority", "@method", "@path", "@query", '"signature-agent";key="sig1"')
    sent = signed(url=f"{SITE}{path}", covered=covered, **{"created": now, "expires": now + 300, **how})
    headers = {name.title().replace("-", "_"): value for name, value in sent.headers}
    site.get(path, User_Agent=GPTBOT, Accept="*/*", **headers)
    return site.events.wait_for(path), sent


def said_in(event):
    (said,) = [entity["data"] for entity in entities_of(event) if entity["schema"] == AGENT]
    return said["operator"], said["product"], said["proof"]


def test_a_signed_agent_is_signed(site):
    assert said_in(read_by(site)[0]) == ("OpenAI", "GPTBot", "signed")


@pytest.mark.parametrize("forged", [{"method": "HEAD"}, {"expires": 1_000_000_000}])
def test_an_agent_whose_signature_is_none_is_an_impostor(site, forged):
    assert said_in(read_by(site, **forged)[0]) == ("OpenAI", "GPTBot", "impostor")


def test_an_agent_whose_key_nobody_holds_is_what_it_says(site):
    assert said_in(read_by(site, key=OTHER)[0]) == ("OpenAI", "GPTBot", "declared")


def test_a_signature_that_comes_again_is_an_impostor_s(site):
    event, sent = read_by(site, nonce=f"once-{site.name}")
    assert said_in(event)[2] == "signed"
    path = sent.url.removeprefix(SITE)
    headers = {name.title().replace("-", "_"): value for name, value in sent.headers}
    site.get(path, User_Agent=GPTBOT, Accept="*/*", **headers)
    again = site.events.wait(lambda events: both if len(both := with_path(events, path)) == 2 else None)
    assert sorted(said_in(event)[2] for event in again) == ["impostor", "signed"]


def with_path(events, path):
    return [event for event in events if path in event.get("url", "")]


def test_nothing_of_the_proof_leaves(site):
    event, sent = read_by(site, nonce="kept-here")
    written = json.dumps(event)
    assert event["ip"] == "127.0.0.0"
    for secret in ("kept-here", "web-bot-auth", sent.header("signature")[6:40], "127.0.0.1"):
        assert secret not in written
