"""``tracking-middleware forget`` on a store and an outbox: whose events go, whose stay, and what is said."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sqlite3
import stat
import sys

import pytest

from tracking_middleware.collector.store.store import Store
from tracking_middleware.identity.sealing import Sealer
from tracking_middleware.identity.subject import Subject

from ..collector.conftest import page_view
from ..collector.test_store_queries import rows
from .conftest import (
    ADA,
    ADAS,
    BAD,
    BEA,
    LAPTOP,
    NAMING,
    OTHERS,
    PHONE,
    SESSIONS,
    SHARED,
    bytes_of,
    canaries,
    stored,
    waiting,
)

STAY = sorted([*OTHERS, *NAMING])


def test_only_theirs_goes_from_the_store_and_what_others_sent_names_them_no_more(store_path, forget):
    assert any(canary in bytes_of(store_path) for canary in canaries())
    status, out, err = forget("--user-id", ADA, "--store", store_path, "--yes")
    assert (status, err) == (0, "")
    assert stored(store_path) == (STAY, 1)
    assert f"took out 1 bad rows, {len(ADAS)} events, {len(NAMING) + 1} others' events that name them" in out
    assert [canary for canary in canaries() if canary in bytes_of(store_path)] == []


def test_only_theirs_goes_from_the_outbox_and_the_ledger_has_it(outbox_path, forget):
    before = waiting(outbox_path)[1]
    assert forget("--user-id", ADA, "--outbox", outbox_path, "--yes")[0] == 0
    titles, ledger = waiting(outbox_path)
    assert titles == sorted([*STAY, "bea"])
    assert (ledger.forgotten, ledger.evicted, ledger.dead) == (len(ADAS) + 1, 0, 1)
    assert (ledger.stored, ledger.pending) == (before.stored, before.pending - len(ADAS))
    assert [canary for canary in canaries() if canary in bytes_of(outbox_path)] == []


@pytest.mark.parametrize(
    "whom",
    [("--domain-userid", PHONE), ("--domain-userid", LAPTOP), ("--token", f"{PHONE}.1767344400000")],
    ids=["a device", "another device", "a token"],
)
def test_a_device_of_one_leads_to_its_user_and_all_their_devices(store_path, forget, whom):
    assert forget(*whom, "--store", store_path, "--yes")[0] == 0
    assert stored(store_path) == (STAY, 1)


def test_a_token_of_seal_leads_to_whom_it_is_of(store_path, forget):
    sealer = Sealer(["a secret key of this test alone"], clock=lambda: 1_700_000_000)
    subject = Subject(domain_userid=PHONE, domain_sessionid=SESSIONS["a"])
    token = sealer.seal(subject, consent="full")
    assert forget("--token", token, "--store", store_path, "--yes")[0] == 0
    assert stored(store_path) == (STAY, 1)


def test_a_shared_device_by_its_own_id_loses_what_nobody_is_named_in(store_path, forget):
    status, out, _ = forget("--domain-userid", SHARED, "--store", store_path, "--yes")
    assert status == 0
    assert "1 of the browsers are shared" in out
    assert stored(store_path)[0] == sorted({*ADAS, *OTHERS, *NAMING} - {"nobody's on the shared"})


def test_a_short_id_is_taken_out_and_not_looked_for_in_others_texts(tmp_path, forget):
    store = Store(path := tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="theirs", uid="7"), page_view(page="7 of 7", uid="77")))
    store.close()
    assert forget("--user-id", "7", "--store", path, "--yes")[0] == 0
    assert stored(path) == (["7 of 7"], 0)


def test_what_others_have_beside_the_name_stays_as_it_was(store_path, forget):
    forget("--user-id", ADA, "--store", store_path, "--yes")
    store = Store(store_path)
    by_title = {row.summary.page_title: row for row in store.latest(most=100).rows if row.is_good}
    store.close()
    assert by_title["by a link"].shape["event"]["page_url"] == (
        "https://a.example/?_sp=forgotten.1700000000000&x=1"
    )
    assert by_title["in an entity"].shape["event"]["contexts"]["data"][0]["data"] == {"email": "forgotten"}
    assert by_title["in an entity"].summary.user_id == BEA


def test_it_shows_what_it_would_take_out_and_does_nothing_without_a_yes(
    store_path, forget, monkeypatch, tmp_path
):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for answer, said in (("n\n", ""), ("", "give --yes")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        status, out, err = forget("--user-id", ADA, "--store", store_path)
        assert status == 1
        assert f"{len(ADAS)} events" in out
        assert "known by 1 user_id, 2 domain_userid, 4 domain_sessionid" in out
        assert said in err
        assert "nothing was taken out" in err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert forget("--user-id", ADA, "--store", store_path)[0] == 0


def test_the_receipt_has_counts_and_hashes_and_nobodys_identifier(store_path, outbox_path, forget, tmp_path):
    path = tmp_path / "receipt.json"
    forget("--user-id", ADA, "--store", store_path, "--outbox", outbox_path, "--yes", "--receipt", path)
    text = path.read_text()
    receipt = json.loads(text)
    assert [word for word in (ADA, PHONE, LAPTOP, *SESSIONS.values()) if word in text] == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    of_store, of_outbox = receipt["files"]
    assert of_store["removed"]["events"] == len(ADAS)
    assert of_outbox["removed"]["dead letters"] == 1
    assert of_store["identifiers_left"] == of_outbox["identifiers_left"] == 0
    (hashed,) = receipt["identifiers"]
    salt = base64.b64decode(hashed["salt"])
    again = hashlib.scrypt(f"user_id={ADA}".encode(), salt=salt, n=hashed["n"], r=8, p=1, dklen=32)
    assert base64.b64decode(hashed["scrypt"]) == again


def test_an_identifier_that_is_nowhere_is_refused_with_where_was_looked(store_path, outbox_path, forget):
    before = store_path.read_bytes()
    files = ("--store", store_path, "--outbox", outbox_path)
    status, out, err = forget("--user-id", ADA, "--user-id", "nobody-at-all", *files, "--yes")
    assert (status, out) == (1, "")
    assert "user_id 'nobody-at-all' is nowhere" in err
    assert str(store_path) in err
    assert str(outbox_path) in err
    assert store_path.read_bytes() == before
    assert not list(store_path.parent.glob("*.forgetting"))


def test_what_is_only_left_in_free_pages_is_written_over(tmp_path, outbox_path, forget):
    with sqlite3.connect(outbox_path) as connection:
        connection.execute("DELETE FROM events")
        connection.execute("DELETE FROM dead_letters")
    connection.close()
    assert ADA.encode() in bytes_of(outbox_path)
    assert forget("--user-id", ADA, "--outbox", outbox_path, "--yes")[0] == 0
    assert ADA.encode() not in bytes_of(outbox_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--store", "x"], "whom?"),
        (["--user-id", "", "--store", "x"], "--user-id is empty"),
        (["--user-id", "x"], "where?"),
        (["--token", "x", "--store", "x"], "--token 'x'"),
        (["--user-id", "x", "--store", "x", "--wait", "soon"], "no number of seconds"),
    ],
)
def test_misuse_is_answered_with_the_usage(forget, arguments, said, capsys):
    with pytest.raises(SystemExit) as end:
        forget(*arguments)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_none_is_refused(tmp_path, forget, store_path, outbox_path):
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE things (name)")
    connection.close()
    text = tmp_path / "text"
    text.write_text("no database, but long enough to be taken for one" * 100)
    for option, path in (
        ("--store", tmp_path / "nothing"),
        ("--store", outbox_path),
        ("--store", other),
        ("--store", text),
        ("--outbox", store_path),
        ("--outbox", tmp_path),
    ):
        status, _, err = forget("--user-id", ADA, option, path, "--yes")
        assert status == 1, (option, path)
        assert str(path) in err
        assert "Traceback" not in err
    assert not list(tmp_path.glob("*.forgetting"))
    assert not (tmp_path / "nothing").exists()
    assert len(BAD) == 2


@pytest.mark.parametrize("whom", [ADA, "acme-customer-1", "ada-12345"])
def test_an_id_that_is_a_part_of_anothers_leaves_the_other_as_it_is(tmp_path, forget, whom):
    others = [f"{whom}.au", f"n{whom}", f"{whom}2"]
    store = Store(path := tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="theirs", uid=whom)))
    store.add(rows(*(page_view(page=each, uid=each, url=f"https://a.example/?u={whom}") for each in others)))
    store.close()
    status, out, err = forget("--user-id", whom, "--store", path, "--yes")
    assert (status, err) == (0, "")
    assert "took out 1 events, 3 others' events that name them" in out
    store = Store(path)
    left = {row.summary.user_id: row.shape["event"]["page_url"] for row in store.latest(most=9).rows}
    store.close()
    assert left == dict.fromkeys(others, "https://a.example/?u=forgotten")
    status, _, err = forget("--user-id", whom, "--store", path, "--yes")
    assert (status, "is nowhere" in err) == (1, True)


@pytest.mark.parametrize("given", ["ada\n canary 1", "ada canary\t2", " ada  canary 3 "])
def test_an_id_is_looked_for_as_it_was_sent_too(tmp_path, forget, given):
    store = Store(path := tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="theirs", uid=given), page_view(page="another", uid="ada")))
    store.close()
    status, out, err = forget("--user-id", given, "--store", path, "--yes")
    assert (status, err) == (0, "")
    assert "known by 1 user_id" in out
    assert stored(path) == (["another"], 0)


@pytest.mark.parametrize(
    "written",
    [
        *("o'neil%2B1%40example.com", "o%27neil%2b1%40example.com", "o'neil+1@example.com"),
        *("a%3Fu%3Do%2527neil%252B1%2540example.com", "o%27neil%2B1%40example.com"),
    ],
)
def test_an_id_is_found_in_all_ways_in_which_urls_have_it(tmp_path, forget, written):
    store = Store(path := tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="theirs", uid="o'neil+1@example.com")))
    store.add(rows(page_view(page="another", uid=BEA, url=f"https://a.example/?next={written}&x=1")))
    store.close()
    assert forget("--user-id", "o'neil+1@example.com", "--store", path, "--yes")[0] == 0
    assert b"neil" not in bytes_of(path)


@pytest.mark.parametrize(
    "other", ["J\u00f6rg@Example.com", "Jo\u0308rg@example.com", " j\u00f6rg@example.com"]
)
def test_an_id_that_reads_alike_stays_and_is_told(tmp_path, forget, other):
    store = Store(path := tmp_path / "events.sqlite3")
    store.add(rows(page_view(page="theirs", uid="j\u00f6rg@example.com"), page_view(page="alike", uid=other)))
    store.close()
    status, out, _ = forget("--user-id", "j\u00f6rg@example.com", "--store", path, "--yes")
    assert (status, f"{other!r} reads alike and stays" in out) == (0, True)
    assert stored(path) == (["alike"], 0)
    status, _, err = forget("--user-id", "j\u00f6rg@example.com", "--store", path, "--yes")
    assert (status, f"reads alike is there: {other!r}" in err) == (1, True)
