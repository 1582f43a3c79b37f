"""``privacy="audience"`` through every adapter, on real servers: what leaves, and which cookies are set."""

from __future__ import annotations

import re
import time

import pytest

from .conftest import ADAPTERS, ID_COOKIE, KEY, PERSON, SESSION, SUFFIX
from .test_issuing import ID, SES, TWIN, cookies_of, running
from .test_privacy import asked

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

LIFETIME = 390 * 86_400


@pytest.fixture(scope="module", params=list(ADAPTERS))
def audience(request, options, shared_sink):
    settings = {
        "privacy": "audience",
        "opt_out_cookie": "out",
        "identity": "issue",
        "secret_key": KEY,
        "trusted_proxies": 1,
    }
    with running(request.param, options, shared_sink, **settings) as site:
        yield site


def begun(seconds_ago, *, session=SESSION):
    """A browser's ``_sp_id`` of a person who was begun so long ago, whose session is over."""
    now = int(time.time())
    created, last = now - seconds_ago, now - 7200
    return f"_sp_id.{SUFFIX}={PERSON}.{created}.3.{last}.{last}.{session}....2"


def test_addresses_leave_without_their_end_and_links_without_the_person(audience):
    link = f"{PERSON}.1700000000000"
    _, [(_, event)] = asked(
        audience, f"/page?_sp={link}", events=1, Cookie=begun(60), X_Forwarded_For="203.0.113.77"
    )
    assert event["ip"] == "203.0.113.0"
    assert event["duid"] == PERSON
    assert PERSON not in event["url"]
    assert not any(map(event.get, ("uid", "tnuid")))


def test_what_is_tracked_is_joined_with_nobody_and_seal_gives_no_token(audience):
    answer, found = asked(audience, "/track?q=1", events=2, Cookie=begun(60))
    by_kind = {event["e"]: event for _, event in found}
    assert not any(map(by_kind["ue"].get, ("uid", "duid", "sid", "vid", "tnuid", "ip")))
    assert by_kind["pv"]["duid"] == PERSON
    assert answer.body.decode().split(" ")[1:] in ([], [""])  # the event's id, and no token


def test_the_servers_cookie_lives_from_its_person_on_and_is_not_renewed(audience):
    answer, _ = asked(audience, "/page", events=1, Cookie=None)
    assert set(cookies_of(answer)) == {ID, SES}
    assert max_age(answer) == LIFETIME
    answer, [(_, event)] = asked(audience, "/page", events=1, Cookie=begun(100 * 86_400))
    assert event["duid"] == PERSON
    assert LIFETIME - 100 * 86_400 - 60 <= max_age(answer) <= LIFETIME - 100 * 86_400


def test_after_thirteen_months_someone_new_begins(audience):
    answer, [(_, event)] = asked(audience, "/page", events=1, Cookie=begun(LIFETIME + 1))
    assert event["duid"] != PERSON
    assert PERSON not in cookies_of(answer)[ID][0]
    assert max_age(answer) == LIFETIME


def test_a_twin_from_before_the_preset_goes(audience):
    answer, _ = asked(audience, "/page", events=1, Cookie=f"{begun(60)}; {TWIN}=old")
    value, attributes = cookies_of(answer)[TWIN]
    assert (value, "max-age=0" in attributes) == ("", True)


def test_who_opted_out_is_not_recorded_and_gets_no_cookie(audience):
    answer, found = asked(audience, "/track?q=2", events=0, Cookie=f"{ID_COOKIE}; out=1")
    assert found == []
    assert cookies_of(answer) == {}


def max_age(answer):
    (found,) = (each for each in cookies_of(answer)[ID][1] if re.fullmatch(r"max-age=\d+", each))
    return int(found.removeprefix("max-age="))
