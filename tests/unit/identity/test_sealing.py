"""Sealed subjects: tokens that bring a person to where there is no browser."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer
from msgspec.structs import replace

from tracking_middleware import (
    StructuredEvent,
    Subject,
    TokenError,
    TokenExpiredError,
    TokenFormatError,
    TokenSignatureError,
    TokenTooLongError,
    Tracker,
    TrackingError,
    current_page,
    track,
)
from tracking_middleware.identity.sealing import LONGEST_TOKEN, Sealer
from tracking_middleware.identity.subject import HandOff

from ..exchanges import COOKIES, HTML, PERSON, SESSION, outside, request, serve

NOW = 1_700_000_000
VISITOR = {"cookie": COOKIES}
KNOWN = Subject(domain_userid=PERSON, domain_sessionid=SESSION, user_id="u-1")
UNSEALED = Subject(
    domain_userid=PERSON,
    user_id="u-1",
    consent="full",
    handed_off=HandOff(domain_sessionid=SESSION, sealed=NOW * 1000),
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def sealer(*keys, now=NOW):
    return Sealer(keys or ("key",), clock=lambda: now)


def sealed(subject=KNOWN, *keys, consent="full"):
    return sealer(*keys).seal(subject, consent=consent)


def signed(content):
    """What the key signs, whatever it says."""
    return Signer(["key"], salt="tracking_middleware.subject").sign(content).decode()


def test_a_user_id_with_half_a_surrogate_pair_is_left_out(make_tracker):
    tracker = make_tracker(secret_key="key" * 11)
    tracker.begin(request(headers=VISITOR))
    current_page().user_id = "u\udcff"  # replaced, it would be the same as "u\udcfe"
    subject = tracker.unseal(current_page().seal())
    assert (subject.user_id, subject.domain_userid) == ("", PERSON)
    assert tracker.stats()["errors"] == {"user_id_invalid": 1}


# lone surrogates never get as far as a sealer
texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=255)
people = st.none() | st.uuids().map(str) | st.from_regex(r"\A[0-9a-f]{16}\Z")
subjects = st.builds(
    Subject,
    domain_userid=people,
    domain_sessionid=st.none() | st.uuids().map(str),
    network_userid=st.none() | st.uuids().map(str),
    user_id=texts,
    user_ipaddress=st.just("203.0.113.9"),
    useragent=st.just("Unit/1.0"),
)


@given(subjects, st.lists(st.text(alphabet=ALPHABET, min_size=1), min_size=1, max_size=3))
def test_any_subject_comes_back_without_its_device_and_its_session_as_the_one_it_came_from(subject, keys):
    token = sealed(subject, *keys)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    assert len(token) <= LONGEST_TOKEN
    assert sealer(*keys).unseal(token) == Subject(
        domain_userid=subject.domain_userid,
        user_id=subject.user_id,
        consent="full",
        handed_off=HandOff(domain_sessionid=subject.domain_sessionid, sealed=NOW * 1000),
    )


def test_a_usual_token_is_short():
    assert len(sealed()) < 100
    assert len(sealed(replace(KNOWN, user_id=""))) <= 90


@pytest.mark.parametrize("consent", ["anonymous", "none"])
def test_without_full_consent_a_token_names_nobody(consent):
    token = sealed(consent=consent)
    assert len(token) < 50
    assert sealer().unseal(token) == Subject(
        consent=consent, handed_off=HandOff(domain_sessionid=None, sealed=NOW * 1000)
    )


@given(st.data())
def test_any_changed_character_is_refused(data):
    token = sealed()
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET) | st.characters())
    changed = token[:position] + other + token[position + 1 :]
    if changed != token:
        with pytest.raises(TokenError):
            sealer().unseal(changed)


@given(st.data())
def test_any_added_or_missing_character_is_refused(data):
    token = sealed()
    position = data.draw(st.integers(0, len(token) - 1))
    more = data.draw(st.sampled_from([*ALPHABET, "=", "\n", " "]))
    with pytest.raises(TokenError):
        sealer().unseal(token[:position] + more + token[position:])
    with pytest.raises(TokenError):
        sealer().unseal(token[:position] + token[position + 1 :])
    with pytest.raises(TokenError):
        sealer().unseal(token + more)


@given(st.text() | st.binary())
def test_whatever_is_given_is_refused_with_an_error_of_its_own(token):
    with pytest.raises(TokenError):
        sealer().unseal(token)


@pytest.mark.parametrize(
    ("token", "kind", "message"),
    [
        (sealed(KNOWN, "foreign"), TokenSignatureError, "a key that is not in secret_key"),
        (sealed()[:-1] + ("A" if sealed()[-1] != "A" else "B"), TokenSignatureError, "was changed"),
        ("", TokenFormatError, "sealed without a secret_key"),
        (None, TokenFormatError, "no text"),
        ("a" * (LONGEST_TOKEN + 1), TokenTooLongError, "2201 characters"),
        (sealed() + "é", TokenSignatureError, "never gives"),
        (
            Signer(["key"], salt="tracking_middleware.subject").sign("x").decode(),
            TokenFormatError,
            "another version",
        ),
        (
            Signer(["key"], salt="tracking_middleware.subject").sign("x.!").decode(),
            TokenFormatError,
            "version",
        ),
        (
            Signer(["key"], salt="tracking_middleware.subject").sign("kgI.ZVPxAA").decode(),
            TokenFormatError,
            "version",
        ),
    ],
)
def test_each_refusal_says_why(token, kind, message):
    with pytest.raises(kind, match=message) as refusal:
        sealer().unseal(token)
    assert isinstance(refusal.value, TrackingError)
    assert refusal.value.__cause__ is None


def test_keys_rotate_the_last_signs_and_the_others_are_still_taken():
    old, new = sealed(KNOWN, "old"), sealed(KNOWN, "old", "new")
    assert sealer("old", "new").unseal(old) == sealer("old", "new").unseal(new) == UNSEALED
    assert sealer("new").unseal(new) == UNSEALED
    with pytest.raises(TokenSignatureError):
        sealer("new").unseal(old)
    with pytest.raises(TokenSignatureError):
        sealer("old").unseal(new)


@pytest.mark.parametrize("max_age", [60, 60.0, timedelta(minutes=1)])
def test_a_token_that_is_too_old_has_expired(max_age):
    token = sealed()
    assert sealer(now=NOW + 60).unseal(token, max_age=max_age) == UNSEALED
    with pytest.raises(TokenExpiredError, match="61 seconds old and may be 60") as refusal:
        sealer(now=NOW + 61).unseal(token, max_age=max_age)
    assert refusal.value.sealed == NOW
    with pytest.raises(TokenExpiredError):
        sealer(now=NOW - 1).unseal(token, max_age=max_age)
    assert sealer(now=NOW + 10**8).unseal(token) == UNSEALED


def test_a_subject_that_is_sealed_again_still_comes_from_its_session():
    once = sealer().unseal(sealed())
    assert sealer().unseal(sealed(once)) == UNSEALED


# --- by trackers and pages ---


@pytest.fixture
def tracker(make_tracker):
    return make_tracker(secret_key=["old" * 11, "new" * 11])


def test_a_page_seals_its_visitor(tracker):
    tokens = []

    def view(page):
        page.user_id = "u-1"
        tokens.append(page.seal())
        tokens.append(tracker.seal())

    serve(tracker, request(headers=VISITOR), during=view)
    assert [tracker.unseal(token) for token in tokens] == [UNSEALED, UNSEALED]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_has_the_consent_of_its_moment(make_tracker, method):
    tracker = make_tracker(secret_key="k" * 32, consent=lambda view: "anonymous")
    exchange = tracker.begin(request(method=method, headers=VISITOR))
    page = current_page()
    assert tracker.unseal(page.seal()).consent == "anonymous"
    page.consent = "full"
    assert tracker.unseal(page.seal()).domain_userid == PERSON
    page.consent = "none"
    assert tracker.unseal(page.seal()).consent == "none"
    page.consent = "full"
    exchange.start(200, HTML)
    exchange.finish("complete")
    assert tracker.unseal(page.seal()).domain_userid == PERSON


def test_a_consent_that_would_have_to_be_awaited_names_nobody(make_tracker):
    async def consent(view):
        return "full"

    tracker = make_tracker(secret_key="k" * 32, consent=consent)
    exchange = tracker.begin(request(headers=VISITOR))
    assert tracker.unseal(current_page().seal()).consent == "none"
    assert tracker.stats()["errors"] == {"consent_unknown": 1}
    exchange.finish("raised")


def test_the_users_id_is_asked_for(make_tracker):
    tracker = make_tracker(secret_key="k" * 32, user_id=lambda view: "asked")
    tracker.begin(request(headers=VISITOR))
    assert tracker.unseal(current_page().seal()).user_id == "asked"


def test_a_named_subject_is_sealed_anywhere(tracker):
    token = outside(lambda: tracker.seal(KNOWN))
    assert tracker.unseal(token) == UNSEALED

    def within():
        with tracker.subject(KNOWN):
            return tracker.seal()

    assert tracker.unseal(outside(within)) == UNSEALED
    assert tracker.unseal(outside(lambda: tracker.seal(Subject(user_id=1, consent="none")))).user_id == ""


def test_a_named_subject_without_a_consent_of_its_own_has_the_visitors(make_tracker):
    tracker = make_tracker(secret_key="k" * 32)
    tracker.begin(request(headers={**VISITOR, "sec-gpc": "1"}))
    assert tracker.unseal(tracker.seal(KNOWN)).consent == "anonymous"
    assert tracker.unseal(tracker.seal(replace(KNOWN, consent="full"))) == UNSEALED


def test_outside_a_request_a_page_gives_no_token_and_warns_once(make_tracker, caplog):
    tracker = make_tracker(secret_key="k" * 32)
    assert outside(lambda: [current_page().seal(), current_page().seal()]) == ["", ""]
    assert outside(tracker.seal) == outside(tracker.seal) == ""
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 2
    assert all("seal" in warning for warning in warnings)
    assert tracker.stats()["errors"] == {"outside_request": 2, "seal_outside_request": 2}


def test_without_a_key_there_is_no_token_and_one_warning(make_tracker, caplog):
    tracker = make_tracker()
    tracker.begin(request(headers=VISITOR))
    assert (current_page().seal(), tracker.seal(KNOWN)) == ("", "")
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "set secret_key" in warning
    with pytest.raises(TokenError, match="set secret_key"):
        tracker.unseal("x")


def test_sealing_what_is_no_subject_never_raises(tracker):
    class Awkward:
        def __str__(self):
            raise RuntimeError("no text")

    assert outside(lambda: tracker.seal("u")) == ""
    for wrong in (Awkward(), "\ud800", "u" * 256):
        assert tracker.unseal(outside(lambda wrong=wrong: tracker.seal(Subject(user_id=wrong)))).user_id == ""


def test_nothing_of_events_or_devices_is_in_a_token(tracker):
    subject = replace(KNOWN, user_ipaddress="203.0.113.9", useragent="Unit/1.0", language="de")
    assert tracker.unseal(outside(lambda: tracker.seal(subject))) == UNSEALED


def test_an_event_of_an_unsealed_subject_does_not_claim_the_old_session(make_tracker, records):
    shop = make_tracker(secret_key="k" * 32)
    tokens = []
    serve(shop, request(headers=VISITOR), during=lambda page: tokens.append(page.seal()))
    desk = Tracker(
        collector_url="log:",
        app_id="desk",
        secret_key="k" * 32,
        delivery=records,
        clock=lambda: NOW + 86_400.0,
    )

    def job():
        with desk.subject(desk.unseal(tokens[0], max_age=timedelta(days=30))):
            track(StructuredEvent("order", "returned"))

    outside(job)
    subject = records.event().subject
    assert (subject.domain_userid, subject.domain_sessionid) == (PERSON, None)
    assert subject.handed_off == HandOff(domain_sessionid=SESSION, sealed=NOW * 1000)
    assert json.loads(json.dumps(tokens)) == tokens


@pytest.mark.parametrize("consent", ["anonymous", "none"])
def test_what_the_person_agreed_to_holds_for_events_after_unsealing(make_tracker, records, consent):
    tracker = make_tracker(secret_key="k" * 32)
    token = outside(lambda: tracker.seal(replace(KNOWN, consent=consent)))
    outside(lambda: tracker.track(StructuredEvent("a", "b"), subject=tracker.unseal(token)))
    if consent == "none":
        assert records.recorded == []
        assert tracker.stats()["skipped"] == {"consent_none": 1}
    else:
        assert records.event().is_anonymous
        assert records.event().subject == Subject()


@pytest.mark.parametrize(
    "wrong",
    [
        "5",
        b"5",
        True,
        False,
        0,
        -1,
        float("nan"),
        float("inf"),
        timedelta(0),
        timedelta(-1),
        object(),
        Decimal(5),
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_an_age_that_is_no_length_of_time_is_no_fault_of_the_token(wrong):
    with pytest.raises(
        TrackingError, match=r"max_age is .*: give seconds above 0 or a timedelta, or None"
    ) as refusal:
        sealer().unseal(sealed(), max_age=wrong)
    assert not isinstance(refusal.value, TokenError)


@pytest.mark.parametrize("long", [10**400, 1e308, timedelta.max])
def test_an_age_may_be_as_long_as_it_likes(long):
    assert sealer().unseal(sealed(), max_age=long) == UNSEALED
    with pytest.raises(TokenExpiredError):
        sealer(now=NOW - 1).unseal(sealed(), max_age=long)
