"""The state machine that issues identities: alone, and in a model of browser, tracker and server."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tracking_middleware.identity.cookies import cookie_pairs, first_cookies
from tracking_middleware.identity.id_cookie import parse_id_cookie
from tracking_middleware.identity.identity import Identity, SessionStart
from tracking_middleware.identity.session_ids import SessionIds
from tracking_middleware.identity.sessions import CookieNames, Decision, Jar, Sent, Twin, decide

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
FIRST, SECOND = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NEXT = "33333333-3333-4333-8333-333333333333"
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


class NamedIds:
    """Two fresh ids and one that follows; ``asked`` is what it was to follow."""

    def __init__(self):
        self.fresh = iter([FIRST, SECOND]).__next__
        self.asked = []

    def following(self, person, *, previous, index, now):
        self.asked.append((person, previous, index, now))
        return NEXT


def decided(*id_values, is_living=False, twin=None, now=NOW, brings_strict=True, ids=None):
    return decide(
        Jar(id_values=id_values, is_living=is_living),
        twin=twin,
        now=now,
        ids=ids or NamedIds(),
        brings_strict=lambda: brings_strict,
    )


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
    assert decision.id_value == f"{PERSON}.1700000000.4.{NOW}.1759999000.{NEXT}.{SESSION}...0"
    assert decision.writes_session
    assert decision.identity.domain_sessionidx == 4
    assert decision.session_start == SessionStart(previous_sessionid=SESSION)


@pytest.mark.parametrize(
    ("value", "rolled"),
    [
        (f"{PERSON}.1.2.3.2.{SESSION}", f"{PERSON}.1.3.{NOW}.3.{NEXT}.{SESSION}...0"),
        (f"{PERSON}.1.0.3.", f"{PERSON}.1.1.{NOW}.3.{NEXT}....0"),
        (f"{PERSON}.x.y.z..undefined", f"{PERSON}.{NOW}.1.{NOW}..{NEXT}....0"),
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
    assert decision.id_value == f"{PERSON}.1700000000.4.{NOW}.{NOW - DAY}.{NEXT}.{SESSION}...0"
    assert decision.twin == twin(last_seen=NOW, domain_sessionidx=4, domain_sessionid=NEXT)


@pytest.mark.parametrize("age", [0, 60, DAY - 1, -60])
def test_does_not_bring_back_a_person_who_was_deleted_on_purpose(age):
    decision = decided(twin=twin(last_seen=NOW - age))
    assert decision.identity.domain_userid == FIRST
    assert (decision.twin_action, decision.twin) == ("expire", None)


@pytest.mark.parametrize("is_living", [True, False])
@pytest.mark.parametrize("age", [0, 60, DAY - 1, -60])
def test_writes_nothing_over_a_person_whose_strict_cookie_may_have_been_withheld(age, is_living):
    assert decided(twin=twin(last_seen=NOW - age), is_living=is_living, brings_strict=False) is None


@pytest.mark.parametrize(
    ("id_values", "twin"),
    [((), None), ((), twin()), ((LIVE,), twin(last_seen=NOW)), ((LIVE,), None)],
    ids=["nobody", "an old twin", "both", "no twin"],
)
@pytest.mark.parametrize("is_living", [True, False])
def test_only_a_young_twin_alone_depends_on_where_the_visitor_came_from(id_values, twin, is_living):
    from_within, from_elsewhere = (
        decided(*id_values, twin=twin, is_living=is_living, brings_strict=strict) for strict in (True, False)
    )
    assert from_within == from_elsewhere != None  # noqa: E711


@pytest.mark.parametrize(
    ("id_value", "follows"),
    [
        (LIVE, (PERSON, SESSION, 4, NOW)),
        (f"{PERSON}.1.0.3.", (PERSON, None, 1, NOW)),
        (f"{PERSON}.1.2147483647.3.2.{SESSION}", (PERSON, SESSION, 2_147_483_647, NOW)),
    ],
)
def test_a_session_that_follows_another_is_named_after_it(id_value, follows):
    ids = NamedIds()
    assert decided(id_value, ids=ids).identity.domain_sessionid == NEXT
    assert ids.asked == [follows]


def test_tabs_opened_together_begin_the_same_session():
    ids = SessionIds(["key"], timeout=1800)
    for jar in ([LIVE], []):  # rolled, and restored from the twin
        tabs = [decided(*jar, twin=twin(), now=NOW + second, ids=ids) for second in range(3)]
        assert len({tab.identity for tab in tabs}) == 1
        assert len({tab.twin.domain_sessionid for tab in tabs}) == 1


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
    sent = CookieNames.of("_sp_", "8e5d").found_in(
        "_sp_id.8e5d=; _sp_ses.8e5d=; _sp_id.0056=x; _sp_twin.8e5d; sp="
    )
    assert sent == Sent(Jar(), "", "")


pieces = st.sampled_from([*("_sp_", "sp", "id.8e5d", "ses.8e5d", "twin.8e5d", "id.0056"), *" \t=;;=a*", "x="])


@given(st.lists(pieces, max_size=40).map("".join), st.sampled_from(["_sp_", "_x_", "sp", "a"]))
def test_the_cookies_that_count_are_found_as_all_cookies_are_read(header, prefix):
    names = CookieNames.of(prefix, "8e5d")
    pairs, first = list(cookie_pairs(header)), first_cookies(header)
    assert names.found_in(header) == Sent(
        Jar(
            id_values=tuple(value for name, value in pairs if name == names.id and value),
            is_living=any(name == names.session and value for name, value in pairs),
        ),
        first.get(names.twin, ""),
        first.get("sp", ""),
    )


class BrowserModel(RuleBasedStateMachine):
    """One browser with the tracker's cookies, as version 4 writes them, and the server's answers.

    Tabs ask for documents together and are answered one after the other before the next ones ask, while
    the tracker of the page that is left may still send events. A browser may keep nothing of an answer. The
    tracker may be one whose cookies do not come along from other sites. Two cold tabs are the one case
    that is known to orphan an id.
    """

    def __init__(self):
        super().__init__()
        counter = itertools.count(1)
        self.new_id = lambda: str(uuid.UUID(int=next(counter), version=4))
        self.ids = SessionIds(["model"], timeout=1800, new_id=self.new_id)
        self.now = NOW
        self.id_value = None
        self.session_until = 0
        self.twin = None
        self.persons = {}
        """The highest session index that each person's cookie ever had."""
        self.deleted = set()
        """Persons whose cookies were deleted on purpose."""
        self.pending = []
        """Decisions on their way to the tabs that asked."""
        self.sessions = {}
        """When the server first began each session that it named."""
        self.is_withheld = False
        """Whether ``_sp_id`` is as a tracker wrote it whose ``cookieSameSite`` is ``"Strict"``."""
        self.is_strict = False

    @initialize(is_strict=st.booleans())
    def tracker_is_configured(self, is_strict):
        self.is_strict = is_strict

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
    @precondition(lambda self: not self.pending)
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def tracker_sends_an_event(self):
        if self.id_value is None and self.pending:
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
        self.is_withheld = self.is_strict
        self.session_until = self.now + 1800

    @rule(tabs=st.integers(1, 3), brings_strict=st.booleans())
    @precondition(lambda self: not self.pending and not self.is_withheld)
    def documents_are_asked_for(self, tabs=1, brings_strict=True):
        jar = Jar(id_values=(self.id_value,) if self.id_value else (), is_living=self.is_living)
        decision = self.decided(jar, brings_strict=brings_strict)
        if decision is None:
            assert not jar.id_values
            assert not brings_strict
            return
        if jar.id_values and jar.is_living:
            assert decision.id_value is None
            assert decision.session_start is None
        cookie = self.cookie()
        if cookie is not None:
            assert decision.identity.domain_userid == cookie.domain_userid
        assert decision.identity.domain_userid not in self.deleted, "a deleted person came back"
        if decision.session_start is not None:
            begun = self.sessions.setdefault(decision.identity.domain_sessionid, self.now)
            assert self.now - begun < 1800, "two sessions have one id"
        self.pending = [decision]
        if jar.id_values or decision.identity.domain_sessionidx > 1:  # no cold tabs
            self.pending += [self.decided(jar, brings_strict=brings_strict) for _ in range(tabs - 1)]
        assert len({pending.identity for pending in self.pending}) == 1, "tabs disagree"

    @rule()
    @precondition(lambda self: not self.pending and self.is_withheld and self.has_young_twin)
    def a_link_from_another_site_is_followed(self):
        assert self.decided(Jar(), brings_strict=False) is None

    @rule(tabs=st.integers(1, 3))
    @precondition(lambda self: not self.pending and self.is_withheld)
    def documents_are_asked_for_from_within(self, tabs):
        self.documents_are_asked_for(tabs)

    def decided(self, jar, *, brings_strict):
        return decide(jar, twin=self.twin, now=self.now, ids=self.ids, brings_strict=lambda: brings_strict)

    @property
    def has_young_twin(self):
        return self.twin is not None and self.now - self.twin.last_seen < DAY

    @rule(is_kept=st.booleans())
    @precondition(lambda self: self.pending)
    def document_is_answered(self, is_kept=True):
        decision = self.pending.pop(0)
        if not is_kept:
            return
        if decision.id_value is not None:
            self.store(decision.id_value)
            self.is_withheld = False
        if decision.writes_session:
            self.session_until = self.now + 1800
        if decision.twin_action == "write":
            self.twin = decision.twin
        elif decision.twin_action == "expire":
            self.twin = None

    @rule()
    @precondition(lambda self: not self.pending)
    def browser_caps_the_script_cookie(self):
        cookie = self.cookie()
        if cookie is not None and self.now - cookie.last_event >= DAY and not self.is_living:
            self.id_value = None

    @rule()
    @precondition(lambda self: not self.pending and self.id_value is not None)
    def user_data_is_cleared_just_after_a_page(self):
        self.documents_are_asked_for()
        self.document_is_answered()
        self.deleted.add(self.cookie().domain_userid)
        self.id_value, self.session_until = None, 0
        self.documents_are_asked_for()
        self.document_is_answered()

    @invariant()
    def the_server_names_the_session_that_is_in_the_cookie(self):
        if self.pending and self.pending[0].id_value is None and self.is_living:
            assert self.pending[0].identity.domain_userid == self.cookie().domain_userid


BrowserModel.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestBrowserModel = BrowserModel.TestCase


def test_a_session_index_that_cannot_grow_stays_what_the_protocol_takes():
    decision = decided(f"{PERSON}.1700000000.2147483647.1759999000..{SESSION}")
    assert decision.identity.domain_sessionidx == 2_147_483_647
    assert parse_id_cookie(decision.id_value).domain_sessionidx == 2_147_483_647
