"""``tracking-middleware forget --journeys``: a file without the person, which no run brings back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from tracking_middleware.commands.cli import main
from tracking_middleware.forgetting.files import journeys_copy
from tracking_middleware.journeys.apart.separations import TABLE
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.file import opened

from ..conftest import PATIENCE
from ..journeys.conftest import Story, entities, handed_off, key
from .conftest import ADA, BEA, PHONE, bytes_of, canaries

_MADE_ANEW = {"forgotten_key", "forgotten_identifiers", "files_read", "last_run", "rules_applied"}
ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
CONFIG = f"""
[identity]
transaction = [{{ entity = "{ORDER}", field = "number" }}]
[conversion]
entity = "{ORDER}"
id = "number"
value = "total"
"""


def ordered(number, total=10):
    return (ORDER, {"number": number, "total": total})


def shop(*, with_ada=True):
    """Two days of two people; Ada's order goes on where nobody's browser is, and her link is passed on."""
    story = Story()
    for day in (0, 2880):
        for person, device in ((ADA, PHONE), (BEA, "b")):
            if person == BEA or with_ada:
                what = {"user_id": person, "domain_userid": device, "page_title": "canary"}
                name = f"{person} {day}"
                story.add(day, name=name, session=f"{device} {day}", **what)
                story.rows[-1]["domain_userid"] = device
                story.rows.append(dict(story.rows[-1]))  # the same again
                number = ordered(f"{person} {day}")
                story.add(day + 1, side="server", contexts=entities(number), **what)
                story.rows[-1] |= {"domain_userid": device, "event_id": key(f"order {name}")}
                story.add(
                    day + 9, side="off", event="unstruct", contexts=entities(number), event_name="order"
                )
                story.rows[-1] |= {"event_id": key(f"return {name}")}
    url = f"https://shop.example/?_sp={PHONE}.1700000000000" if with_ada else None
    if url is None:
        url = "https://shop.example/?_sp=forgotten.1700000000000"
    story.add(20, session="b 0", user_id=BEA, page_url=url, name="passed on")
    return story


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The shop's events, and the file that a run makes of them, once for all tests."""
    folder = tmp_path_factory.mktemp("shop")
    (source := folder / "events.tsv").write_text(shop().tsv())
    (folder / "journeys.toml").write_text(CONFIG)
    to = folder / "journeys.duckdb"
    arguments = ["journeys", "run", str(source), "--config", str(folder / "journeys.toml"), "--to", str(to)]
    assert main(arguments) == 0
    return source, to


@pytest.fixture
def source(made):
    return made[0]


@pytest.fixture
def run(made, tmp_path, capsys):
    """Runs ``journeys run`` into the file of the test; what all begin with is copied."""
    (config := tmp_path / "journeys.toml").write_text(CONFIG)

    def go(*sources, to="journeys.duckdb"):
        path = tmp_path / to
        if sources == made[:1] and not path.exists():
            return shutil.copy(made[1], path)
        arguments = ["journeys", "run", *map(str, sources), "--to", str(path)]
        assert main([*arguments, "--config", str(config)]) == 0
        capsys.readouterr()
        return path

    return go


def asked(path, question):
    with opened(path, config=Config(), read_only=True) as connection:
        return connection.execute(question).fetchall()


def contents(path):
    """All tables and views that a run makes, as sorted rows."""
    names = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept' ORDER BY 1"
    found = {}
    for (name,) in asked(path, names):
        if name not in _MADE_ANEW and not name.startswith("published_"):
            has_source = name in {"event_rows", "event_copies", "duplicates"}
            columns = "* EXCLUDE (source)" if has_source else "*"
            rows = asked(path, f"SELECT {columns} FROM {name}")
            if name == "island_nodes":  # an island's label is whichever node's
                rows = [(node,) for node, _ in rows]
            found[name] = sorted(map(repr, rows))
    return found


def test_the_file_is_as_if_the_person_had_never_come(source, run, forget, tmp_path):
    path = run(source)
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    (tmp_path / "without.tsv").write_text(shop(with_ada=False).tsv())
    assert contents(path) == contents(run(tmp_path / "without.tsv", to="without.duckdb"))
    assert [canary for canary in canaries() if canary in bytes_of(path)] == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir() if "unfinished" in each.name} == set()


def test_neither_the_next_run_nor_a_full_one_brings_it_back_from_its_sources(source, run, forget):
    path = run(source)
    status, out, _ = forget("--user-id", ADA, "--journeys", path, "--yes")
    assert status == 0
    assert f"{source} has it still" in out
    before = contents(path)
    source.write_text(source.read_text())
    os.utime(source, ns=(1, 1))
    assert contents(run(source)) == before
    run(source, "--full")
    ada = f"user_id = '{ADA}' OR domain_userid = '{PHONE}'"
    assert asked(path, f"SELECT count(*) FROM events WHERE {ada}") == [(0,)]
    assert asked(path, "SELECT count(*) FROM persons") == [(1,)]


def test_who_comes_again_afterwards_is_new(source, run, forget, tmp_path):
    path = run(source)
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    later = Story()
    later.add(0, user_id=ADA, session="later")
    later.rows[0] |= {"collector_tstamp": "2999-01-01 00:00:00.000"}
    (tmp_path / "later.tsv").write_text(later.tsv())
    run(tmp_path / "later.tsv")
    assert asked(path, f"SELECT count(*) FROM events WHERE user_id = '{ADA}'") == [(1,)]


def test_on_a_shared_browser_only_their_sessions_go(run, forget, tmp_path):
    story = Story()
    for name in "abc":
        user = {"a": {"user_id": ADA}, "b": {"user_id": BEA}}.get(name, {})
        story.add("abc".index(name) * 100, device="shared", session=name, name=name, **user)
        story.add("abc".index(name) * 100 + 1, device="shared", session=name, name=f"{name} too")
    (tmp_path / "shared.tsv").write_text(story.tsv())
    (tmp_path / "journeys.toml").write_text("")
    path = run(tmp_path / "shared.tsv")
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    left = {row[0] for row in asked(path, "SELECT event_id FROM events")}
    assert left == {key(name) for name in ("b", "b too", "c", "c too")}
    assert forget("--user-id", BEA, "--journeys", path, "--yes")[0] == 0


def test_days_that_were_published_keep_their_sums_over_runs(source, run, forget):
    path = run(source)
    gap = "SELECT value, server_page_views, missing FROM {} WHERE dimension = 'day' ORDER BY value LIMIT 1"
    money = "SELECT day, conversions, value FROM published_campaign_days WHERE model = 'last'"
    before = asked(path, gap.format("adblock_gap"))
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    assert asked(path, gap.format("published_adblock_gap")) == before
    assert asked(path, gap.format("adblock_gap")) != before or not before
    ((_day, conversions, value),) = asked(path, money)
    assert (conversions, value) == (2, 20)  # Ada's and Bea's of the first day
    run(source, "--full")
    assert asked(path, gap.format("published_adblock_gap")) == before
    assert asked(path, money)[0][1:] == (2, 20)
    assert forget("--user-id", BEA, "--journeys", path, "--yes")[0] == 0
    assert asked(path, money)[0][1:] == (2, 20)


def test_what_is_kept_apart_and_tables_of_others_lose_the_person_too(source, run, forget):
    path = run(source)
    with opened(path, config=Config()) as connection:
        connection.execute(TABLE)
        row = "INSERT INTO separations VALUES ('user_id', ?, 'domain_userid', ?, TIMESTAMP '2026-01-01')"
        connection.executemany(row, [[ADA, "b"], [BEA, "c"]])
        connection.execute("CREATE TABLE mine AS SELECT event_id, user_id FROM events")
        connection.execute(
            "INSERT INTO separations VALUES ('user_id', '7', 'token', 'x', TIMESTAMP '2026-01-01')"
        )
        connection.execute("CREATE TABLE campaigns AS SELECT '7' AS name")
        connection.execute("UPDATE event_rows SET user_id = '7' WHERE event_id = ?", [key("passed on")])
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    assert forget("--user-id", "7", "--journeys", path, "--yes")[0] == 0
    assert asked(path, "SELECT value_a FROM separations") == [(BEA,)]
    assert asked(path, "SELECT name FROM campaigns") == [("7",)]
    assert asked(path, "SELECT count(*) FROM mine WHERE user_id IS NOT NULL") == [(4,)]
    assert ADA.encode() not in bytes_of(path)


def test_the_journeys_links_lead_to_what_other_files_have(store_path, run, forget, tmp_path):
    """A token of a link joins two browsers for the journeys, which an event by itself does not say."""
    story = Story()
    story.add(0, session="one", name="one")
    story.rows[-1] |= {"domain_userid": PHONE}
    story.add(
        5, device="elsewhere", session="two", contexts=entities(handed_off("x", at="2026-03-14T09:01:00Z"))
    )
    story.rows[-1]["contexts"] = story.rows[-1]["contexts"].replace(key("x"), PHONE).replace("hand_off", "")
    (tmp_path / "link.tsv").write_text(story.tsv())
    (tmp_path / "journeys.toml").write_text("")
    path = run(tmp_path / "link.tsv")
    assert len(asked(path, "SELECT DISTINCT person_id FROM event_persons")) == 1
    assert forget("--domain-userid", PHONE, "--journeys", path, "--store", store_path, "--yes")[0] == 0
    assert asked(path, "SELECT count(*) FROM events") == [(0,)]
    assert [canary for canary in canaries() if canary in bytes_of(store_path)] == []


def test_a_file_that_a_run_holds_is_waited_for_and_then_said(source, run, forget):
    path = run(source)
    holding = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('has it', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"has it\n"
        status, _, err = forget("--user-id", ADA, "--journeys", path, "--yes", "--wait", "0.2")
        assert status == 3
        if sys.platform == "linux":
            assert f"process {holder.pid} (" in err
    finally:
        holder.communicate(timeout=PATIENCE)
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0


_DIE = """
import os, signal, sys
from tracking_middleware.commands.cli import main
from tracking_middleware.forgetting import forgetting
from tracking_middleware.forgetting.files import journeys_copy

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "patch",
    ["journeys_copy.make_again = die", "forgetting.write_receipt = die"],
)
def test_killed_in_the_middle_the_same_call_goes_on(source, run, forget, patch):
    path = run(source)
    arguments = ["--domain-userid", PHONE, "--journeys", str(path), "--yes"]
    script = _DIE.format(patch=patch)
    killed = subprocess.run([sys.executable, "-c", script, "forget", *arguments], timeout=PATIENCE * 4)
    assert killed.returncode == -signal.SIGKILL
    status, out, _ = forget(*arguments)
    assert (status, "broken off" in out) == (0, True)
    assert [canary for canary in canaries() if canary in bytes_of(path)] == []
    assert asked(path, "SELECT count(*) FROM persons") == [(1,)]
    assert not list(path.parent.glob(".*"))


def test_a_file_that_is_none_of_a_run_is_refused(tmp_path, forget, store_path, source, run):
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE things (name VARCHAR)")
    for path in (tmp_path / "nothing", other, store_path):
        status, _, err = forget("--user-id", ADA, "--journeys", path, "--yes")
        assert (status, str(path) in err) == (1, True)
    path = run(source, "--as-of", "2026-03-14")
    status, _, err = forget("--user-id", ADA, "--journeys", path, "--yes")
    assert (status, "of a date" in err) == (1, True)


def test_by_a_link_to_the_file_the_file_itself_is_made_anew(source, run, forget, tmp_path):
    path = run(source)
    link = tmp_path / "link.duckdb"
    link.symlink_to(path)
    assert forget("--user-id", ADA, "--journeys", link, "--yes")[0] == 0
    assert link.is_symlink()
    assert ADA.encode() not in path.read_bytes()


def test_what_is_not_written_whole_takes_the_place_of_nothing(source, run, forget, monkeypatch, tmp_path):
    path = run(source)
    before = contents(path)

    def on_a_full_disk(to, **options):
        make_again(to, **options)
        to.with_name(f"{to.name}.wal").write_bytes(b"what is not in the file")

    make_again = journeys_copy.make_again
    with monkeypatch.context() as patch:
        patch.setattr(journeys_copy, "make_again", on_a_full_disk)
        status, _, err = forget("--user-id", ADA, "--journeys", path, "--yes")
    assert (status, "is the disk full" in err, contents(path)) == (1, True, before)
    assert not list(tmp_path.glob(".*"))
    assert forget("--user-id", ADA, "--journeys", path, "--yes")[0] == 0
    assert [canary for canary in canaries() if canary in bytes_of(path)] == []
