"""What a page view's answer writes for visitors from elsewhere, from odd hosts, and in several tabs."""

from __future__ import annotations

import logging

import pytest

from tracking_middleware import Settings, Tracker
from tracking_middleware.identity.sessions import Twin
from tracking_middleware.identity.twin import TwinSigner

from ..exchanges import HTML, PERSON, SESSION, request

NOW = 1_700_000_000
"""The clock of ``make_tracker``."""
DAY = 86_400
KEY = "k" * 32
ELSEWHERE = {"sec-fetch-site": "cross-site", "referer": "https://search.example/"}
WITHIN = {"sec-fetch-site": "same-origin"}
EXPIRED = f"_sp_id.8e5d={PERSON}.1690000000.3.1690000100.1680000000.{SESSION}....2"


def twin_cookie(age, *, suffix="8e5d", key=KEY):
    twin = Twin(
        domain_userid=PERSON,
        created=1_690_000_000,
        domain_sessionidx=3,
        domain_sessionid=SESSION,
        last_seen=NOW - age,
    )
    return f"_sp_twin.{suffix}={TwinSigner([key]).sign(twin, suffix=suffix)}"


@pytest.fixture
def make_issuing(make_tracker):
    def make(**options):
        return make_tracker(
            **{"identity": "issue", "secret_key": KEY, "cookie_domain": "example.test", **options}
        )

    return make


def written(tracker, headers, **options):
    """Values and attributes of the cookies that an answer writes, by name."""
    exchange = tracker.begin(request(headers=headers, **options))
    answer = exchange.start(200, HTML)
    exchange.finish("complete")
    lines = [value for name, value in answer if name == "Set-Cookie"]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@pytest.mark.parametrize("headers", [ELSEWHERE, {}, {"referer": "https://search.example/"}])
@pytest.mark.parametrize("living", ["", "; _sp_ses.8e5d=*"])
def test_a_twin_that_comes_alone_from_elsewhere_is_let_be(make_issuing, records, caplog, headers, living):
    tracker = make_issuing()
    for _ in range(2):
        assert written(tracker, {**headers, "cookie": twin_cookie(60) + living}) == {}
        subject = records.event().subject
        assert (subject.domain_userid, subject.domain_sessionid, subject.domain_sessionidx) == (None,) * 3
    assert tracker.stats()["errors"] == {"id_withheld": 2}
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "cookieSameSite" in warning.getMessage()


def test_the_next_page_from_within_the_site_carries_on(make_issuing, records):
    tracker = make_issuing()
    written(tracker, {**ELSEWHERE, "cookie": twin_cookie(60)})
    brought = f"{EXPIRED}; _sp_ses.8e5d=*; {twin_cookie(60)}"
    assert set(written(tracker, {**WITHIN, "cookie": brought})) == {"_sp_ses.8e5d"}
    assert records.event().subject.domain_userid == PERSON


@pytest.mark.parametrize("headers", [WITHIN, {"referer": "https://www.example.test/"}])
def test_a_twin_that_comes_alone_from_within_is_of_someone_deleted(make_issuing, headers):
    tracker = make_issuing()
    cookies = written(tracker, {**headers, "cookie": twin_cookie(60)})
    assert not cookies["_sp_id.8e5d"].startswith(PERSON)
    assert cookies["_sp_twin.8e5d"].startswith("; Max-Age=0; ")
    assert tracker.stats()["errors"] == {}


def test_an_old_twin_brings_a_person_back_wherever_they_come_from(make_issuing):
    tracker = make_issuing()
    cookies = written(tracker, {**ELSEWHERE, "cookie": twin_cookie(DAY)})
    assert cookies["_sp_id.8e5d"].startswith(f"{PERSON}.1690000000.4.")
    assert tracker.stats()["errors"] == {}


@pytest.mark.parametrize(
    ("age", "names", "errors"),
    [
        (DAY - 1, {"_sp_ses.8e5d"}, {}),
        (DAY, {"_sp_ses.8e5d", "_sp_twin.8e5d"}, {"twin_refused": 1}),
        (-1, {"_sp_ses.8e5d", "_sp_twin.8e5d"}, {"twin_refused": 1}),
    ],
)
def test_who_signed_a_copy_of_the_living_session_is_asked_once_it_is_a_day_old(
    make_issuing, age, names, errors
):
    tracker = make_issuing()
    brought = f"{EXPIRED}; _sp_ses.8e5d=*; {twin_cookie(age, key='another' * 5)}"
    assert set(written(tracker, {"cookie": brought})) == names
    assert tracker.stats()["errors"] == errors


@pytest.mark.parametrize("age", [60, DAY, 400 * DAY])
def test_a_copy_that_another_key_signed_brings_nobody_back(make_issuing, age):
    tracker = make_issuing()
    cookies = written(tracker, {**WITHIN, "cookie": twin_cookie(age, key="another" * 5)})
    assert not cookies["_sp_id.8e5d"].startswith(PERSON)
    assert tracker.stats()["errors"] == {"twin_refused": 1}


def test_somebody_new_may_come_from_anywhere(make_issuing):
    assert "_sp_id.8e5d" in written(make_issuing(), ELSEWHERE)


def session_of(tracker, headers):
    return written(tracker, headers)["_sp_id.8e5d"].split(".")[5]


def test_processes_that_share_the_key_begin_one_session_for_several_tabs(make_issuing):
    keyed = [make_issuing(secret_key=keys) for keys in (KEY, ["older" * 7, KEY], KEY)]
    assert len({session_of(tracker, {"cookie": EXPIRED}) for tracker in keyed}) == 1
    assert session_of(make_issuing(secret_key="another" * 5), {"cookie": EXPIRED}) != session_of(
        keyed[0], {"cookie": EXPIRED}
    )


def test_a_browser_that_keeps_nothing_has_another_session_after_the_timeout(records):
    now = [NOW // 600 * 600]
    settings = {"collector_url": "log:", "app_id": "t", "identity": "issue", "secret_key": KEY}
    tracker = Tracker(
        Settings.from_mapping({**settings, "cookie_domain": "example.test", "session_timeout": 600}),
        delivery=records,
        clock=lambda: now[0],
    )
    first = session_of(tracker, {"cookie": EXPIRED})
    now[0] += 599
    assert session_of(tracker, {"cookie": EXPIRED}) == first
    now[0] += 1
    assert session_of(tracker, {"cookie": EXPIRED}) != first


def test_two_cold_tabs_are_two_persons(make_issuing):
    tracker = make_issuing()
    first, second = (written(tracker, {})["_sp_id.8e5d"].split(".")[0] for _ in range(2))
    assert first != second


@pytest.mark.parametrize("public_url", [None, "https://www.example.test"])
def test_a_host_with_a_dot_at_its_end_gets_cookies_that_its_browser_stores(make_issuing, public_url):
    given = {} if public_url is None else {"public_url": public_url}
    tracker = make_issuing(cookie_domain="auto", **given)
    cookies = written(tracker, {}, host="www.example.test.:8443")
    assert set(cookies) == {"_sp_id.e340", "_sp_ses.e340", "_sp_twin.e340"}
    assert all("; Domain=example.test.; " in value for value in cookies.values())


@pytest.mark.parametrize("public_url", [None, "https://www.example.test"])
def test_a_domain_that_its_browser_refuses_is_not_written_but_counted(
    make_issuing, records, caplog, public_url
):
    tracker = make_issuing(**({} if public_url is None else {"public_url": public_url}))
    assert written(tracker, {}, host="www.example.test.") == {}
    assert records.event().subject.domain_userid is None
    assert tracker.stats()["errors"] == {"host_trailing_dot": 1}
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "redirect such requests" in warning.getMessage()


def test_a_public_host_is_not_given_somebody_elses_dot(make_issuing):
    tracker = make_issuing(public_url="https://www.example.test")
    cookies = written(tracker, {}, host="internal.")
    assert all("; Domain=example.test; " in value for value in cookies.values())
    assert len(cookies) == 3
