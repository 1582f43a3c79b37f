"""A store and an outbox with the events of several people, in the ways in which they come there."""

from __future__ import annotations

import base64
import json
from collections import Counter

import pytest

from tracking_middleware.collector.store.store import Store
from tracking_middleware.commands.cli import main
from tracking_middleware.delivery.outbox.file import Outbox

from ..collector.conftest import page_view, wrapped
from ..collector.test_store_queries import rows

ADA = "ada-canary-7f3a@example.com"
BEA = "bea-2b@example.com"
PHONE, LAPTOP, SHARED, BEAS = (f"{digit * 8}-0000-4000-8000-00000000000{digit}" for digit in "1234")
SESSIONS = {name: f"{ord(name) - 50}" * 4 + "-1111-4111-8111-111111111111" for name in "abcdefg"}


def in_base64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def customer(value):
    return {"schema": "iglu:com.acme/customer/jsonschema/1-0-0", "data": {"email": value}}


def crossing(device, session, moment="2026-01-02T09:00:00.000Z"):
    return {
        "schema": "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0",
        "data": {"domain_user_id": device, "session_id": session, "timestamp": moment, "reason": "hand_off"},
    }


ADAS = {
    "named": page_view(page="named", uid=ADA, duid=PHONE, sid=SESSIONS["a"]),
    "same device": page_view(page="same device", duid=PHONE, sid=SESSIONS["b"]),
    "other device": page_view(page="other device", uid=ADA, duid=LAPTOP, sid=SESSIONS["c"]),
    "handed on": page_view(
        page="handed on", p="srv", duid=PHONE, cx=in_base64(wrapped(crossing(PHONE, SESSIONS["a"])))
    ),
    "on the shared": page_view(page="on the shared", uid=ADA, duid=SHARED, sid=SESSIONS["d"]),
    "before the login": page_view(page="before the login", duid=SHARED, sid=SESSIONS["d"]),
}
OTHERS = {
    "bea": page_view(page="bea", uid=BEA, duid=BEAS, sid=SESSIONS["e"]),
    "bea on the shared": page_view(page="bea on the shared", uid=BEA, duid=SHARED, sid=SESSIONS["f"]),
    "nobody's on the shared": page_view(page="nobody's on the shared", duid=SHARED, sid=SESSIONS["g"]),
}
NAMING = {
    "by a link": page_view(
        page="by a link", uid=BEA, duid=BEAS, url=f"https://a.example/?_sp={PHONE}.1700000000000&x=1"
    ),
    "in an entity": page_view(page="in an entity", uid=BEA, cx=in_base64(wrapped(customer(ADA)))),
    "quoted": page_view(page="quoted", duid=BEAS, url="https://a.example/u/ada-canary-7f3a%40example.com/x"),
}
BAD = {
    "hers": page_view(uid=ADA, dtm="no moment", ue_px="!"),
    "beas": page_view(uid=BEA, dtm="no moment", refr=f"https://a.example/{ADA}"),
}


def bytes_of(path):
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def canaries(person=ADA):
    """What must not be in any byte, as it is and as URLs and base64 have it."""
    return [person.encode(), b"ada-canary-7f3a%40example.com", in_base64(person).encode(), PHONE.encode()]


@pytest.fixture
def store_path(tmp_path):
    path = tmp_path / "events.sqlite3"
    store = Store(path)
    store.add(rows(*ADAS.values(), *OTHERS.values(), *NAMING.values()))
    store.add(rows(*BAD.values()))
    store.close()
    return path


@pytest.fixture
def outbox_path(tmp_path):
    path = tmp_path / "outbox.sqlite3"
    outbox = Outbox(path, lease_seconds=60)
    sent = [page_view(page=f"sent {number}", uid=ADA) for number in range(50)]
    outbox.store([(json.dumps(event).encode(), False) for event in sent])
    (batch,) = outbox.claim(most=100, most_bytes=1_000_000).batches
    outbox.deliver(batch)  # of these the file's free pages have copies
    for event in (*ADAS.values(), *OTHERS.values(), *NAMING.values()):
        outbox.store([(json.dumps(event).encode(), False)])
    outbox.bury(json.dumps(ADAS["named"]).encode(), is_anonymous=False, reason="HTTP status 400")
    outbox.bury(json.dumps(OTHERS["bea"]).encode(), is_anonymous=False, reason="HTTP status 400")
    outbox.close()
    return path


def stored(path):
    """The titles of what a store has, and its counts by kind, which must be those of its rows."""
    store = Store(path)
    try:
        listing = store.latest(most=1000)
        good, bad = store.counts()
        kinds = Counter(row.is_good for row in listing.rows)
        assert (kinds[True], kinds[False]) == (good, bad)
        return sorted(row.summary.page_title for row in listing.rows if row.is_good), bad
    finally:
        store.close()


def waiting(path):
    """The titles of what an outbox has to send, and its ledger."""
    outbox = Outbox(path)
    try:
        return sorted(json.loads(payload)["page"] for payload in outbox.payloads()), outbox.ledger()
    finally:
        outbox.close()


@pytest.fixture
def forget(capsys):
    """Runs the command: its status, and what it printed."""

    def run(*arguments):
        status = main(["forget", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run
