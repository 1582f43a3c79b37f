"""What is to be kept apart, and what was known when."""

from datetime import datetime, timedelta

import duckdb
import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.apart.moments import begin_of, end_of
from tracking_middleware.journeys.apart.separations import identifier_of, separate
from tracking_middleware.journeys.config import Carrier, Config
from tracking_middleware.journeys.file import opened

from .conftest import MORNING, Story, entities, handed_off, key

BEFORE = begin_of("2026-01-01")
TABLES = (
    *("event_persons", "identifiers", "shared_identifiers", "persons", "person_identifiers"),
    *("page_views", "sessions", "journeys", "adblock_gap", "adblock_left_out"),
)


def keep_apart(made, *pairs, since=BEFORE):
    with opened(made.path, config=Config()) as connection:
        for one, other in pairs:
            separate(connection, identifier_of(one), identifier_of(other), since=since)


def rows(made, *tables):
    return {table: sorted(made.ask(f"SELECT * FROM {table}"), key=repr) for table in tables or TABLES}


def placed(order):
    return (
        '{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":'
        f'{{"schema":"iglu:com.acme/placed/jsonschema/1-0-0","data":{{"order":"{order}"}}}}}}'
    )


RULES = (Carrier("event", "iglu:com.acme/placed/jsonschema/1-*-*", "order"),)


def test_a_user_id_and_a_device_kept_apart_are_as_if_they_had_never_met(tables, story):
    for is_ada in (False, True, False):
        story.add(len(story.rows) * 90, device="d", session=f"s{len(story.rows)}")
        if is_ada:
            story.rows[-1]["user_id"] = "ada"
    story.add(400, device="e", session="s9", user_id="ada")
    story.add(401, side="server", device="d", session="s1")
    made = tables(story)
    assert len(made.ask("SELECT 1 FROM persons")) == 1
    keep_apart(made, ("user_id=ada", f"domain_userid={key('d')}"))
    apart = tables(story)
    assert len(apart.ask("SELECT 1 FROM persons")) == 2
    never = Story()
    never.rows = [
        {**row, "user_id": None if row["domain_userid"] == key("d") else row.get("user_id")}
        for row in story.rows
    ]
    assert rows(apart) == rows(tables(never, to="never.duckdb"))
    assert apart.ask("SELECT count(*) FROM events WHERE user_id = 'ada'") == [(2,)]


def test_an_event_that_carries_both_goes_to_its_device_s_person(tables, story):
    anonymous = story.add(0, device="d", session="s1")
    both = story.add(90, device="d", session="s2", user_id="ada")
    ada = story.add(200, device="e", session="s3", user_id="ada")
    keep_apart(tables(story), (f"domain_userid={key('d')}", "user_id=ada"))
    made = tables(story)
    assert made.person_of(both) == made.person_of(anonymous)
    assert made.person_of(both)[0] != made.person_of(ada)[0]


def test_the_session_of_a_device_is_not_the_person_s_whom_it_is_kept_apart_from(tables, story):
    named = story.add(0, session="s", user_id="ada")
    device = story.add(1, device="d", session="s")
    ada = story.add(200, device="e", session="s3", user_id="ada")
    assert tables(story).person_of(device) == (tables(story).person_of(ada)[0], "session")
    keep_apart(tables(story), ("user_id=ada", f"domain_userid={key('d')}"))
    made = tables(story)
    assert made.person_of(device)[0] != made.person_of(ada)[0]
    assert made.person_of(named)[0] != made.person_of(ada)[0]


def test_two_cookies_that_a_token_joined_are_kept_apart(tables, story):
    here = story.add(0, device="here", session="s1", user_id="ada")
    there = story.add(5, device="there", session="s2", contexts=entities(handed_off("here")))
    keep_apart(tables(story), (f"domain_userid={key('here')}", f"domain_userid={key('there')}"))
    made = tables(story)
    assert made.person_of(there)[0] != made.person_of(here)[0]


def test_two_cookies_that_a_network_userid_joined_are_kept_apart(tables, story):
    net = key("network")
    story.add(0, side="server", device="old", session="s1", network_userid=net)
    login = story.add(1, device="old", session="s1", network_userid=net, user_id="ada")
    again = story.add(900, device="new", session="s2", network_userid=net)
    assert tables(story).person_of(again)[0] == tables(story).person_of(login)[0]
    keep_apart(tables(story), (f"domain_userid={key('old')}", f"domain_userid={key('new')}"))
    made = tables(story)
    assert made.person_of(again)[0] != made.person_of(login)[0]


def test_two_user_ids_that_a_transaction_joined_are_kept_apart_and_the_order_is_neither_s(tables, story):
    bought = story.add(0, event="unstruct", user_id="ada", unstruct_event=placed("7"))
    back = story.add(90, event="unstruct", user_id="bob", unstruct_event=placed("7"))
    order = story.add(180, side="off", event="unstruct", unstruct_event=placed("7"))
    made = tables(story, transaction=RULES)
    assert len({made.person_of(event)[0] for event in (bought, back, order)}) == 1
    keep_apart(made, ("user_id=ada", "user_id=bob"))
    apart = tables(story, transaction=RULES)
    assert len({apart.person_of(event)[0] for event in (bought, back, order)}) == 3


def test_of_a_user_id_and_an_order_on_one_event_the_device_stays(tables, story):
    both = story.add(0, event="unstruct", device="d", session="s", user_id="ada", unstruct_event=placed("7"))
    ada = story.add(90, device="e", session="s2", user_id="ada")
    order = story.add(180, side="off", event="unstruct", unstruct_event=placed("7"))
    keep_apart(tables(story, transaction=RULES), ("user_id=ada", "transaction=7"))
    made = tables(story, transaction=RULES)
    assert made.person_of(both)[1] == "device"
    assert len({made.person_of(event)[0] for event in (both, ada, order)}) == 3


def test_an_earlier_date_gives_the_world_as_it_was_known_then(tables, story):
    story.add(0, device="d", session="s1")
    story.add(60 * 24, device="d", session="s2", user_id="ada")
    first = tables(story)
    known = rows(first)
    story.add(60 * 24 * 3, device="e", session="s3", user_id="ada")
    late = story.add(-600, device="d", session="s0")
    story.rows[-1]["collector_tstamp"] = "2026-03-20 00:00:00.000"
    made = tables(story, to="later.duckdb")
    keep_apart(made, ("user_id=ada", f"domain_userid={key('d')}"), since=begin_of("2026-03-18"))
    assert rows(tables(story, to="later.duckdb", as_of=end_of("2026-03-15"))) == known
    third = tables(story, to="later.duckdb", as_of=end_of("2026-03-17"))
    assert len(third.ask("SELECT 1 FROM persons")) == 1
    assert third.person_of(late) is None
    apart = tables(story, to="later.duckdb")
    assert len(apart.ask("SELECT 1 FROM persons")) == 2
    assert apart.person_of(late) is not None


def test_a_separation_of_the_future_is_not_known_yet(tables, story):
    story.add(0, device="d", session="s", user_id="ada")
    keep_apart(tables(story), ("user_id=ada", f"domain_userid={key('d')}"), since=begin_of("9000-01-01"))
    assert len(tables(story).ask("SELECT 1 FROM persons")) == 1
    assert len(tables(story).ask("SELECT * FROM person_identifiers")) == 2


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-03-14", "2026-03-14T00:00:00", "2026-03-14T23:59:59.999999"),
        ("2026-03-14T09:30:00", "2026-03-14T09:30:00", "2026-03-14T09:30:00"),
        ("2026-03-14T09:30:00+02:00", "2026-03-14T07:30:00", "2026-03-14T07:30:00"),
        ("9999-12-31", "9999-12-31T00:00:00", "9999-12-31T23:59:59.999999"),
        ("0001-01-01", "0001-01-01T00:00:00", "0001-01-01T23:59:59.999999"),
    ],
)
def test_a_date_is_its_whole_day_and_a_time_is_utc(text, begin, end):
    assert (begin_of(text), end_of(text)) == (datetime.fromisoformat(begin), datetime.fromisoformat(end))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59.999999-00:01"])
def test_a_time_that_is_none_in_utc_is_refused(text):
    for reading in (begin_of, end_of):
        with pytest.raises(ValueError, match="is in UTC no time of the years 1 to 9999"):
            reading(text)


@pytest.fixture
def met(story, tmp_path, monkeypatch, capsys):
    """A file in which a user_id and a device met."""
    monkeypatch.chdir(tmp_path)
    story.add(0, device="d", session="s", user_id="ada")
    story.add(90, device="d", session="s2")
    (tmp_path / "events.tsv").write_text(story.tsv())
    assert main(["journeys", "run", "events.tsv"]) == 0
    capsys.readouterr()
    return story


def test_the_first_and_the_last_day_that_there_are_can_be_asked_for(met, capsys):
    assert main(["journeys", "show", "ada", "--as-of", "9999-12-31"]) == 0
    assert main(["journeys", "show", "ada", "--as-of", "0001-01-01"]) == 1
    assert "ada is no person's key" in capsys.readouterr().err


def test_the_command_keeps_apart_lists_and_runs(met, capsys):
    device = f"domain_userid={key('d')}"
    assert main(["journeys", "separate", "user_id=ada", device, "--from", "2026-04-01T00:00:00Z"]) == 0
    assert capsys.readouterr().out == f"user_id=ada and {device} are kept apart from the next run on\n"
    assert main(["journeys", "separations"]) == 0
    line = f"{device}  user_id=ada  from 2026-04-01 00:00:00 UTC"
    assert capsys.readouterr().out == f"{line}  (in the tables as they are both are one person's)\n"
    assert main(["journeys", "run", "events.tsv", "--full"]) == 0
    capsys.readouterr()
    assert main(["journeys", "separations"]) == 0
    assert capsys.readouterr().out == f"{line}\n"
    assert main(["journeys", "show", "ada"]) == 1
    capsys.readouterr()
    assert main(["journeys", "show", "ada", "--as-of", "2026-03-31"]) == 0
    assert "user_id ada, 2 events from 2026-03-14 09:00" in capsys.readouterr().out
    assert main(["journeys", "show", key("d"), "--as-of", (MORNING + timedelta(minutes=1)).isoformat()]) == 0
    assert "user_id ada, 1 events from 2026-03-14 09:00" in capsys.readouterr().out
    assert main(["journeys", "show", "ada", "--as-of", "2026-04-02"]) == 1
    assert main(["journeys", "run", "events.tsv", "--as-of", "2026-03-31"]) == 0
    assert main(["journeys", "show", "ada"]) == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["separate", "user=ada", "user_id=b"], 2, "'user' is no kind of identifier: did you mean user_id?"),
        (["separate", "ada", "user_id=b"], 2, "'ada' is no identifier: write KIND=VALUE"),
        (["separate", "user_id=ada", "user_id=ada"], 1, "user_id=ada cannot be kept apart from itself"),
        (["separate", "user_id=ada", "user_id=eve"], 1, "user_id=eve was never seen"),
        (["separate", "user_id=ada", "user_id=b", "--from", "soon"], 2, "'soon' is no date such as"),
        (["show", "ada", "--as-of", "2026-13-01"], 2, "'2026-13-01' is no date such as 2026-03-14"),
        (["separations", "--journeys", "other.duckdb"], 1, "other.duckdb is not there"),
    ],
)
def test_what_cannot_be_kept_apart_is_said(met, capsys, arguments, status, said):
    try:
        ended = main(["journeys", *arguments])
    except SystemExit as error:
        ended = error.code
    assert (ended, said in capsys.readouterr().err) == (status, True)


def test_what_is_kept_apart_already_is_not_written_again(met, capsys):
    device = f"domain_userid={key('d')}"
    assert main(["journeys", "separate", "user_id=ada", device]) == 0
    assert main(["journeys", "separate", device, "user_id=ada"]) == 1
    assert f"{device} and user_id=ada are kept apart already, from 20" in capsys.readouterr().err


def test_what_was_written_by_hand_without_a_time_is_always_apart(met, capsys):
    with duckdb.connect("journeys.duckdb") as connection:
        row = ("user_id", "ada", "domain_userid", key("d"), None)
        connection.execute("INSERT INTO separations VALUES (?, ?, ?, ?, ?)", row)
    assert main(["journeys", "show", "ada", "--as-of", "2026-03-20"]) == 1
    assert main(["journeys", "run"]) == 0
    capsys.readouterr()
    assert main(["journeys", "separations"]) == 0
    assert capsys.readouterr().out == f"domain_userid={key('d')}  user_id=ada  always\n"
    assert main(["journeys", "show", "ada"]) == 1
    assert main(["journeys", "separate", "user_id=ada", f"domain_userid={key('d')}"]) == 1
    assert "are kept apart already, always" in capsys.readouterr().err


def test_a_file_of_a_date_is_not_taken_for_more_than_that(met, capsys):
    assert main(["journeys", "run", "events.tsv", "--as-of", "2026-03-20", "--to", "then.duckdb"]) == 0
    capsys.readouterr()
    show = ["journeys", "show", "ada", "--journeys", "then.duckdb", "--as-of"]
    assert main([*show, "2026-03-21"]) == 1
    said = "then.duckdb has what was known at 2026-03-20 23:59:59 UTC and nothing later"
    assert said in capsys.readouterr().err
    assert main([*show, "2026-03-14"]) == 0
    told = capsys.readouterr().out
    assert main(["journeys", "run", "--to", "then.duckdb"]) == 1
    assert "those of a date: give the sources to make them of" in capsys.readouterr().err
    assert main([*show, "2026-03-14"]) == 0
    assert capsys.readouterr().out == told
    assert main(["journeys", "run", "events.tsv", "--to", "then.duckdb"]) == 0


def test_another_engine_takes_no_date_and_says_so(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["journeys", "run", "--engine", "postgres", "--table", "events", "--as-of", "2026-03-14"])
    assert "--as-of is for DuckDB: --engine postgres makes tables of all its" in capsys.readouterr().err
