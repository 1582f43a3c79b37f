"""What is new is added to the tables, and they are as if all had come at once."""

import itertools
import os
import random
import shutil
import subprocess
import sys
from datetime import timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys import driver
from tracking_middleware.journeys.apart.moments import begin_of
from tracking_middleware.journeys.apart.separations import Identifier, separate, separations
from tracking_middleware.journeys.config import Carrier, Config
from tracking_middleware.journeys.file import JourneysFileError, opened
from tracking_middleware.journeys.increments import packing, running

from ..conftest import PATIENCE
from ..engines.histories import ANSWER_TABLES, CONFIGS, TABLES, histories, ordered, write_tsv
from .conftest import MORNING, Story, entities, handed_off, key, web_page

EXAMPLES = int(os.environ.get("INCREMENTS_EXAMPLES", "4"))
BEFORE = begin_of("2026-01-01")
AGENT = {"agent_class": "ai_search", "operator": "Acme", "product": "AcmeBot", "proof": "declared"}


def quiet(*_):
    """Nobody is told."""


def rows(path, *tables):
    with opened(path, config=Config(threads=1), read_only=True) as connection:
        return {
            table: ordered(connection.execute(f"SELECT * FROM {table}").fetchall())
            for table in tables or (*TABLES, *ANSWER_TABLES)
        }


class Both:
    """One file that what is new is added to, and one that is made anew each time."""

    def __init__(self, folder, config):
        self.folder, self.config = folder, config
        self.added, self.whole = folder / "added.duckdb", folder / "whole.duckdb"
        self.sources = []

    def add(self, events):
        path = self.folder / f"{len(self.sources)}.tsv"
        if isinstance(events, Story):
            path.write_text(events.tsv())
        else:
            write_tsv(events, path)
        self.sources.append(path)
        return self.run(path)

    def run(self, *sources):
        is_first = not self.added.exists()
        made = running.run(sources, to=self.added, config=self.config, progress=quiet)
        if is_first:  # which is a full run
            shutil.copy(self.added, self.whole)
        else:
            driver.run(self.sources, to=self.whole, config=self.config, progress=quiet)
        return made

    def separate(self, chosen):
        """Two identifiers, by any number."""
        with opened(self.added, config=self.config, read_only=True) as connection:
            found = connection.execute(
                "SELECT kind, value FROM identifiers ORDER BY md5(kind || value || $chosen) LIMIT 1",
                {"chosen": str(chosen)},
            ).fetchall()
            beside = (
                found
                and connection.execute(
                    """SELECT b.kind, b.value FROM person_identifiers AS a
                JOIN person_identifiers AS b ON b.person_id = a.person_id
                WHERE a.kind = $kind AND a.value = $value AND (b.kind, b.value) <> (a.kind, a.value)
                ORDER BY md5(b.value || $chosen) LIMIT 1""",
                    {"kind": found[0][0], "value": found[0][1], "chosen": str(chosen)},
                ).fetchall()
            )
        if beside:
            self.keep_apart(Identifier(*found[0]), Identifier(*beside[0]))

    def keep_apart(self, one, other):
        for path in (self.added, self.whole):
            with opened(path, config=self.config) as connection:
                if not separations(connection):
                    separate(connection, one, other, since=BEFORE)

    def forget_separations(self):
        for path in (self.added, self.whole):
            with opened(path, config=self.config) as connection:
                connection.execute("DELETE FROM separations")

    def check(self):
        added, whole = rows(self.added), rows(self.whole)
        for table in added:
            assert added[table] == whole[table], table
        return added


@pytest.fixture
def both(tmp_path):
    return Both(tmp_path, Config(threads=1, max_persons_per_identifier=3))


names = st.sampled_from(sorted(CONFIGS))
steps = st.lists(st.sampled_from(("add", "separate", "join again")), min_size=1, max_size=3)


@given(st.integers(0, 10**9), st.integers(1, 12), names, st.randoms(), steps, st.data())
@pytest.mark.timeout(900)  # several whole runs an example
@settings(max_examples=EXAMPLES)
def test_in_any_order_and_any_cut_into_runs_every_table_is_that_of_one_full_run(
    tmp_path_factory, seed, number, name, order, steps, data
):
    events = histories(seed, number)
    order.shuffle(events)
    parts = 1 + steps.count("add")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), min_size=parts - 1, max_size=parts - 1)))
    folder = tmp_path_factory.mktemp("both")
    made = Both(folder, CONFIGS[name])
    bounds = [0, *cuts, len(events)]
    todo = [events[begin:end] for begin, end in itertools.pairwise(bounds)]
    made.add(todo.pop(0))
    for step in steps:
        if step == "add":
            made.add(todo.pop(0))
        elif step == "separate":
            made.separate(seed)
            made.run()
        else:
            made.forget_separations()
            made.run()
        made.check()
    shutil.rmtree(folder)


def test_an_event_of_400_days_ago_changes_what_it_belongs_to_and_the_person_s_key(both, story):
    story.add(0, device="d", session="s", user_id="ada")
    story.add(5, device="e", session="t", user_id="bob")
    both.add(story)
    late = Story()
    late.add(-400 * 24 * 60, device="old", session="o", name="late", user_id="ada")
    made = both.add(late)
    assert both.check()["renamed_persons"]
    assert (made.events, made.renamed) == (3, 1)


def test_a_copy_that_came_earlier_takes_the_place_of_the_one_that_is_kept(both, story):
    story.add(0, device="d", session="s", name="twice", user_id="ada")
    both.add(story)
    first = Story()
    first.add(0, device="e", session="t", name="twice", user_id="bob", page_title="First")
    first.rows[0]["collector_tstamp"] = "2026-03-14 08:00:00.000"
    both.add(first)
    found = both.check()
    assert [row[1] for row in found["persons"]] == ["bob"]
    assert len(found["duplicates"]) == 1
    both.add(story)
    assert len(both.check()["duplicates"]) == 2


def test_an_identifier_crosses_the_most_persons_in_both_directions(both, story):
    for number in range(3):
        story.add(number, device=f"d{number}", session=f"s{number}", user_id="test")
    both.add(story)
    assert not both.check()["shared_identifiers"]
    more = Story()
    more.add(9, device="d9", session="s9", user_id="test", name="more")
    both.add(more)
    assert both.check()["shared_identifiers"] == [("user_id", "test", 4)]
    both.keep_apart(Identifier("user_id", "test"), Identifier("domain_userid", key("d9")))
    both.run()
    assert not both.check()["shared_identifiers"]
    both.forget_separations()
    both.run()
    assert both.check()["shared_identifiers"]


def test_a_network_userid_that_a_server_sends_only_now_joins_what_was_there(both, story):
    net = key("network")
    story.add(0, device="a", session="s1", network_userid=net)
    story.add(9, device="b", session="s2", network_userid=net, user_id="ada")
    both.add(story)
    assert len(both.check()["persons"]) == 2
    sent = Story()
    sent.add(20, side="server", device="c", session="s3", network_userid=net, name="sent")
    both.add(sent)
    assert len(both.check()["persons"]) == 1


def test_the_other_side_s_view_by_the_same_id_makes_one_page_view_of_two_runs(both, story):
    story.add(0, side="server", device="a", session="s1", contexts=entities(web_page("w")))
    story.add(300, side="server", name="nobody", contexts=entities(web_page("v")))
    both.add(story)
    browser = Story()
    browser.add(0.02, device="b", session="s2", name="browser", contexts=entities(web_page("w")))
    browser.add(300.1, name="nobody's browser", contexts=entities(web_page("v")))
    both.add(browser)
    both.check()
    assert len(rows(both.added, "page_views")["page_views"]) == 2


def test_what_nothing_joins_is_not_touched(both, story):
    for number in range(4):
        story.add(number, device=f"d{number}", session=f"s{number}")
    story.add(9, device="d0", session="s0", contexts=entities(web_page("w")))
    both.add(story)
    with opened(both.added, config=both.config, read_only=True) as connection:
        nodes = "SELECT count(DISTINCT node), count(web_page_key) FROM event_nodes"
        assert connection.execute(nodes).fetchall() == [(4, 1)]
        islands = "SELECT count(DISTINCT island) FROM island_nodes"
        assert connection.execute(islands).fetchall() == [(4,)]


def test_a_ping_without_a_session_and_without_an_id_of_its_page_belongs_to_no_view(both, story):
    story.add(0, name="somebody's view")
    both.add(story)
    other = Story()
    other.add(1, event="page_ping", name="somebody else's ping")
    both.add(other)
    (view,) = both.check()["page_views"]
    assert view[-2] == 0


def test_of_a_touched_island_only_the_rows_that_change_are_written(both, story):
    for number in range(4):
        story.add(number * 90, device="d", session=f"s{number}", user_id="ada")
    both.add(story)
    places = "SELECT rowid, person_id, event_id FROM event_persons ORDER BY rowid"
    with opened(both.added, config=both.config, read_only=True) as connection:
        before = connection.execute(places).fetchall()
    more = Story()
    more.add(500, device="d", session="s9", name="more")
    both.add(more)
    both.check()
    with opened(both.added, config=both.config, read_only=True) as connection:
        assert connection.execute(places).fetchall()[:-1] == before


def test_small_groups_of_rows_that_runs_add_are_put_together_once_they_are_many(both, monkeypatch):
    monkeypatch.setattr(packing, "FEW_GROUPS", 2)
    groups = []
    for number in range(4):
        story = Story()
        story.add(number, device=f"d{number}", session=f"s{number}", name=f"event {number}")
        path = both.folder / f"{number}.tsv"
        path.write_text(story.tsv())
        running.run([path], to=both.added, config=both.config, progress=quiet)
        with opened(both.added, config=both.config, read_only=True) as connection:
            found = "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('event_nodes')"
            groups += connection.execute(found).fetchall()[0]
    assert groups[:-1] == [1, 2, 3]
    assert groups[-1] < 3


def test_a_person_whom_only_a_session_without_an_id_is_known_by_stays_one(both, story):
    for number in range(4):
        story.add(number, device=f"d{number}", session=f"s{number}", user_id="test")
    story.add(300, user_id="test", name="without a session")
    both.add(story)
    assert "session" in [row[5] for row in rows(both.added, "persons")["persons"]]
    more = Story()
    more.add(500, device="d0", session="s0", name="more")
    both.add(more)
    both.check()


def test_page_views_of_nobody_are_made_anew_with_what_joins_them(both, story):
    for number in range(2):
        story.add(number, side="server", contexts=entities(web_page("w")), name=f"nobody {number}")
    both.add(story)
    more = Story()
    more.add(0.02, side="server", contexts=entities(web_page("w")), name="nobody again")
    both.add(more)
    assert len(both.check()["page_views"]) == 3


def test_no_json_of_an_event_that_is_there_is_opened_again(both, story):
    read = ("iglu:org.tracking_middleware/agent/jsonschema/1-0-0", {**AGENT, "rate": 0.1})
    story.add(0, side="server", device="a", session="s1", contexts=entities(web_page("w"), handed_off("b")))
    story.add(5, side="server", contexts=entities(read))
    both.add(story)
    with opened(both.added, config=both.config) as connection:
        connection.execute("UPDATE event_rows SET contexts = NULL")
    browser = Story()
    browser.add(0.02, device="a", session="s1", name="browser", contexts=entities(web_page("w")))
    both.add(browser)
    tables = ("page_views", "identifiers", "event_persons", "agent_reads")
    found = rows(both.added, *tables)
    assert found == rows(both.whole, *tables)
    assert (len(found["page_views"]), len(found["agent_reads"])) == (2, 1)


def test_answers_of_untouched_islands_stay_until_other_rules_make_them_anew(both, story):
    for number in range(2):
        story.add(number, device=f"d{number}", session=f"s{number}")
    both.add(story)
    with opened(both.added, config=both.config) as connection:
        connection.execute("DELETE FROM touches")
    more = Story()
    more.add(5, device="d0", session="s0", name="more")
    both.add(more)
    assert len(rows(both.added, "touches")["touches"]) == 1
    with opened(both.added, config=both.config) as connection:
        connection.execute("UPDATE answers_applied SET rules = '[]'")
    both.run()
    assert len(both.check()["touches"]) == 2


def test_columns_that_come_later_are_there(both, story):
    story.add(0, device="d", session="s")
    both.add(story)
    later = Story()
    later.add(9, device="e", session="t", name="later", mkt_campaign="spring", tr_total="19.99")
    both.add(later)
    found = both.check()
    assert len(found["events"]) == 2


def test_a_source_that_grows_is_read_again_and_its_rows_are_taken_once(both, story, tmp_path):
    story.add(0, device="d", session="s", name="one")
    story.rows.append(dict(story.rows[0]))
    both.add(story)
    assert len(both.check()["duplicates"]) == 1
    story.add(9, device="d", session="s", name="two")
    story.rows.append(dict(story.rows[0]))
    both.sources[0].write_text(story.tsv() + "no event\n")
    made = both.run(both.sources[0])
    assert (made.events, made.duplicates, made.rejected) == (2, 2, 1)
    again = both.run(both.sources[0])
    assert (again.events, again.duplicates, again.rejected) == (2, 2, 1)


def test_a_file_that_could_not_be_read_is_read_once_it_can_be(both, story, tmp_path):
    story.add(0, device="d", name="one")
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "events.tsv").symlink_to(tmp_path / "later.tsv")
    assert [both.run(folder).rejected for _ in range(2)] == [1, 1]
    (tmp_path / "later.tsv").write_text(story.tsv())
    assert both.run(folder).events == 1


def test_a_source_that_did_not_change_is_not_read(both, story, monkeypatch):
    story.add(0, device="d", session="s")
    both.add(story)
    read = []
    load = running.load
    monkeypatch.setattr(running, "load", lambda c, files, **kw: read.extend(files) or load(c, files, **kw))
    both.run(*both.sources)
    assert read == []
    both.check()


def test_other_rules_make_all_of_the_file_s_own_events_again(both, story):
    rule = Carrier("event", "iglu:com.acme/placed/jsonschema/1-*-*", "order")
    story.add(0, device="d", session="s")
    story.add(9, device="d", session="t", user_id="ada")
    both.add(story)
    both.config = Config(threads=1, anonymous="session", transaction=(rule,))
    made = both.run()
    both.check()
    assert made.persons == 2


def test_other_models_or_another_version_of_the_engine_make_all_again(both, story, monkeypatch):
    story.add(0, device="d", session="s")
    both.add(story)
    with opened(both.added, config=both.config) as connection:
        connection.execute("UPDATE rules_applied SET rules = '[]'")
        connection.execute("DELETE FROM persons")
        for view in ("journeys", "page_view_entities"):
            connection.execute(f"DROP VIEW {view}")
    assert both.run().persons == 1
    both.check()


def test_a_file_that_keeps_nothing_to_go_on_from_is_left_as_it_is(both, story):
    story.add(0, device="d", session="s")
    both.add(story)
    both.whole.unlink()
    driver.run(both.sources, to=both.whole, config=both.config, progress=quiet)
    with pytest.raises(JourneysFileError, match="give all sources again, with --full"):
        running.run(both.sources, to=both.whole, config=both.config, progress=quiet)
    running.run(both.sources, to=both.whole, config=both.config, progress=quiet, is_full=True)
    running.run([], to=both.whole, config=both.config, progress=quiet)
    both.check()


def test_a_run_of_a_date_is_made_whole_by_the_next(both, story):
    story.add(0, device="d", session="s")
    story.add(60 * 24 * 3, device="d", session="t", user_id="ada")
    both.add(story)
    at = (MORNING + timedelta(days=1)).replace(tzinfo=None)
    made = running.run(both.sources, to=both.added, config=both.config, progress=quiet, as_of=at)
    assert made.events == 1
    assert both.run(*both.sources).events == 2
    both.check()


def test_a_run_that_fails_in_the_middle_of_its_merge_leaves_the_tables_of_the_run_before(
    both, story, monkeypatch
):
    story.add(0, device="d", session="s")
    both.add(story)
    before = rows(both.added)

    def failing(*_):
        raise duckdb.Error("no space left")

    monkeypatch.setattr(running, "count_all", failing)
    more = Story()
    more.add(9, device="e", session="t", name="more")
    with pytest.raises(driver.RunFailedError, match="could not be made: no space left"):
        both.add(more)
    assert rows(both.added) == before


def test_a_run_that_is_killed_in_its_merge_leaves_the_tables_of_the_run_before_and_can_be_run_again(
    both, tmp_path
):
    chosen = random.Random(3)
    events = histories(3, 40)
    chosen.shuffle(events)
    both.add(events[:400])
    before = rows(both.added)
    write_tsv(events[400:], tmp_path / "1.tsv")
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tracking_middleware.journeys.config import Config\n"
        "from tracking_middleware.journeys.increments import running\n"
        "def waiting(connection):\n"
        "    print('merged', flush=True)\n"
        "    sys.stdin.read()\n"
        "running.count_all = waiting\n"
        "config = Config(threads=1, max_persons_per_identifier=3)\n"
        "running.run([Path('1.tsv')], to=Path('added.duckdb'), config=config, progress=lambda *_: None)\n"
    )
    line = [sys.executable, "-c", code]
    with subprocess.Popen(line, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"merged\n"
        process.kill()
        process.wait(PATIENCE)
    assert rows(both.added) == before
    both.add(events[400:])
    both.check()


def test_a_person_is_taken_apart_by_a_run_without_sources(both, story, monkeypatch, capsys):
    monkeypatch.chdir(both.folder)
    story.add(0, device="d", session="s", user_id="ada")
    story.add(9, device="e", session="t", user_id="ada")
    (both.folder / "events.tsv").write_text(story.tsv())
    assert main(["journeys", "run", "events.tsv"]) == 0
    assert main(["journeys", "separate", "user_id=ada", f"domain_userid={key('e')}"]) == 0
    assert main(["journeys", "run"]) == 0
    found = rows(both.folder / "journeys.duckdb", "persons")["persons"]
    assert sorted(str(row[1]) for row in found) == ["None", "ada"]
    with pytest.raises(SystemExit):
        main(["journeys", "run", "--full"])
    assert "give files or folders of events" in capsys.readouterr().err
