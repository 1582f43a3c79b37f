"""The state machine that issues identities: alone, and in a model of browser, tracker and server."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tracking_middleware.identity.id_cookie import parse_id_cookie
from tracking_middleware.identity.identity import Identity, SessionStart
from tracking_middleware.identity.sessions import Decision, Jar, Twin, decide

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
FIRST, SECOND = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NOW = 1_760_000_000
DAY = 86_400
LIVE = f"{PERSON}.1700000000.3.1759999000.1690000000.{SESSION}..e.1.7"


def twin(**changes):
    fields = {
        "domain_userid": PERSON,
        "created": 1_700_000_000,
        "domain_sessionidx": 3,
        "domain_sessionid": SESSION,
        "last_seen": NOW - 2 * DAY,
    }
    return Twin(**{**fields, **changes})


def decided(*id_values, is_living=False, twin=None, now=NOW):
    ids = iter([FIRST, SECOND])
    return decide(Jar(id_values=id_values, is_living=is_living), twin=twin, now=now, new_id=lambda: next(ids))


@pytest.mark.parametrize("is_living", [True, False])
def test_mints_all_ten_fields_where_there_is_no_id_cookie(is_living):
    decision = decided(is_living=is_living)
    assert decision.id_value == f"{FIRST}.{NOW}.1.{NOW}..{SECOND}....0"
    assert decision.writes_session
    assert decision.identity == Identity(domain_userid=FIRST, domain_sessionid=SECOND, domain_sessionidx=1)
    assert decision.session_start == SessionStart(previous_sessionid=None)
    assert (decision.twin_action, decision.twin.domain_userid) == ("write", FIRST)


def test_rolls_as_the_tracker_would_where_the_session_is_gone():
    decision = decided(LIVE)
    assert decision.id_value == f"{PERSON}.1700000000.4.{NOW}.1759999000.{FIRST}.{SESSION}...0"
    assert decision.writes_session
    assert decision.identity.domain_sessionidx == 4
    assert decision.session_start == SessionStart(previous_sessionid=SESSION)


@pytest.mark.parametrize(
    ("value", "rolled"),
    [
        (f"{PERSON}.1.2.3.2.{SESSION}", f"{PERSON}.1.3.{NOW}.3.{FIRST}.{SESSION}...0"),
        (f"{PERSON}.1.0.3.", f"{PERSON}.1.1.{NOW}.3.{FIRST}....0"),
        (f"{PERSON}.x.y.z..undefined", f"{PERSON}.{NOW}.1.{NOW}..{FIRST}....0"),
    ],
)
def test_rolls_older_and_odd_cookies_with_what_can_be_believed(value, rolled):
    assert decided(value).id_value == rolled


def test_never_writes_the_id_where_both_are_there():
    decision = decided(LIVE, is_living=True, twin=twin(last_seen=NOW - 60))
    assert decision == Decision(
        identity=Identity(domain_userid=PERSON, domain_sessionid=SESSION, domain_sessionidx=3),
        writes_session=True,
    )


@pytest.mark.parametrize(
    ("existing", "action"),
    [
        (None, "write"),
        (twin(last_seen=NOW - DAY + 1), "keep"),
        (twin(last_seen=NOW - DAY), "write"),
        (twin(last_seen=NOW + 60), "write"),
        (twin(last_seen=NOW, domain_sessionid=FIRST), "write"),
        (twin(last_seen=NOW, domain_userid=FIRST), "write"),
    ],
)
def test_renews_the_twin_once_a_day_and_when_it_holds_another_session(existing, action):
    decision = decided(LIVE, is_living=True, twin=existing)
    assert decision.twin_action == action
    assert decision.twin == (twin(last_seen=NOW) if action == "write" else None)


def test_restores_a_person_whose_cookie_the_browser_took_away():
    decision = decided(twin=twin(last_seen=NOW - DAY))
    assert decision.id_value == f"{PERSON}.1700000000.4.{NOW}.{NOW - DAY}.{FIRST}.{SESSION}...0"
    assert decision.twin == twin(last_seen=NOW, domain_sessionidx=4, domain_sessionid=FIRST)


@pytest.mark.parametrize("age", [0, 60, DAY - 1, -60])
def test_does_not_bring_back_a_person_who_was_deleted_on_purpose(age):
    decision = decided(twin=twin(last_seen=NOW - age))
    assert decision.identity.domain_userid == FIRST
    assert (decision.twin_action, decision.twin) == ("expire", None)


def test_writes_nothing_where_one_name_is_there_twice():
    assert decided(LIVE, LIVE, is_living=False) is None


@pytest.mark.parametrize(
    "value", ["%", "x.y.z", f"undefined.1.1.1..{SESSION}....1", f".1.1.1..{SESSION}....1"]
)
@pytest.mark.parametrize("is_living", [True, False])
def test_leaves_a_cookie_without_a_person_to_the_tracker(value, is_living):
    assert decided(value, is_living=is_living) is None


def test_expires_the_twin_of_a_person_who_became_anonymous():
    decision = decided(f".1.4.1..{SESSION}....1", is_living=True, twin=twin())
    assert decision == Decision(
        identity=Identity(domain_sessionid=SESSION, domain_sessionidx=4), twin_action="expire"
    )


def test_leaves_a_living_session_without_an_id_to_the_tracker():
    assert decided(f"{PERSON}.1.4.1..undefined", is_living=True) is None


def test_an_empty_cookie_is_an_absent_one():
    sent = [("_sp_id.8e5d", ""), ("_sp_ses.8e5d", ""), ("_sp_id.0056", "x")]
    assert Jar.of(sent, id_name="_sp_id.8e5d", session_name="_sp_ses.8e5d") == Jar()


class BrowserModel(RuleBasedStateMachine):
    """One browser with the tracker's cookies, as version 4 writes them, and the server's answers.

    Document requests are answered before the next one is made, while the tracker of the page that
    is left may still send events; two cold tabs are the one case that is known to orphan an id.
    """

    def __init__(self):
        super().__init__()
        counter = itertools.count(1)
        self.new_id = lambda: str(uuid.UUID(int=next(counter), version=4))
        self.now = NOW
        self.id_value = None
        self.session_until = 0
        self.twin = None
        self.persons = {}
        """The highest session index that each person's cookie ever had."""
        self.deleted = set()
        """Persons whose cookies were deleted on purpose."""
        self.pending = None

    @property
    def is_living(self):
        return self.session_until > self.now

    def cookie(self):
        return None if self.id_value is None else parse_id_cookie(self.id_value)

    def store(self, value):
        before, self.id_value = self.cookie(), value
        after = self.cookie()
        assert not after.is_malformed
        assert len(value.split(".")) == 10
        highest = self.persons.get(after.domain_userid, 0)
        assert after.domain_sessionidx >= highest, "an index fell"
        self.persons[after.domain_userid] = after.domain_sessionidx
        if before is not None:
            assert after.domain_userid == before.domain_userid, "a person changed while the cookie lived"

    @rule(seconds=st.sampled_from([1, 60, 1799, 1800, 4000, DAY - 1, DAY, 3 * DAY, 8 * DAY]))
    @precondition(lambda self: self.pending is None)
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def tracker_sends_an_event(self):
        if self.id_value is None and self.pending is not None:
            return  # a cold tab while another's first answer is under way: the known orphan
        cookie = self.cookie()
        if cookie is None:
            value = (
                f"{self.new_id()}.{self.now}.1.{self.now}..{self.new_id()}..{self.new_id()}.{self.now}000.1"
            )
        elif self.is_living:
            fields = self.id_value.split(".")
            fields[3], fields[9] = str(self.now), str(int(fields[9]) + 1)
            if not fields[7]:
                fields[7:9] = self.new_id(), f"{self.now}000"
            value = ".".join(fields)
        else:
            value = ".".join(
                str(field)
                for field in (
                    cookie.domain_userid,
                    cookie.created,
                    cookie.domain_sessionidx + 1,
                    self.now,
                    cookie.last_event,
                    self.new_id(),
                    cookie.domain_sessionid,
                    self.new_id(),
                    f"{self.now}000",
                    1,
                )
            )
        self.store(value)
        self.session_until = self.now + 1800

    @rule()
    @precondition(lambda self: self.pending is None)
    def document_is_asked_for(self):
        jar = Jar(id_values=(self.id_value,) if self.id_value else (), is_living=self.is_living)
        decision = decide(jar, twin=self.twin, now=self.now, new_id=self.new_id)
        assert decision is not None
        if jar.id_values and jar.is_living:
            assert decision.id_value is None
            assert decision.session_start is None
        cookie = self.cookie()
        if cookie is not None:
            assert decision.identity.domain_userid == cookie.domain_userid
        assert decision.identity.domain_userid not in self.deleted, "a deleted person came back"
        self.pending = decision

    @rule()
    @precondition(lambda self: self.pending is not None)
    def document_is_answered(self):
        decision, self.pending = self.pending, None
        if decision.id_value is not None:
            self.store(decision.id_value)
        if decision.writes_session:
            self.session_until = self.now + 1800
        if decision.twin_action == "write":
            self.twin = decision.twin
        elif decision.twin_action == "expire":
            self.twin = None

    @rule()
    @precondition(lambda self: self.pending is None)
    def browser_caps_the_script_cookie(self):
        cookie = self.cookie()
        if cookie is not None and self.now - cookie.last_event >= DAY and not self.is_living:
            self.id_value = None

    @rule()
    @precondition(lambda self: self.pending is None and self.id_value is not None)
    def user_data_is_cleared_just_after_a_page(self):
        self.document_is_asked_for()
        self.document_is_answered()
        self.deleted.add(self.cookie().domain_userid)
        self.id_value, self.session_until = None, 0
        self.document_is_asked_for()
        self.document_is_answered()

    @invariant()
    def the_server_names_the_session_that_is_in_the_cookie(self):
        if self.pending is not None and self.pending.id_value is None and self.is_living:
            assert self.pending.identity.domain_userid == self.cookie().domain_userid


BrowserModel.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestBrowserModel = BrowserModel.TestCase


def test_a_session_index_that_cannot_grow_stays_what_the_protocol_takes():
    decision = decided(f"{PERSON}.1700000000.2147483647.1759999000..{SESSION}")
    assert decision.identity.domain_sessionidx == 2_147_483_647
    assert parse_id_cookie(decision.id_value).domain_sessionidx == 2_147_483_647
