"""What is said of settings that are right alone, and of middleware that others stand in front of."""

from __future__ import annotations

import asyncio
import logging

import flask
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from tracking_middleware import Settings
from tracking_middleware.doctor.checks.of_settings import remarks_on
from tracking_middleware.doctor.checks.order import remarks_on_order
from tracking_middleware.doctor.checks.remark import _tell_once
from tracking_middleware.flask import Tracking
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

RIGHT = {"collector_url": "https://c.example", "app_id": "a"}
ISSUE = {"identity": "issue", "secret_key": "k" * 32}


@pytest.fixture(autouse=True)
def nothing_was_told():
    _tell_once.cache_clear()
    yield
    _tell_once.cache_clear()


def found(*, hosts=(), is_live=False, **settings):
    made = Settings.from_mapping({**RIGHT, **settings})
    return [(remark.kind, remark.text) for remark in remarks_on(made, hosts=hosts, is_live=is_live)]


def test_of_the_defaults_there_is_nothing_to_say():
    assert found(hosts=["www.example.com", "*", "localhost"]) == []


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        (
            {"outbox_full": "drop_newest"},
            "contradiction",
            "outbox_full does nothing, since there is no",
        ),
        ({"outbox_max_bytes": 2_000_000}, "contradiction", "outbox_max_bytes does nothing"),
        ({"exclude": ["/**"]}, "contradiction", "nothing is tracked"),
        ({"exclude": [], "include": ["/a"]}, "contradiction", "include does nothing"),
        ({"tracker_compat": "3"}, "contradiction", "tracker_compat does nothing, since identity is 'read'"),
        ({"agents_sample": 0.5}, "contradiction", "agents_sample does nothing, since agents is not 'all'"),
        ({"buffer_size": 10}, "contradiction", "batch_size does nothing, since buffer_size is smaller"),
        ({"timeout": 9}, "contradiction", "timeout is longer than shutdown_timeout"),
        (
            {"collector_url": "http://c.example", "collector_headers": {"X-Key": "a"}},
            "contradiction",
            "collector_headers go to a collector over http",
        ),
        (
            {**ISSUE, "hosts": ["www.example.com"]},
            "cookie_domain",
            "no identity is issued: version 4 of the tracker stores its cookies on the root domain",
        ),
        (
            {"cookie_domain": "example.org", "hosts": ["www.example.com", ".example.net"]},
            "cookie_domain",
            "cookie_domain 'example.org' covers none of the site's hosts ('www.example.com', '.example.net')",
        ),
        (
            {**ISSUE, "secret_key": "django-insecure-" + "k" * 40, "tracker_compat": "3", "is_live": True},
            "secret",
            "begins with 'django-insecure-'",
        ),
    ],
)
def test_what_is_odd_is_said_and_nothing_else(settings, kind, said):
    ((found_kind, text),) = found(**settings)
    assert found_kind == kind
    assert said in text


@pytest.mark.parametrize(
    "settings",
    [
        {"enabled": False, "exclude": ["/**"]},
        {"exclude": ["/**"], "include": ["/shop/**"]},
        {"collector_url": "http://127.0.0.1:9090", "collector_headers": {"X-Key": "a"}},
        {"cookie_domain": "example.com", "hosts": ["www.example.com", "www.example.org"]},
        {"cookie_domain": "shop.example.com", "hosts": [".example.com"]},
        {"cookie_domain": "example.com", "hosts": ["localhost", "127.0.0.1", "[::1]", "*"]},
        {"cookie_domain": "auto", "hosts": ["www.example.com"], **ISSUE},
        {"hosts": ["intranet"], **ISSUE},
        {"timeout": 9, "shutdown_timeout": 9},
        {**ISSUE, "secret_key": "django-insecure-" + "k" * 40, "tracker_compat": "3"},
    ],
)
def test_what_is_as_it_was_meant_is_not_remarked_on(settings):
    assert found(**settings) == []


async def page(scope, receive, send): ...


class Ours(TrackingMiddleware):
    """A class of the application's own."""


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ([TrackingMiddleware, GZipMiddleware], []),
        ([GZipMiddleware], []),
        ([CORSMiddleware, TrackingMiddleware], []),
        (
            [GZipMiddleware, Ours],
            ["GZipMiddleware stands in front of the tracking middleware"],
        ),
        ([TrackingMiddleware, Ours], ["is there twice: the inner one does nothing"]),
    ],
)
def test_what_stands_in_front_in_starlette_is_said(listed, said):
    app = Starlette(middleware=[Middleware(kind) for kind in listed])
    texts = [remark.text for remark in remarks_on_order(app)]
    assert len(texts) == len(said)
    assert all(part in text for part, text in zip(said, texts, strict=True))


@pytest.mark.parametrize("app", [None, {}, object(), "app", Starlette()])
def test_what_is_no_such_app_has_no_order(app):
    assert remarks_on_order(app) == []


def warnings(caplog):
    return [each.getMessage() for each in caplog.records if each.name == "tracking_middleware.doctor"]


def test_starlette_says_at_start_up_what_stands_in_front(caplog):
    app = Starlette(middleware=[Middleware(GZipMiddleware), Middleware(TrackingMiddleware, **RIGHT)])

    async def start_and_stop():
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive():
            return {"type": next(messages)}

        async def send(message):
            assert message["type"].endswith("complete")

        await app({"type": "lifespan", "state": {}}, receive, send)

    asyncio.run(start_and_stop())
    asyncio.run(start_and_stop())
    (text,) = warnings(caplog)
    assert text.startswith("tracking: GZipMiddleware stands in front of the tracking middleware")


def test_flask_says_at_start_up_that_the_cookie_domain_is_not_its_hosts(caplog):
    app = flask.Flask(__name__)
    app.config.update(SERVER_NAME="www.example.com:5000", TRACKING={**RIGHT, "cookie_domain": "example.org"})
    Tracking(app)
    Tracking().init_app(app)
    (text,) = warnings(caplog)
    assert "covers none of the site's hosts ('www.example.com:5000')" in text


def test_any_wsgi_app_says_it_once_a_process(caplog):
    for _ in range(3):
        WSGIMiddleware(lambda environ, start_response: [], **RIGHT, outbox_full="drop_newest")
    assert len(warnings(caplog)) == 1


def test_an_app_that_raises_when_it_is_looked_at_starts_all_the_same(caplog):
    class Odd(str):
        def removeprefix(self, prefix):
            raise RuntimeError("odd")

    caplog.set_level(logging.DEBUG)
    app = flask.Flask(__name__)
    app.config.update(
        TRUSTED_HOSTS=[Odd("www.example.com")], TRACKING={**RIGHT, "cookie_domain": "example.org"}
    )
    assert Tracking(app)
    assert "could not be looked for" in caplog.text


@pytest.mark.parametrize(
    ("setting", "name", "said"),
    [
        ("agent_networks", "Opnai", "agent_networks names 'Opnai', and no agent is known by that name"),
        ("agent_networks", "OpenAI/GPTBto", "agent_networks names 'GPTBto', and no agent is known"),
        ("agent_networks", "Nobody at all", "agent_networks names 'Nobody at all', and no agent is known"),
        ("agent_directories", "Antropic", "agent_directories names 'Antropic', and no agent is known"),
        ("agent_directories", "Nobody at all", ""),
        ("agent_networks", "openai/gptbot", ""),
        ("agent_networks", "Common Crawl/CCBot", ""),
        ("agent_directories", "OpenAI", ""),
    ],
)
def test_a_source_of_nobody_who_is_known_is_told(setting, name, said):
    remarks = found(agents="all", **{setting: {name: "https://agent.example/x"}})
    assert [text[: len(said)] for _, text in remarks] == ([said] if said else [])


def test_a_misspelt_operator_is_told_as_it_is_written():
    settings = Settings.from_mapping(
        {**RIGHT, "agents": "all", "agent_networks": {"opnai": "https://a.example"}}
    )
    assert [remark.advice for remark in remarks_on(settings)] == ["Write 'OpenAI'."]
