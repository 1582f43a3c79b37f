"""A signed request is proved through every adapter, from what is kept of it."""

from __future__ import annotations

import time

import pytest

from tests.contract.calls import WSGI, call_asgi, call_wsgi, environ_of, scope_of
from tests.contract.conftest import ADAPTERS
from tests.unit.exchanges import Records
from tracking_middleware import SettingsError, Tracker
from tracking_middleware.agents import Agent
from tracking_middleware.agents.proof.proving import Proving
from tracking_middleware.request.view import RequestView

from .signing import OTHER, OWN, directory, signed

READERS = {"User-Agent": "GPTBot/1.2", "Sec-Fetch-Dest": "document"}
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
COVERED = ("@authority", "@method", "@path", "@query", "user-agent", '"signature-agent";key="sig1"')
SITE = {"collector_url": "log:", "app_id": "news", "public_url": "https://news.example", "agents": "all"}
URL = "https://news.example/page?a=1"


@pytest.fixture
def proofs(tmp_path):
    """Settings by which OpenAI's keys and networks are known."""
    keys, networks = tmp_path / "keys.json", tmp_path / "networks.txt"
    keys.write_text(directory(OWN))
    networks.write_text("127.0.0.0/8")
    return {"agent_directories": {"OpenAI": keys}, "agent_networks": {"OpenAI": networks}}


def headers(key=OWN, url=URL, **more):
    """What a reader sends who signs with this key."""
    now = int(time.time())
    request = signed(
        key=key,
        url=url,
        covered=COVERED,
        created=now,
        expires=now + 300,
        headers={"user-agent": READERS["User-Agent"]},
        **more,
    )
    return {
        **READERS,
        **{"-".join(map(str.title, name.split("-"))): value for name, value in request.headers},
    }


def agents_of(name, *requests, **options):
    """Who has read the page, of each of the requests."""
    records = Records()
    tracker = Tracker(**{**SITE, **options}, delivery=records)
    app = ADAPTERS[name].make({"tracker": tracker})
    if name in WSGI:
        call_wsgi(app, [environ_of("/page", request) for request in requests])
    else:
        call_asgi(app, [scope_of("/page", request) for request in requests])
    assert len(records.recorded) == len(requests)
    return [recorded.agent() for recorded in records.recorded]


@pytest.fixture(params=["wsgi", "asgi", "flask", "starlette"])
def name(request):
    return request.param


def test_is_signed_or_from_the_operators_network_or_an_impostor(name, proofs):
    sound, forged = headers(), headers(url="https://other.example/")
    near = agents_of(name, sound, forged, READERS, **proofs)
    assert [agent.proof for agent in near] == ["signed", "address", "address"]
    assert {(agent.operator, agent.product) for agent in near} == {("OpenAI", "GPTBot")}
    far = {**proofs, "trusted_proxies": 1}
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    found = agents_of(name, *({**sent, **elsewhere} for sent in (sound, forged, READERS)), **far)
    assert [agent.proof for agent in found] == ["signed", "impostor", "impostor"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"X-Forwarded-Host": "news.example", "X-Forwarded-Proto": "https"},
    ],
)
def test_is_no_impostor_for_what_a_proxy_may_have_done_that_no_setting_names(name, proofs, tmp_path, sent):
    (tmp_path / "networks.txt").write_text("198.51.100.0/24")
    forged = {**headers(url="https://other.example/"), **sent}
    (agent,) = agents_of(name, forged, **proofs, public_url=None)
    assert (agent.operator, agent.proof) == ("OpenAI", "declared")


HOST = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "news.example"}


@pytest.mark.parametrize(
    ("sent", "proofs_of_both"),
    [
        (
            {"X-Forwarded-For": "203.0.113.9"},
            ["declared", "declared"],
        ),  # the proxy may write a host of its own
        (HOST, ["declared", "signed"]),
        ({**HOST, "X-Forwarded-Proto": "https"}, ["impostor", "signed"]),
        ({"Forwarded": 'for=203.0.113.9;host="news.example";proto=https'}, ["impostor", "signed"]),
        ({"X-Forwarded-Host": "news.example", "X-Forwarded-Proto": "https"}, ["declared", "signed"]),
    ],
)
def test_is_an_impostor_by_its_signature_where_the_proxy_says_host_and_scheme(
    name, proofs, sent, proofs_of_both
):
    proofs = {**proofs, "agent_networks": None, "trusted_proxies": 1, "public_url": None}
    both = [{**signature, **sent} for signature in (headers(url="https://other.example/"), headers())]
    assert [agent.proof for agent in agents_of(name, *both, **proofs)] == proofs_of_both


def test_is_what_it_says_where_nothing_is_asked_for(name):
    assert [agent.proof for agent in agents_of(name, headers(), headers(key=OTHER))] == ["declared"] * 2


def test_is_a_person_however_their_browser_writes_it(name, proofs):
    (agent,) = agents_of(name, {"User-Agent": CHROME}, **proofs)
    assert agent == Agent("person")


def test_takes_a_signed_browser_for_its_operator(name, proofs):
    now = int(time.time())
    request = signed(url=URL, created=now, expires=now + 300)
    (agent,) = agents_of(name, {"User-Agent": CHROME, **dict(request.headers)}, **proofs)
    assert (agent.operator, agent.proof, agent.is_agent) == ("OpenAI", "signed", True)


def test_takes_a_nonce_once_however_often_its_own_event_is_made(name, proofs):
    records = Records()
    tracker = Tracker(**SITE, **proofs, trusted_proxies=1, delivery=records)
    app = ADAPTERS[name].make({"tracker": tracker})
    sent = {**headers(nonce="one"), "X-Forwarded-For": "203.0.113.9"}
    for _ in range(2):
        if name in WSGI:
            call_wsgi(app, [environ_of("/page", sent)])
        else:
            call_asgi(app, [scope_of("/page", sent)])
    first, again = records.recorded
    assert [recorded.agent().proof for recorded in (first, first, again)] == ["signed", "signed", "impostor"]


@pytest.mark.parametrize("consent", ["full", "anonymous"])
def test_sends_nothing_of_what_it_is_told_by(name, proofs, consent):
    records = Records()
    tracker = Tracker(**SITE, **proofs, consent=lambda _: consent, anonymize_ip=True, delivery=records)
    app = ADAPTERS[name].make({"tracker": tracker})
    sent = headers(nonce="the-nonce")
    if name in WSGI:
        call_wsgi(app, [environ_of("/page", sent)])
    else:
        call_asgi(app, [scope_of("/page", sent)])
    (recorded,) = records.recorded
    assert recorded.agent().proof == "signed"
    event = recorded.to_event()
    assert event.subject.user_ipaddress == {"full": "127.0.0.0", "anonymous": ""}[consent]
    written = repr([getattr(event, field) for field in event.__struct_fields__]) + repr(event.subject)
    assert "the-nonce" not in written
    assert "web-bot-auth" not in written
    assert "127.0.0.1" not in written


def test_is_proved_of_a_request_that_somebody_describes(proofs):
    records = Records()
    tracker = Tracker(**SITE, **proofs, delivery=records)
    view = RequestView(
        method="GET",
        scheme="http",
        host="127.0.0.1",
        path="/page",
        query="a=1",
        headers={name.lower(): value for name, value in headers().items()},
        peer="203.0.113.9",
        native_source=lambda: None,
    )
    exchange = tracker.begin(view)
    exchange.start(200, [("Content-Type", "text/html")])
    exchange.finish("complete")
    assert records.recorded[0].agent().proof == "signed"


@pytest.mark.parametrize(
    ("sent", "proof"),
    [
        ({}, "address"),
        ({"x-forwarded-for": "192.0.2.1"}, "declared"),
        ({"x-forwarded-for": "192.0.2.1, 9.9.9.9"}, "declared"),
        (
            {"x-forwarded-for": "9.9.9.9", "x-forwarded-proto": "https"},
            "address",
        ),  # by the server's own doing
        ({"x-forwarded-for": "9.9.9.9", "forwarded": "for=192.0.2.1"}, "declared"),
    ],
)
def test_the_address_of_a_proxy_that_no_setting_names_proves_nothing(proofs, tmp_path, sent, proof):
    (tmp_path / "networks.txt").write_text("9.9.9.0/24")
    tracker = Tracker(**SITE, **proofs, delivery=(records := Records()))
    view = RequestView(
        method="GET",
        scheme="http",
        host="news.example",
        path="/page",
        query="",
        headers={"user-agent": "GPTBot/1.2", **sent},
        peer="9.9.9.9",
        native_source=lambda: None,
    )
    exchange = tracker.begin(view)
    exchange.start(200, [("Content-Type", "text/html")])
    exchange.finish("complete")
    assert records.recorded[0].agent().proof == proof


def test_costs_no_event_where_proving_fails(name, proofs, monkeypatch, caplog):
    monkeypatch.setattr(Proving, "prove", lambda *_, **__: 1 / 0)
    assert [agent.proof for agent in agents_of(name, headers(), **proofs)] == ["declared"]
    assert "an agent was not proved" in caplog.text


def test_says_at_start_up_which_file_is_wrong(tmp_path):
    keys, networks = tmp_path / "keys.json", tmp_path / "no.txt"
    keys.write_text("{}")
    with pytest.raises(SettingsError, match=r"agent_directories names the file .*is no JSON Web Key Set"):
        Tracker(**SITE, agent_directories={"OpenAI": str(keys)})
    with pytest.raises(SettingsError, match=r"agent_networks names the file .*cannot be read: No such file"):
        Tracker(**SITE, agent_networks={"OpenAI": str(networks)})
    Tracker(**SITE, agent_networks={"OpenAI": str(networks)}, enabled=False)


def test_a_source_that_cannot_be_read_is_counted_and_told_of(proofs, tmp_path):
    tracker = Tracker(**SITE, **proofs, delivery=Records())
    directory = f"agent_directories: OpenAI={tmp_path / 'keys.json'}"
    networks = f"agent_networks: OpenAI={tmp_path / 'networks.txt'}"
    proving, sources = tracker._shared.proving, tracker.stats()["agent_sources"]
    assert {name: told["read"] for name, told in sources.items()} == {directory: 1, networks: 1}
    assert tracker.health()["status"] == "healthy"
    (tmp_path / "networks.txt").unlink()
    proving.refresh()
    stats = tracker.stats()
    assert stats["errors"]["agent_source_failed"] == 1
    assert stats["agent_sources"][directory]["read"] == 2
    told = stats["agent_sources"][networks]
    assert (told["read"], told["failed"], told["error"]) == (
        1,
        1,
        "cannot be read: No such file or directory",
    )
    (reason,) = tracker.health()["reasons"]
    assert reason.startswith(f"{networks} cannot be read: No such file or directory; last read 20")
    (tmp_path / "networks.txt").write_text("198.51.100.0/24")
    proving._networks._due.clear()
    proving.refresh()
    assert tracker.health() == {"status": "healthy", "reasons": []}
