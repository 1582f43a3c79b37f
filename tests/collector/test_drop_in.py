"""What the real collector's configuration can say of redirects and cookies, as options of the command."""

from __future__ import annotations

import uuid

import pytest
from starlette.requests import Request

from tracking_middleware.collector import DoNotTrack

from ..conftest import POST_PATH, Collector
from .conftest import page_view
from .test_command import run

ORIGIN = {"Origin": "https://www.shop.example:8443"}
VISITOR = "1b3c5d7e-0000-4000-8000-00000000000a"


@pytest.fixture(scope="module")
def running():
    collector = Collector(
        *("--redirects", "--do-not-track-cookie", "opt_out=yes|1", "--cookie-name", "network"),
        *("--cookie-domain", "other.example", "--cookie-domain", "shop.example"),
        *("--cookie-fallback-domain", "fallback.example", "--no-cookie-secure", "--cookie-same-site", "Lax"),
    )
    yield collector
    assert collector.stop() == 0


@pytest.fixture
def collector(running):
    running.reset()
    return running


def attributes(answer):
    """The cookie of an answer, by its attributes in lower case."""
    (cookie,) = answer.headers.get_list("set-cookie")
    return {
        name.lower(): value for name, _, value in (part.strip().partition("=") for part in cookie.split(";"))
    }


def test_a_redirect_leads_on_and_is_an_event(collector):
    answer = collector.get(
        "/r/tp2?u=https%3A%2F%2Fshop.example%2F%C3%A4&aid=mail".replace("%C3%A4", "%25C3%25A4")
    )
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["location"] == "https://shop.example/%C3%A4"
    assert answer.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    (shape,) = collector.good()
    assert shape["schema"] == "iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0"
    assert (shape["event"]["app_id"], shape["event"]["platform"]) == ("mail", "web")
    assert shape["event"]["network_userid"] == attributes(answer)["network"]


def test_a_redirect_with_an_event_leads_on_and_is_its_entity(collector):
    answer = collector.get("/r/tp2", params=page_view(u="/next"))
    assert (answer.status_code, answer.headers["location"]) == (302, "/next")
    (shape,) = collector.good()
    assert shape["event"]["contexts"]["data"][0]["data"] == {"uri": "/next"}


def test_a_redirect_to_nowhere_is_refused_and_is_a_bad_row(collector):
    answer = collector.get("/r/tp2", params=page_view())
    assert (answer.status_code, answer.text) == (400, "u, where the redirect leads to, is missing")
    assert "u, where the redirect leads to, is missing" in collector.bad()[0]["reasons"][0]


@pytest.mark.parametrize("query", ["u=", "u", "u=https%3A%2F%2Fshop.example%2F&u="])
def test_a_redirect_to_an_empty_address_is_refused(collector, query):
    answer = collector.get(f"/r/tp2?{query}")
    assert (answer.status_code, answer.text) == (400, "u, where the redirect leads to, is missing")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("https%3A%2F%2Fa.example%2Fa%20b", "character 20, ' '"),
        ("https%3A%2F%2Fa.example%2F%0D%0ASet-Cookie%3A%20a%3Db", r"character 19, '\r'"),
        ("https%3A%2F%2Fa.example%2F%C3%A4", r"character 19, '\xe4'"),
        ("https%3A%2F%2Fa.example%2F50%25", "character 21, '%'"),
    ],
)
def test_what_is_no_uri_is_not_redirected_to(collector, target, problem):
    answer = collector.get(f"/r/tp2?u={target}")
    assert answer.status_code == 400
    assert problem in answer.text
    assert "location" not in answer.headers


def test_a_redirect_of_another_version_leads_on_and_has_no_adapter(collector):
    assert collector.get("/r/tp3?u=/next").status_code == 302
    assert "no adapter" in collector.bad()[0]["reasons"][0]


@pytest.mark.parametrize("value", ["yes", "1"])
def test_whoever_asked_not_to_be_tracked_is_answered_and_not_kept(collector, value):
    cookie = {"Cookie": f"network={VISITOR}; opt_out={value}"}
    answers = [
        collector.post(page_view(), headers=cookie),
        collector.get("/i", params=page_view(), headers=cookie),
        collector.get("/r/tp2?u=/next", headers=cookie),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert [answer.content[:6] for answer in answers] == [b"ok", b"GIF89a", b""]
    assert all("set-cookie" not in answer.headers for answer in answers)
    assert collector.counts()["total"] == 0


@pytest.mark.parametrize("cookie", ["opt_out=no", "opt_out=yes1", "opt_out=", "OPT_OUT=yes", "a=opt_out=yes"])
def test_another_value_is_no_such_wish(collector, cookie):
    collector.post(page_view(), headers={"Cookie": cookie})
    assert collector.counts()["good"] == 1


def test_of_a_long_value_the_operators_expression_sees_nothing():
    seen = []

    class Expression:
        def fullmatch(self, value):
            seen.append(len(value))
            return value

    asked = DoNotTrack(name="opt_out", value=Expression())
    for length in (256, 257):
        request = Request({"type": "http", "headers": [(b"cookie", b"opt_out=" + b"1" * length)]})
        assert asked.is_asked_by(request) == (length == 256)
    assert seen == [256]


def test_the_cookie_is_as_the_options_say(collector):
    cookie = attributes(collector.post(page_view(), headers=ORIGIN))
    assert uuid.UUID(cookie["network"])
    assert (cookie["domain"], cookie["samesite"], "secure" in cookie) == ("shop.example", "lax", False)
    assert "httponly" in cookie


def test_the_cookie_of_that_name_counts_and_sp_does_not(collector):
    other = str(uuid.uuid4())
    answer = collector.post(page_view(), headers={"Cookie": f"sp={other}; network={VISITOR}"})
    assert attributes(answer)["network"] == VISITOR
    assert collector.good()[0]["event"]["network_userid"] == VISITOR


@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        ("https://shop.example", "shop.example"),
        ("https://a.other.example", "other.example"),
        ("https://notshop.example", "fallback.example"),
        ("https://shop.example.evil", "fallback.example"),
        ("null", "fallback.example"),
        (None, "fallback.example"),
    ],
)
def test_its_domain_is_the_one_that_the_origin_is_in(collector, origin, domain):
    answer = collector.post(page_view(), headers={"Origin": origin} if origin else None)
    assert attributes(answer)["domain"] == domain


def test_under_sp_anonymous_that_cookie_is_expired(collector):
    headers = {**ORIGIN, "SP-Anonymous": "*", "Cookie": f"network={VISITOR}"}
    cookie = attributes(collector.post(page_view(), headers=headers))
    assert (cookie["network"], cookie["max-age"], cookie["domain"]) == ('""', "0", "shop.example")


@pytest.mark.parametrize(
    ("options", "problem", "status"),
    [
        (["--no-cookie-secure"], "give it SameSite=Lax too", 1),
        (["--cookie-name", "a b"], "'a b' is no name of a cookie", 1),
        (["--cookie-name", "tracking_collector_1"], "take another name", 1),
        (["--cookie-domain", "https://shop.example"], "write it as example.com", 1),
        (["--cookie-fallback-domain", ""], "write it as example.com", 1),
        (["--do-not-track-cookie", "opt_out"], "such as opt_out=1", 2),
        (["--do-not-track-cookie", "opt_out=("], "is no regular expression", 2),
        (["--do-not-track-cookie", "a b=1"], "'a b' is no name of a cookie", 1),
    ],
)
def test_options_that_no_browser_would_obey_are_refused(options, problem, status):
    done = run("collector", "--port", "0", *options)
    assert done.returncode == status
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_post_is_kept_as_before(collector):
    assert collector.client.post(POST_PATH, json={}).text == "ok"
