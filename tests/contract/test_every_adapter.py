"""What every adapter does on a real server: one suite, each test once for each adapter."""

from __future__ import annotations

import json
import socket

import pytest

from .conftest import BROWSER, NETWORK, PERSON, SESSION
from .sites import content

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")


def entities_of(event):
    return {entity["schema"].split("/")[1]: entity["data"] for entity in json.loads(event["co"])["data"]}


def test_gives_the_same_event_for_the_same_request(site):
    event = site.event_of("/page?q=a%20b")
    entities = entities_of(event)
    web_page = entities.pop("web_page")
    article = entities.pop("article")
    assert len(web_page["id"]) == 36
    assert article["tags"] == ["water", "stone"]
    assert article["written"] == "2026-01-02"
    assert entities == {}
    assert event.pop("eid") != web_page["id"]
    assert int(event.pop("stm")) >= int(event.pop("dtm"))
    marker = event["url"].rpartition("=")[2]
    del event["co"], event["tv"]
    assert event == {
        "e": "pv",
        "p": "srv",
        "aid": "contract",
        "tna": "server",
        "url": f"http://127.0.0.1:{site.port}/page?q=a%20b&m={marker}",
        "page": "A page",
        "refr": "https://search.example/?q=rivers",
        "duid": PERSON,
        "sid": SESSION,
        "vid": "3",
        "tnuid": NETWORK,
        "ip": "127.0.0.1",
        "ua": "Contract/1.0",
        "lang": "de-AT",
    }


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/template", "Set in a template"),
        ("/thread", "A page"),
        ("/async", "A page"),
        ("/lazy", "A page"),
        ("/streamed", "Set while streaming"),
        ("/file", "A page"),
        ("/background", "A page"),
    ],
)
def test_reaches_the_page_from(site, path, title):
    assert site.event_of(path)["page"] == title


def test_keeps_entities_attached_while_streaming(site):
    assert "article" in entities_of(site.event_of("/streamed"))


def test_counts_a_stream_that_breaks_midway_as_the_page_it_began(site):
    assert "url" in site.event_of("/breaks")


@pytest.mark.parametrize(
    "path", ["/raises", "/json", "/nothing", "/missing", "/redirect", "/skip", "/robots.txt"]
)
def test_makes_no_page_view_of(site, path):
    assert site.has_no_event(path)


def test_makes_a_page_view_of_a_304_to_a_document_request(site):
    assert "/not-modified" in site.event_of("/not-modified")["url"]


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_makes_no_page_view_of_method(site, method):
    assert site.has_no_event("/page", method=method)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Dest": "iframe"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X_Moz": "prefetch"},
        {"Sec_Fetch_Dest": "empty", "X_Turbo_Request_Id": "1", "Turbo_Frame": "list"},
        {"Sec_Fetch_Dest": "empty", "X_Turbo_Request_Id": "1", "X_Sec_Purpose": "prefetch"},
        {"Sec_Fetch_Dest": "", "HX_Request": "true"},
        {"Sec_Fetch_Dest": "", "X_Requested_With": "XMLHttpRequest"},
        {"Sec_Fetch_Dest": "", "Accept": "*/*"},
    ],
    ids=str,
)
def test_makes_no_page_view_of_a_request_with(site, headers):
    assert site.has_no_event("/page", **headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Dest": ""},
        {"Sec_Fetch_Dest": "empty", "Sec_Fetch_Mode": "navigate"},
        {"Sec_Fetch_Dest": "empty", "X_Turbo_Request_Id": "1"},
        {"Sec_Fetch_Dest": "empty", "HX_Boosted": "true", "HX_Request": "true"},
        {"Sec_Fetch_Dest": "empty", "HX_History_Restore_Request": "true", "HX_Request": "true"},
    ],
    ids=str,
)
def test_makes_a_page_view_of_a_request_with(site, headers):
    assert site.event_of("/page", **headers)["page"] == "A page"


def test_sends_the_path_as_the_visitor_wrote_it(site):
    assert "/caf%C3%A9/a%2Fb?" in site.event_of("/caf%C3%A9/a%2Fb")["url"]


def test_mends_a_path_that_is_no_utf8(site):
    assert "/caf%E9?" in site.event_of("/caf%E9")["url"]


def test_keeps_the_prefix_of_a_mounted_app(site):
    event = site.event_of("/mounted/page")
    assert f":{site.port}/mounted/page?" in event["url"]
    assert event["page"] == "A page"


def test_leaves_a_session_out_that_has_ended(site):
    event = site.event_of("/page", Cookie=BROWSER["Cookie"].replace("_sp_ses", "gone"))
    assert event["duid"] == PERSON
    assert "sid" not in event
    assert "vid" not in event


def test_names_nobody_without_cookies(site):
    event = site.event_of("/page", Cookie="")
    assert event["tnuid"] == ""
    assert "duid" not in event
    assert "sid" not in event


def test_redacts_secrets_in_page_url_and_referrer(site):
    event = site.event_of("/page?token=abc&q=1", Referer="https://user:pass@a.example/?password=abc")
    assert "?token=REDACTED&q=1&" in event["url"]
    assert event["refr"] == "https://a.example/?password=REDACTED"


def test_sends_no_address_that_would_be_a_proxys(site):
    assert site.event_of("/page", X_Forwarded_For="203.0.113.9")["ip"] == ""


def test_survives_hostile_headers(site):
    event = site.event_of(
        "/page?x=%zz&_sp=a.b",
        Cookie="_sp_id.dc78=" + "A" * 3000 + "; _sp_ses.dc78=*",
        Referer="http://[nonsense",
        User_Agent="x" * 4000,
        Accept_Language="*" * 400,
    )
    assert "duid" not in event
    assert "refr" not in event
    assert "lang" not in event
    assert len(event["ua"]) == 1000
    assert "x=%25zz" in event["url"]
    assert "_sp" not in event["url"]


def test_sends_each_page_view_once_where_adapters_are_nested(gunicorn_site):
    event = gunicorn_site.event_of("/page")
    gunicorn_site.event_of("/page")
    same = [other for other in gunicorn_site.events.events if other.get("url") == event["url"]]
    assert len(same) == 1


def test_does_not_hold_back_a_stream(site):
    if site.app is None:
        return  # its event is set in this process; the other WSGI server has shown it
    content.first_chunk_seen.clear()
    with socket.create_connection(("127.0.0.1", site.port), timeout=15) as connection:
        headers = "".join(f"{name}: {value}\r\n" for name, value in BROWSER.items())
        connection.sendall(
            f"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n".encode()
        )
        received = b""
        while content.CHUNKS[0] not in received:
            received += connection.recv(4096)
        assert content.CHUNKS[1] not in received
        content.first_chunk_seen.set()
        while chunk := connection.recv(4096):
            received += chunk
    assert content.CHUNKS[1] in received


def test_survives_a_client_that_goes_away(site):
    with socket.create_connection(("127.0.0.1", site.port), timeout=15) as connection:
        connection.sendall(b"GET /streamed HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n")
    assert site.event_of("/page")["page"] == "A page"


def test_does_not_mix_requests_that_run_at_once(site):
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        people = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(1, 25)]

        def visit(person):
            cookie = BROWSER["Cookie"].replace(PERSON, person)
            return person, site.event_of(f"/streamed?who={person}", Cookie=cookie)

        for person, event in pool.map(visit, people):
            assert event["duid"] == person
            assert f"who={person}" in event["url"]
            assert event["page"] == "Set while streaming"
            assert len(entities_of(event)) == 2


def test_ignores_what_is_written_after_the_response(site):
    if site.tracker is None:
        return  # in another process, or within the framework's stack; the other servers have shown it
    site.event_of("/keep")
    page = content.kept_pages.pop()
    before = site.tracker.stats()["errors"].get("late_write", 0)
    page.title = "too late"
    page.attach(content.ARTICLE)
    assert site.tracker.stats()["errors"]["late_write"] == before + 2


@pytest.mark.parametrize(
    "path",
    [
        "/page",
        "/template",
        "/streamed",
        "/lazy",
        "/file",
        "/json",
        "/nothing",
        "/not-modified",
        "/missing",
        "/redirect",
        "/cookies",
        "/raises",
        "/breaks",
        "/skip",
        "/mounted/page",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_changes_nothing_in_the_response(twins, method, path):
    tracked, bare = twins
    assert _without_time(tracked.get(path, method=method)) == _without_time(bare.get(path, method=method))


def _without_time(answer):
    """FileResponse and send_file answer with the time of the file."""
    kept = [(name, value) for name, value in answer.headers if name not in {"last-modified", "etag"}]
    return answer.status, kept, answer.body, answer.is_complete
