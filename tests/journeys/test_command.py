"""``tracking-middleware journeys`` as it is typed."""

import importlib.util
import os
import pty
import re
import subprocess
import sys

import duckdb
import pytest

from tracking_middleware.commands import journeys_file as command
from tracking_middleware.commands.cli import main

from ..conftest import PATIENCE
from .conftest import entities, handed_off, key


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def told(story, folder):
    """Somebody who reads, buys, and returns it."""
    story.add(0, side="server", device="d", session="s", page_title="A sweater", mkt_campaign="spring")
    story.add(0.02, device="d", session="s", page_title="A sweater", mkt_campaign="spring")
    story.add(
        5, side="server", event="unstruct", event_name="order_placed", device="d", session="s", user_id="ada"
    )
    contexts = entities(handed_off("d", session="s"))
    story.add(
        60 * 24 * 14, side="off", event="unstruct", event_name="order_returned", device="d", contexts=contexts
    )
    (folder / "events.tsv").write_text(story.tsv())
    return story


def test_run_says_what_it_made(told, folder, capsys):
    assert main(["journeys", "run", "events.tsv"]) == 0
    said, told_of = capsys.readouterr()
    assert re.search(r"^events +4 ", said, re.MULTILINE)
    assert re.search(r"^persons +1 +\(1 of more than one identifier\)", said, re.MULTILINE)
    assert re.search(r"^page views +1 +\(1 by both sides\)", said, re.MULTILINE)
    assert re.search(r"^rejected +0$", said, re.MULTILINE)
    assert re.search(
        r"^[0-9.]+ s, [0-9]+ MB at the most; the tables are in journeys.duckdb$", said, re.MULTILINE
    )
    assert re.search(r"^ +[0-9]+/[0-9]+ page_views$", told_of, re.MULTILINE)
    assert "\r" not in told_of


def test_on_a_terminal_a_bar_is_drawn(told, folder):
    leader, follower = pty.openpty()
    line = [sys.executable, "-m", "tracking_middleware", "journeys", "run", "events.tsv"]
    done = subprocess.run(line, stderr=follower, stdout=subprocess.PIPE, timeout=PATIENCE * 4, check=True)
    os.close(follower)
    drawn = os.read(leader, 1_000_000)
    os.close(leader)
    assert b"\r[" in drawn
    assert b"events" in done.stdout


def test_rejected_rows_are_counted_and_in_the_exit_status(told, folder, capsys):
    with (folder / "events.tsv").open("a") as stream:
        stream.write("no event\n")
    assert main(["journeys", "run", "events.tsv", "--to", "other.duckdb"]) == 1
    said, told_of = capsys.readouterr()
    assert re.search(r"^rejected +1$", said, re.MULTILINE)
    assert "1 rows were rejected: the table rejected says which, and why" in told_of
    assert (folder / "other.duckdb").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nothing.tsv"], "nothing.tsv: there is no such file or folder"),
        (["run", "events.tsv", "--config", "nothing.toml"], "nothing.toml"),
        (["run", "events.tsv", "--config", "wrong.toml"], "[page_view] windw_seconds is no setting"),
        (["run", "events.tsv", "--to", "out.tsv"], "out.tsv would be a file of DuckDB, which .tsv is not"),
        (["run", "events.tsv", "--to", "out.tsv.gz"], "which .gz is not: call it out.duckdb"),
        (["run", "events.tsv", "--to", "out.csv"], "call it out.duckdb"),
        (["sql", "--dialect", "cobol"], "'cobol' is no dialect of sqlglot's"),
    ],
)
def test_misuse_is_two(told, folder, capsys, arguments, said):
    (folder / "wrong.toml").write_text("[page_view]\nwindw_seconds = 1\n")
    with pytest.raises(SystemExit) as ended:
        main(["journeys", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (folder / "journeys.duckdb").exists()


def test_two_runs_at_once_the_second_says_who_holds_the_file(told, folder, capsys):
    opening = "import duckdb, sys; held = duckdb.connect('journeys.duckdb')"
    hold = f"{opening}; print('held', flush=True); sys.stdin.read()"
    line = [sys.executable, "-c", hold]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert main(["journeys", "run", "events.tsv"]) == 3
        holder.stdin.close()
        holder.wait(PATIENCE)
    said = capsys.readouterr().err
    assert "journeys.duckdb is held by another run" in said
    assert str(holder.pid) in said


def test_a_file_that_is_no_duckdb_is_left_as_it_is(told, folder, capsys):
    (folder / "notes.txt").write_text("mine" * 4096)
    assert main(["journeys", "run", "events.tsv", "--to", "notes.txt"]) == 1
    assert "notes.txt cannot be used" in capsys.readouterr().err
    assert (folder / "notes.txt").read_text() == "mine" * 4096


@pytest.mark.parametrize("arguments", [[], ["--full"]])
def test_somebody_else_s_tables_are_not_replaced(told, folder, capsys, arguments):
    with duckdb.connect("theirs.duckdb") as connection:
        connection.execute("CREATE TABLE sessions AS SELECT 42 AS answer")
    assert main(["journeys", "run", "events.tsv", "--to", "theirs.duckdb", *arguments]) == 1
    assert "the file has a table sessions that no run made" in capsys.readouterr().err
    with duckdb.connect("theirs.duckdb") as connection:
        assert connection.execute("SELECT answer FROM sessions").fetchall() == [(42,)]


@pytest.mark.parametrize("name", ["ada", key("d"), key("s")])
def test_show_prints_one_journey_as_a_line_of_time(told, folder, capsys, name):
    assert main(["journeys", "run", "events.tsv"]) == 0
    capsys.readouterr()
    assert main(["journeys", "show", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"[0-9a-f]{32}: user_id ada, 4 events from 2026-03-14 09:00 to 2026-03-28 09:00 UTC", lines[0]
    )
    placed, device, user = told.rows[2]["event_id"], key("d"), "ada"
    assert (
        f"  domain_userid {device}, 2026-03-14 to 2026-03-28: "
        f"the order_placed {placed} has it with user_id {user}" in lines
    )
    assert "Saturday, 14 March 2026" in lines
    assert f"  session {key('s')} (campaign spring)" in lines
    sides = [line.split("  ")[3].strip() for line in lines if re.match(r"    \d\d:", line)]
    assert sides == ["browser+server", "server", "off the browser"]
    assert "Saturday, 28 March 2026, 14 days later" in lines
    assert lines[-1].endswith("order_returned    (by token)")


def test_show_of_nobody_says_so(told, folder, capsys):
    assert main(["journeys", "show", "ada"]) == 1
    assert (
        "journeys.duckdb is not there: tracking-middleware journeys run makes it" in capsys.readouterr().err
    )
    main(["journeys", "run", "events.tsv"])
    assert main(["journeys", "show", "eve"]) == 1
    assert "eve is no person's key and no identifier" in capsys.readouterr().err


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "clickhouse", "spark", "snowflake", "bigquery"])
def test_sql_prints_the_models_in_their_order(capsys, dialect):
    assert main(["journeys", "sql", "--dialect", dialect]) == 0
    said = capsys.readouterr().out
    names = ("events", "event_persons", "page_views", "sessions", "journeys", "adblock_gap")
    places = [re.search(rf"(TABLE|VIEW) {name}\b", said).start() for name in names]
    assert places == sorted(places)
    assert "-- One row a session" in said


@pytest.mark.parametrize("arguments", [["run", "events.tsv"], ["show", "ada"], ["sql"]])
def test_without_the_extra_the_line_that_installs_it_is_said(told, folder, capsys, monkeypatch, arguments):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    assert main(["journeys", *arguments]) == 1
    assert 'pip install "tracking_middleware[journeys]"' in capsys.readouterr().err


def test_nothing_of_the_extra_is_loaded_until_it_is_needed():
    code = (
        "import sys; from tracking_middleware.commands.cli import command_parser; command_parser(); "
        "sys.exit(any(name in sys.modules for name in ('duckdb', 'sqlglot', 'crawleruseragents')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
    assert importlib.util.find_spec("duckdb") is not None


def test_show_without_a_name_says_what_to_give(folder, capsys):
    for name in ("", " "):
        with pytest.raises(SystemExit, match="2"):
            main(["journeys", "show", name])
        assert "give a person's key, a user_id, an order's number" in capsys.readouterr().err
