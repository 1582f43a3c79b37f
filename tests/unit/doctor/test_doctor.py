"""``tracking-middleware doctor``: what it says of apps that are right and of each thing that is wrong."""

from __future__ import annotations

import json
import logging
import sys
import threading
import types
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import flask
import pytest
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tracking_middleware import Settings, entity
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.commands.cli import main
from tracking_middleware.doctor import listening
from tracking_middleware.doctor.examination import Examination
from tracking_middleware.flask import Tracking
from tracking_middleware.identity.cookies import cookie_suffix
from tracking_middleware.identity.sessions import Twin
from tracking_middleware.identity.twin import TwinSigner
from tracking_middleware.starlette import TrackingMiddleware
from tracking_middleware.wsgi import WSGIMiddleware

from ..exchanges import PERSON, SESSION

RIGHT = {"collector_url": "log:", "app_id": "a", "secret_key": "k" * 40}
SUFFIX = cookie_suffix("example.com")


def flask_app(**config):
    app = flask.Flask("shop")
    app.config.update({"SERVER_NAME": "www.example.com", "TRACKING": RIGHT, **config})
    Tracking(app)
    return app


def fastapi_app(*outer, **settings):
    app = FastAPI()
    app.add_middleware(TrackingMiddleware, **{**RIGHT, **settings})
    for middleware in outer:
        app.add_middleware(middleware)
    return app


def findings(app=None, own=None, **options):
    made = Settings.from_mapping(own or RIGHT)
    return [
        (found.mark, found.topic, found.text)
        for found in Examination(own=lambda: made, app=app, **options).findings()
    ]


def texts(found, topic):
    return [(mark, text) for mark, about, text in found if about == topic]


def wrong(found):
    return [(topic, text) for mark, topic, text in found if mark == "wrong"]


async def asgi_page(scope, receive, send): ...


def wsgi_page(environ, start_response):
    return []


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (flask_app, "Flask, an app of WSGI, has tracking_middleware.flask._FlaskMiddleware"),
        (fastapi_app, "FastAPI, an app of ASGI, has tracking_middleware.starlette.TrackingMiddleware"),
        (lambda: WSGIMiddleware(wsgi_page, **RIGHT), "an app of WSGI, has tracking_middleware.wsgi.adapter."),
        (lambda: ASGIMiddleware(asgi_page, **RIGHT), "an app of ASGI, has tracking_middleware.asgi.adapter."),
        (lambda: ProxyFix(WSGIMiddleware(wsgi_page, **RIGHT)), "ProxyFix, an app of WSGI, has tracking_mid"),
    ],
)
def test_of_a_right_app_nothing_is_wrong(make, said):
    found = findings(make())
    assert wrong(found) == []
    ((mark, text),) = texts(found, "wiring")
    assert mark == "ok"
    assert said in text


@pytest.mark.parametrize("app", [FastAPI(), flask.Flask("shop"), wsgi_page, asgi_page])
def test_an_app_without_the_middleware_is_wrong(app):
    ((topic, text),) = wrong(findings(app))
    assert topic == "wiring"
    assert text.endswith("has no tracking middleware: no page view is tracked")


def test_what_stands_in_front_and_what_is_there_twice_is_noted():
    (_, front) = texts(findings(fastapi_app(GZipMiddleware)), "wiring")
    assert front[0] == "note"
    assert front[1].startswith("in front of it: GZipMiddleware. What is answered there is not tracked (GZip")
    (_, twice) = texts(findings(WSGIMiddleware(WSGIMiddleware(wsgi_page, **RIGHT), **RIGHT)), "wiring")
    assert "it is there again" in twice[1]


def test_wrong_settings_of_an_asgi_app_are_said_one_by_one():
    found = findings(fastapi_app(app_id="", collector_ulr="x"))
    assert [topic for topic, _ in wrong(found)] == ["settings", "settings"]
    assert "did you mean collector_url?" in wrong(found)[0][1]


def test_of_an_app_without_the_middleware_no_settings_are_asked_for(module, monkeypatch, capsys):
    monkeypatch.delenv("TRACKING_APP_ID", raising=False)
    module.bare = FastAPI()
    assert main(["doctor", "--app", "doctored_site:bare"]) == 1
    text = capsys.readouterr().out
    assert "TRACKING_" not in text
    assert text.endswith("\n1 thing is wrong\n")


def test_each_wrong_setting_that_an_app_meets_while_it_is_made_is_said(module, capsys):
    module.make = lambda: flask_app(TRACKING={"collector_url": "log:", "app_di": "a"})
    assert main(["doctor", "--app", "doctored_site:make()"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "wrong settings: app_di is no setting: did you mean app_id?" in lines
    assert main(["explain", "/", "--app", "doctored_site:make()"]) == 1
    assert "wrong tracking settings" in capsys.readouterr().err


def test_tracking_that_is_off_is_wrong():
    assert wrong(findings(flask_app(TRACKING={"enabled": False}))) == [
        ("settings", "enabled is off: nothing is tracked")
    ]


def test_the_cookie_is_said_by_host_and_one_of_other_hosts_is_wrong():
    app = flask_app(TRACKING={**RIGHT, "cookie_domain": "example.com"})
    assert ("ok", f"on www.example.com reads _sp_id.{SUFFIX}, of the domain example.com") in texts(
        findings(app), "cookies"
    )
    other = flask_app(TRACKING={**RIGHT, "cookie_domain": "example.org"})
    assert [topic for topic, _ in wrong(findings(other))] == ["cookies"]
    other = flask_app(TRACKING={**RIGHT, "cookie_domain": "example.org", "identity": "issue"})
    assert [topic for topic, _ in wrong(findings(other))] == ["cookies"], "once, and not for each host too"
    issuing = flask_app(TRACKING={**RIGHT, "identity": "issue"})
    assert "set cookie_domain to it" in wrong(findings(issuing))[0][1]


def test_a_missing_key_is_noted_and_never_shown():
    assert texts(findings(own={"collector_url": "log:", "app_id": "a"}), "secret key")[0][0] == "note"
    assert "k" * 40 not in str(findings(flask_app()))


def test_a_key_that_can_be_guessed_is_not_said_to_be_well():
    issuing = {"collector_url": "log:", "app_id": "a", "identity": "issue", "cookie_domain": "example.com"}
    ((mark, text),) = texts(findings(flask_app(SECRET_KEY="dev", TRACKING=issuing)), "secret key")
    assert mark == "note"
    assert "3 characters: whoever guesses it" in text


def test_a_collector_that_was_not_asked_is_told_with_the_way_to_ask_it():
    own = Settings.from_mapping({**RIGHT, "collector_url": "http://127.0.0.1:9"})
    found = Examination(own=lambda: own).findings()
    assert [each.advice for each in found if each.topic == "collector"] == [
        "Give --send to see whether it takes one."
    ]


@pytest.fixture
def ours():
    """The logger of the package, which is put back."""
    logger = logging.getLogger("tracking_middleware")
    before = logger.handlers[:], logger.level, logger.propagate, logger.disabled
    yield logger
    logger.handlers[:], level, logger.propagate, logger.disabled = before
    logger.setLevel(level)  # which also forgets what loggers remember of levels


@pytest.mark.parametrize(
    ("change", "mark", "said"),
    [
        ({"propagate": False}, "note", "nothing is configured: warnings go to standard error"),
        ({"handlers": [logging.NullHandler()], "propagate": False}, "wrong", "no handler takes warnings"),
        ({"handlers": [logging.StreamHandler()], "propagate": False}, "ok", "warnings go to StreamHandler"),
        ({"level": logging.ERROR}, "wrong", "below the level that is logged"),
        ({"disabled": True}, "wrong", "switched off, by configuring logging after the package was imported"),
    ],
)
def test_whether_anybody_listens_is_said(ours, change, mark, said):
    for name, value in change.items():
        setattr(ours, name, value)
    first = next(iter(listening.on_logging()))
    assert first.mark == mark
    assert said in first.text


def test_of_a_logger_that_is_switched_off_the_level_is_not_blamed(ours):
    ours.disabled = True
    (found,) = listening.on_logging()
    assert "switched off" in found.text


def test_what_the_commands_own_import_switched_off_is_not_called_wrong(ours):
    ours.disabled = True
    (found,) = listening.on_logging(is_known=False)
    assert found.mark == "note"


@contextmanager
def server(status, body=b"{}"):
    """Answers every request in the same way; gives its URL and what came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            came.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.answer()

        def do_GET(self):
            came.append((self.path, self.headers.get("apikey")))
            self.answer()

        def answer(self):
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments): ...

    listening_server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening_server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening_server.server_port}", came
    finally:
        listening_server.shutdown()
        thread.join()
        listening_server.server_close()


@pytest.mark.parametrize(
    ("status", "mark", "said"),
    [(200, "ok", "took the event"), (404, "wrong", "HTTP status 404"), (503, "wrong", "HTTP status 503")],
)
def test_one_event_is_sent_and_what_came_back_is_said(status, mark, said):
    with server(status) as (url, came):
        found = findings(own={"collector_url": url, "app_id": "a"}, sends=True)
    (_, (found_mark, text)) = texts(found, "collector")
    assert (found_mark, said in text) == (mark, True)
    ((path, body),) = came
    (event,) = json.loads(body)["data"]
    assert path == "/com.snowplowanalytics.snowplow/tp2"
    assert (event["e"], event["se_ca"], event["se_ac"]) == ("se", "tracking_middleware", "doctor")


def test_a_collector_that_is_not_there_is_wrong_and_one_in_the_log_is_not():
    with server(200) as (url, _):
        pass
    (found,) = wrong(findings(own={"collector_url": url, "app_id": "a"}, sends=True))
    assert found[1].startswith("did not take an event: ConnectError")
    assert wrong(findings(sends=True)) == []


@pytest.fixture
def declared():
    @entity("iglu:com.acme/doctored/jsonschema/1-0-0")
    class Doctored:
        id: str

    return Doctored


def schemas(*places, **options):
    found = findings(registries=places, **options)
    return [(mark, text) for mark, text in texts(found, "schemas") if "doctored" in text or "folder" in text]


def test_schemas_are_looked_for_in_the_registries_that_are_named(declared, tmp_path):
    ((mark, text),) = schemas()
    assert mark == "note"
    assert "no registry was named" in text
    assert schemas(str(tmp_path))[0][0] == "wrong"
    file = tmp_path / "com.acme" / "doctored" / "jsonschema" / "1-0-0"
    file.parent.mkdir(parents=True)
    file.write_text('{"type": "object"}')
    assert schemas(str(tmp_path)) == [("ok", f"{tmp_path} has iglu:com.acme/doctored/jsonschema/1-0-0")]


@pytest.mark.parametrize(
    ("status", "said"), [(401, "401"), (403, "403"), (404, "has no iglu:com.acme/doctored")]
)
def test_a_registry_that_refuses_is_not_one_that_has_none(declared, status, said):
    with server(status) as (url, came):
        found = texts(findings(registries=[url], api_keys={url: "a-key"}), "schemas")
    assert any(mark == "wrong" and said in text for mark, text in found)
    assert any("has no" in text for _, text in found) == (status == 404)
    assert came[0][1] == "a-key"
    assert "a-key" not in str(found)


ID = f"_sp_id.{SUFFIX}={PERSON}.1700000000.3.1700000100.1690000000.{SESSION}....2"


def cookies(text, **settings):
    app = flask_app(TRACKING={**RIGHT, "cookie_domain": "example.com", **settings})
    return findings(app, cookies=[text])


def test_a_cookie_is_explained_field_by_field():
    found = cookies(f"Cookie: {ID}; _sp_ses.{SUFFIX}=*; sp={PERSON}; other=1")
    name = f"_sp_id.{SUFFIX}"
    assert texts(found, f"{name} field 1") == [("ok", f"{PERSON}: the person, domain_userid")]
    (created,) = texts(found, f"{name} field 2")
    assert created[1] == "1700000000: when the person was created, 2023-11-14 22:13:20 UTC"
    assert texts(found, f"{name} field 10") == [("ok", "2: events of the session so far")]
    assert texts(found, name) == [("ok", "its suffix is that of example.com/")]
    assert texts(found, f"_sp_ses.{SUFFIX}") == [("ok", "the session is alive")]
    assert texts(found, "sp")[0][0] == "ok"
    assert found[-1][2] == f"on www.example.com they are {PERSON}; the session is {SESSION}"


@pytest.mark.parametrize(
    "text",
    [
        f"cookie: a=b; {ID}",
        f"Set-Cookie: {ID}; Path=/; Domain=.example.com; Secure",
        f"curl 'https://www.example.com/' -H 'accept: */*' -H 'Cookie: {ID}' --compressed",
        f"curl 'https://www.example.com/' -b '{ID}'",
        ID.replace("=", "\t") + "\t.example.com\t/\t2028-11-27",
        ID.replace("=", ':"') + '"',
    ],
    ids=["header", "set-cookie", "curl", "curl -b", "row", "Firefox"],
)
def test_a_cookie_is_read_as_browsers_copy_it(text):
    assert cookies(text)[-1][2].startswith(f"on www.example.com they are {PERSON}")


@pytest.mark.parametrize("text", ["", "garbage", '[{"name": "_sp_id"}]'])
def test_a_text_that_is_no_cookie_is_not_taken_for_one(text):
    ((topic, said),) = wrong(cookies(text))
    assert (topic, said[:34]) == ("cookies", "the text is neither name=value nor")


def test_the_value_alone_is_taken_for_the_id():
    assert cookies(ID.partition("=")[2])[-1][2].startswith(f"on www.example.com they are {PERSON}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"_sp_id.{SUFFIX}=nobody", "cannot be read: it has no person in front"),
        (ID.replace(SESSION, "x"), "its session cannot be believed, and is left out"),
        (ID.replace("_sp_", "_snow_"), "begins with '_snow_', and the setting cookie_prefix is '_sp_'"),
        ("sp=nobody", "is no UUID: network_userid is left out"),
        (f"_sp_twin.{SUFFIX}=forged.signature", "its signature is not of any key here"),
    ],
)
def test_a_cookie_that_cannot_be_used_is_wrong(text, said):
    assert any(said in found for _, found in wrong(cookies(text)))


def test_the_signed_twin_is_read_with_our_key():
    twin = Twin(
        domain_userid=PERSON,
        created=1,
        domain_sessionidx=3,
        domain_sessionid=SESSION,
        last_seen=1_700_000_000,
    )
    value = TwinSigner(["k" * 40]).sign(twin, suffix=SUFFIX)
    found = texts(cookies(f"{ID}; _sp_twin.{SUFFIX}={value}"), f"_sp_twin.{SUFFIX}")
    assert found[0][1].endswith("last seen 2023-11-14 22:13:20 UTC")
    assert found[0][0] == "ok"


def test_the_command_shows_the_registry_its_key(declared, monkeypatch, capsys):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "log:")
    monkeypatch.setenv("TRACKING_APP_ID", "a")
    monkeypatch.setenv("IGLU_API_KEY", "a-key")
    with server(401) as (url, came):
        assert main(["doctor", "--registry", url]) == 1
    assert came[0][1] == "a-key"
    assert "give its key in IGLU_API_KEY" in capsys.readouterr().out


def test_cookies_of_others_are_no_fault():
    assert texts(cookies("a=1; b=2"), "cookies")[-1][0] == "note"


@pytest.fixture
def module(monkeypatch):
    made = types.ModuleType("doctored_site")
    made.app, made.off = flask_app(), flask_app(TRACKING={"enabled": False})
    made.factory, made.view = (lambda: 1 / 0), (lambda request: "")
    made.broken = FastAPI()
    made.broken.add_middleware(TrackingMiddleware, **RIGHT, app="another")
    monkeypatch.setitem(sys.modules, "doctored_site", made)
    return made


def test_the_command_prints_what_is_found_and_its_status_says_whether_anything_is_wrong(module, capsys):
    assert main(["doctor", "--app", "doctored_site:app"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    wiring: Flask, an app of WSGI")
    assert lines[-1] == "nothing is wrong"
    assert main(["doctor", "--app", "doctored_site:off"]) == 1
    text = capsys.readouterr().out
    assert "wrong settings: enabled is off: nothing is tracked\n      → Set enabled to True.\n" in text
    assert text.endswith("\n1 thing is wrong\n")


def test_without_an_app_the_settings_are_those_of_the_environment(monkeypatch, capsys):
    monkeypatch.setenv("TRACKING_COLLECTOR_URL", "log:")
    monkeypatch.setenv("TRACKING_APP_ID", "from-the-environment")
    assert main(["doctor"]) == 0
    assert "ok    settings: app_id 'from-the-environment'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("doctored_site", 2, "'doctored_site' names no app: give MODULE:NAME"),
        ("doctored_site:", 2, "names no app"),
        ("doctored_site:none", 1, "doctored_site has no none: give the name of the app in it"),
        ("no_such_site:app", 1, "no_such_site cannot be imported: ModuleNotFoundError"),
        ("doctored_site:factory", 1, "is no app, and may make one: give doctored_site:factory()"),
        ("doctored_site:factory()", 1, "doctored_site:factory() made no app: ZeroDivisionError"),
        ("doctored_site:view", 1, "is no app: it takes neither WSGI's environ, start_response nor"),
        ("doctored_site:broken", 1, "middleware of doctored_site:broken cannot be set up: TypeError"),
    ],
)
def test_an_app_that_cannot_be_had_is_said(module, capsys, name, status, said):
    try:
        found = main(["doctor", "--app", name])
    except SystemExit as ended:
        found = ended.code
    assert found == status
    assert said in capsys.readouterr().err


def proofs(tmp_path, **given):
    (tmp_path / "networks.txt").write_text("198.51.100.0/24")
    sources = {"Example": str(tmp_path / "networks.txt"), "Other": "https://[::1]:9/ranges"}
    return {"agents": "all", "agent_networks": sources, **given}


def test_what_agents_are_checked_by_is_read_and_urls_where_it_may_send(tmp_path):
    app = WSGIMiddleware(wsgi_page, **RIGHT, **proofs(tmp_path))
    file, url = (
        f"agent_networks: Example={tmp_path}/networks.txt",
        "agent_networks: Other=https://[::1]:9/ranges",
    )
    proxies, *told = texts(findings(app), "agents")
    assert (proxies[0], "trusted_proxies is not set" in proxies[1]) == ("note", True)
    assert told == [("ok", f"{file} can be read"), ("note", f"{url} was not tried")]
    _, *told = texts(findings(app, sends=True), "agents")
    refused = f"{url} is not fetched: ::1 has the address ::1, which is not public"
    assert told == [("ok", f"{file} can be read"), ("wrong", refused)]


def test_nothing_is_said_of_proxies_where_the_settings_name_them(tmp_path):
    app = WSGIMiddleware(wsgi_page, **RIGHT, **proofs(tmp_path, trusted_proxies=1))
    assert [mark for mark, _ in texts(findings(app), "agents")] == ["ok", "note"]


def test_of_a_site_that_checks_no_agents_nothing_is_said_of_them():
    assert texts(findings(WSGIMiddleware(wsgi_page, **RIGHT)), "agents") == []
