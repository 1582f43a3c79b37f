"""Consent, the browser's signals and the opt-out through every adapter, on real servers and on the wire."""

from __future__ import annotations

import json

import pytest

from .conftest import ADAPTERS, COOKIES, ID_COOKIE, PERSON, SUFFIX
from .test_issuing import cookies_of, header, running

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

TWIN = f"_sp_twin.{SUFFIX}"
SIGNALS = {
    "nothing": ({}, "full"),
    "GPC": ({"Sec-GPC": "1"}, "anonymous"),
    "GPC 0": ({"Sec-GPC": "0"}, "full"),
    "DNT": ({"DNT": "1"}, "none"),
    "GPC and DNT": ({"Sec-GPC": "1", "DNT": "1"}, "none"),
    "opt-out": ({"Cookie": f"{ID_COOKIE}; {TWIN}=x; out=1"}, "none"),
    "empty opt-out": ({"Cookie": f"{ID_COOKIE}; out="}, "full"),
}


@pytest.fixture(scope="module", params=list(ADAPTERS))
def site(request, options, shared_sink):
    settings = {"dnt": "none", "opt_out_cookie": "out", "identity": "issue", "server_timing": True}
    with running(request.param, options, shared_sink, **settings) as site:
        yield site


def asked(site, path, *, events, **headers):
    """The answer, and the events of the request, each with the POST that it came in; ``events`` must come."""
    marker = f"of={site.name}-{len(site.events.requests)}-{abs(hash(path))}"
    answer = site.get(f"{path}{'&' if '?' in path else '?'}{marker}", **headers)

    def is_of_it(event):
        return event.get("url", "").endswith(marker)

    site.events.wait(lambda arrived: sum(map(is_of_it, arrived)) >= events)
    for signals in (
        {},
        {"Sec-GPC": "1"},
    ):  # anonymous ones go by themselves: what was recorded before is there
        for _ in range(2):  # a server may still be ending the first answer while the next request comes
            site.event_of("/page", **signals)
    found = [
        (request, event)
        for request in site.events.requests
        for event in request["body"]["data"]
        if is_of_it(event)
    ]
    return answer, found


def assert_held(site, path, headers, answer):
    """What left and what was set is what was agreed to; the page view and the event alike."""
    expected = [] if answer == "none" else ["pv", "ue"] if "/track" in path else ["pv"]
    headers = {"Cookie": f"{ID_COOKIE}; {TWIN}=x", **headers}
    response, found = asked(site, path, events=len(expected), **headers)
    assert sorted(event["e"] for _, event in found) == expected
    for request, event in found:
        posted = {name.lower(): value for name, value in request["headers"].items()}
        assert posted.get("sp-anonymous") == (None if answer == "full" else "*")
        assert "Cookie" not in request["headers"]
        schemas = {entity["schema"].split("/")[1] for entity in json.loads(event["co"])["data"]}
        if answer == "full":
            assert event["duid"] == PERSON
            assert "client_session" in schemas or event["e"] == "ue"
        else:
            assert not {"duid", "sid", "vid", "uid"} & event.keys()
            assert (event["tnuid"], event["ip"]) == ("", "")
            assert schemas <= {"web_page", "article"}
            assert PERSON not in json.dumps(request["body"])
    cookies = cookies_of(response)
    if answer == "full":
        assert f"_sp_id.{SUFFIX}" in cookies
        assert len(header(response, "server-timing")) == 1
    else:  # nothing is set, and the twin is taken back
        assert set(cookies) == {TWIN}
        assert {"max-age=0", "path=/"} <= cookies[TWIN][1]
        assert header(response, "server-timing") == []


@pytest.mark.parametrize("path", ["/page", "/track"])
@pytest.mark.parametrize("signal", SIGNALS)
def test_the_browsers_signals_hold(site, signal, path):
    headers, answer = SIGNALS[signal]
    assert_held(site, path, headers, answer)


@pytest.mark.parametrize("answer", ["full", "anonymous", "none"])
@pytest.mark.parametrize("signal", ["nothing", "GPC", "DNT"])
def test_what_the_view_says_holds_for_page_view_and_earlier_events(site, signal, answer):
    assert_held(site, f"/track?consent={answer}", SIGNALS[signal][0], answer)


def test_the_opt_out_wins_over_what_the_view_says(site):
    assert_held(site, "/track?consent=full", SIGNALS["opt-out"][0], "none")


def test_a_page_that_is_skipped_sets_nothing(site):
    response, found = asked(site, "/skip", events=0, Cookie=COOKIES)
    assert (found, cookies_of(response), header(response, "server-timing")) == ([], {}, [])
