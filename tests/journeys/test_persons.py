"""Whose event it is."""

from datetime import timedelta

from tracking_middleware.journeys.config import Carrier

from ..engines.histories import histories, write_tsv
from .conftest import MORNING, entities, handed_off, key


def test_a_device_with_one_user_id_ever_is_that_person_s_from_its_first_event(tables, story):
    first = story.add(0, device="d", session="s1")
    login = story.add(60 * 24, device="d", session="s2", user_id="ada")
    later = story.add(60 * 48, device="d", session="s3")
    made = tables(story)
    assert made.person_of(first) == (made.person_of(login)[0], "device")
    assert made.person_of(login)[1] == "user_id"
    assert made.person_of(later) == (made.person_of(login)[0], "device")


def test_a_user_id_joins_devices(tables, story):
    phone = story.add(0, device="phone", session="s1", user_id="ada")
    desk = story.add(9, device="desk", session="s2", user_id="ada")
    made = tables(story)
    assert made.person_of(phone)[0] == made.person_of(desk)[0]
    assert made.ask("SELECT user_id, events FROM persons") == [("ada", 2)]


def test_on_a_shared_device_a_session_goes_to_the_user_id_seen_in_it_and_the_rest_to_nobody_of_them(
    tables, story
):
    before = story.add(0, device="tablet", session="s1")
    story.add(1, device="tablet", session="s1", user_id="ada")
    other = story.add(200, device="tablet", session="s2", user_id="bob")
    left = story.add(400, device="tablet", session="s3")
    made = tables(story)
    ada, bob = made.person_of(before), made.person_of(other)
    assert ada[1] == "session"
    assert ada[0] != bob[0]
    assert made.person_of(left)[0] not in {ada[0], bob[0]}
    assert made.person_of(left)[1] == "device"


def test_sessions_may_be_judged_alone(tables, story):
    anonymous = story.add(0, device="d", session="s1")
    login = story.add(60 * 24, device="d", session="s2", user_id="ada")
    made = tables(story, anonymous="session")
    assert made.person_of(anonymous)[0] != made.person_of(login)[0]


def test_an_identifier_is_of_a_person_that_there_is(tables, tmp_path):
    write_tsv(histories("session", 60), tmp_path / "events.tsv")
    made = tables(tmp_path / "events.tsv", anonymous="session")
    persons = "SELECT person_id FROM persons"
    assert made.ask(f"SELECT * FROM person_identifiers WHERE person_id NOT IN ({persons})") == []


def test_a_user_id_that_changes_does_not_split_the_session(tables, story):
    story.add(0, device="d", session="s", user_id="ada")
    story.add(1, device="d", session="s", user_id="bob")
    made = tables(story)
    assert made.ask("SELECT session_id, events FROM sessions") == [(key("s"), 2)]
    assert made.ask("SELECT count(*) FROM persons") == [(2,)]


def test_a_token_brings_what_comes_off_the_browser_to_the_session_s_owner_not_to_the_device_s(tables, story):
    login = story.add(0, device="tablet", session="s1", user_id="ada")
    story.add(200, device="tablet", session="s2", user_id="bob")
    returned = story.add(
        60 * 24 * 14,
        side="off",
        event="unstruct",
        device="tablet",
        contexts=entities(handed_off("tablet", session="s1")),
    )
    made = tables(story)
    assert made.person_of(returned) == (made.person_of(login)[0], "token")
    assert made.ask("SELECT side FROM events WHERE event_id = ?", returned) == [("off_browser",)]


def test_an_agent_that_loads_a_link_with_a_token_is_not_whose_it_is(tables, story):
    ada = story.add(0, device="d", session="s", user_id="ada")
    told = entities(handed_off("d", session="s"))
    link = {"side": "server", "contexts": told.replace("hand_off", "link")}
    preview = story.add(1, useragent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", **link)
    other = story.add(2, useragent="Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/132.0", **link)
    made = tables(story)
    assert made.person_of(preview) is None
    assert made.person_of(other) == (made.person_of(ada)[0], "token")


def test_a_token_carried_to_another_domain_joins_the_two_cookies(tables, story):
    here = story.add(0, device="here", session="s1", user_id="ada")
    there = story.add(5, device="there", session="s2", contexts=entities(handed_off("here")))
    made = tables(story)
    assert made.person_of(there) == (made.person_of(here)[0], "token")


def test_a_network_userid_joins_only_where_a_server_sent_it(tables, story):
    net, random = key("network"), key("of the collector")
    story.add(0, side="server", device="old", session="s1", network_userid=net)
    login = story.add(1, device="old", session="s1", network_userid=net, user_id="ada")
    again = story.add(900, device="new", session="s2", network_userid=net)
    a = story.add(0, device="a", session="s3", network_userid=random)
    b = story.add(0, device="b", session="s4", network_userid=random)
    made = tables(story)
    assert made.person_of(again) == (made.person_of(login)[0], "network_userid")
    assert made.person_of(a)[0] != made.person_of(b)[0]


def test_a_transaction_joins_a_return_that_names_nobody_to_its_order(tables, story):
    schema = "iglu:com.acme/{}/jsonschema/1-2-0"

    def described(name, **data):
        return (
            '{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":'
            f'{{"schema":"{schema.format(name)}","data":{{"order":"{data["order"]}"}}}}}}'
        )

    bought = story.add(0, event="unstruct", device="d", unstruct_event=described("placed", order="o-7"))
    back = story.add(9000, side="off", event="unstruct", unstruct_event=described("returned", order="o-7"))
    other = story.add(9000, side="off", event="unstruct", unstruct_event=described("returned", order="o-8"))
    rule = [
        Carrier("event", f"iglu:com.acme/{name}/jsonschema/1-*-*", "order") for name in ("placed", "returned")
    ]
    made = tables(story, transaction=tuple(rule))
    assert made.person_of(back) == (made.person_of(bought)[0], "transaction")
    assert made.person_of(other)[0] != made.person_of(bought)[0]
    assert tables(story, to="without.duckdb").person_of(back) is None


def test_nothing_merges_through_an_identifier_of_too_many(tables, story):
    events = [story.add(n, device=f"d{n}", session=f"s{n}", user_id="test") for n in range(4)]
    kiosk = [story.add(n, device="kiosk", session=f"k{n}", user_id=f"u{n}") for n in range(4)]
    anonymous = [story.add(100 + n, device="kiosk", session=f"a{n}") for n in range(2)]
    made = tables(story, max_persons_per_identifier=3)
    shared = {("user_id", "test", 4), ("domain_userid", key("kiosk"), 4)}
    assert set(made.ask("SELECT kind, value, persons FROM shared_identifiers")) == shared
    persons = [made.person_of(event)[0] for event in (*events, *kiosk, *anonymous)]
    assert len(set(persons)) == len(persons)


def test_the_same_data_give_the_same_keys_in_any_order(tables, story):
    for n in range(12):
        story.add(n % 5, device=f"d{n % 3}", session=f"s{n % 4}", user_id=f"u{n % 2}" if n % 3 else None)
    made = tables(story)
    story.rows.reverse()
    again = tables(story, to="again.duckdb")
    question = "SELECT event_id, person_id, session_id, how FROM event_persons ORDER BY event_id"
    assert made.ask(question) == again.ask(question)


def test_a_key_that_an_older_event_changes_is_in_renamed_persons(tables, story):
    event = story.add(60, device="new", session="s1", user_id="ada")
    before = tables(story).person_of(event)[0]
    assert tables(story).ask("SELECT * FROM renamed_persons") == []
    story.add(0, device="old", session="s0", user_id="ada")
    made = tables(story)
    after = made.person_of(event)[0]
    assert after != before
    assert made.ask("SELECT old, new FROM renamed_persons") == [(before, after)]
    assert made.summary.renamed == 1


def test_why_identifiers_belong_together_is_an_event_that_carries_both(tables, story):
    story.add(0, device="d", session="s1")
    login = story.add(60, device="d", session="s2", user_id="ada")
    story.add(90, device="d", session="s2", user_id="ada")
    made = tables(story)
    rows = made.ask(
        "SELECT kind, valid_from, valid_to, because_event_id FROM person_identifiers ORDER BY kind"
    )
    nine, ten, later = ((MORNING + timedelta(minutes=n)).replace(tzinfo=None) for n in (0, 60, 90))
    assert rows == [("domain_userid", nine, later, login), ("user_id", ten, later, login)]


def test_an_event_that_names_nobody_is_nobody_s(tables, story):
    event = story.add(0, side="server")
    made = tables(story)
    assert made.person_of(event) is None
    assert made.ask("SELECT count(*) FROM persons") == [(0,)]
