"""The command's --tail: a line for each event, and nothing of an event that steers the terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.micro.showing import Showing
from tracking_middleware.collector.micro.tail import Tail, line_of
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.schemas.iglu import Iglu

from ..conftest import PATIENCE, SCHEMA, Collector
from .conftest import page_view

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
OWN_TIME = "1795568398001"
"""2026-11-25T00:59:58.001Z, some minutes before the events are received."""
ID = "33333333-3333-4333-8333-333333333333"
SCHEMAS = {ORDER: {"properties": {"margin": {"confidential": True}}}}


def rows(*events):
    hit = Hit(
        vendor="com.snowplowanalytics.snowplow",
        version="tp2",
        query="",
        body=json.dumps({"schema": SCHEMA, "data": list(events)}),
        content_type="application/json",
        timestamp="2026-11-25T01:02:03.456Z",
        address="127.0.0.1",
        useragent=None,
        referer=None,
        hostname="localhost",
        network_userid="00000000-0000-4000-8000-000000000007",
    )
    return rows_of(hit, Iglu(unknown_schemas="good").validation)


def plain(event):
    (row,) = rows(event)
    return line_of(row, is_coloured=False)


def test_a_page_view_is_a_line():
    line = plain(page_view(aid="news", duid="person-1", dtm=OWN_TIME, eid=ID))
    url = "https://www.example.com/a/b?x=1#top"
    assert line == f"00:59:58.001  good  web  news  page_view  {url}  person-1  {ID}"


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ({"dtm": "1700000000000"}, "2023-11-14 22:13:20.000  good"),
        ({"dtm": "1700000000000", "ttm": OWN_TIME}, "00:59:58.001  good"),
        ({"dtm": None}, "01:02:03.456  good"),
        ({"dtm": OWN_TIME, "eid": "x"}, "00:59:58.001  bad "),
        ({"dtm": "soon", "eid": "x"}, "01:02:03.456  bad "),
    ],
)
def test_the_time_is_the_events_own(times, shown):
    assert plain(page_view(**times)).startswith(shown)


def test_a_structured_event_shows_its_label_and_a_user_id_wins():
    line = plain(page_view(e="se", se_ca="basket", se_ac="add", se_la="RS-1", uid="u-7", duid="d"))
    assert "struct  basket / add / RS-1  u-7" in line
    assert "  -  " in line


def test_a_bad_row_says_why():
    line = plain(page_view(eid="x", aid="news", duid="d", dtm=OWN_TIME))
    assert line.startswith("00:59:58.001  bad   web  news  page_view  the event has fields that cannot")
    assert line.endswith("  d  x")
    (row,) = rows({})
    assert "required key 'e' is missing" in line_of(row, is_coloured=False)


def test_a_bad_self_describing_event_has_the_name_of_its_schema_as_a_good_one_has():
    data = {"schema": ORDER, "data": {}}
    wrapper = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": data}
    for eid, kind in ((ID, "good"), ("x", "bad ")):
        assert f"{kind}  web  news  order  " in plain(
            page_view(e="ue", aid="news", eid=eid, ue_pr=json.dumps(wrapper))
        )
    assert "bad   web  news  unstruct  " in plain(page_view(e="ue", aid="news", ue_pr="{"))
    assert "bad   web  news  xx  " in plain(page_view(e="xx", aid="news"))


STEERING = "\x1b[2J\x1b]0;owned\x07\r\n\x08\x7f\x9b31m\u202e\u2028\u200b\ud800\ttab"


@pytest.mark.parametrize("key", ["aid", "p", "url", "duid", "uid", "se_ca", "se_ac", "se_la", "eid", "e"])
@pytest.mark.parametrize("coloured", [True, False])
def test_nothing_that_an_event_says_steers_the_terminal(key, coloured):
    event = page_view(e="se", se_ca="a", se_ac="b")
    (row,) = rows({**event, key: STEERING})
    line = line_of(row, is_coloured=coloured)
    assert line.count("\x1b") == (4 if coloured else 0)
    assert re.sub(r"\x1b\[\d+m", "", line).isprintable()


def test_a_line_has_an_end():
    assert len(plain(page_view(aid="x" * 9000, duid="y" * 9000, url="https://a.example/" + "z" * 2000))) < 600


def test_what_is_confidential_is_not_written():
    stream = io.StringIO()
    tail = Tail(stream, Showing(SCHEMAS), is_coloured=False)
    data = {"schema": ORDER, "data": {"margin": "canary"}}
    wrapper = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": data}
    tail.heard(rows(page_view(e="ue", ue_pr=json.dumps(wrapper)), page_view(eid="x", co=json.dumps(wrapper))))
    tail.close()
    assert "order" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 2
    assert "canary" not in stream.getvalue()


def test_only_what_is_shown_elsewhere_is_written():
    class Hiding(Showing):
        def row(self, row):
            return replace(row, shape={**row.shape, "event": {**row.shape["event"], "app_id": "***"}})

    stream = io.StringIO()
    tail = Tail(stream, Hiding({}), is_coloured=False)
    tail.heard(rows(page_view(aid="canary")))
    tail.close()
    assert "***" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def test_a_terminal_that_is_held_up_holds_up_no_tracker():
    let_go = threading.Event()

    class Held(io.StringIO):
        def write(self, text):
            assert let_go.wait(PATIENCE)
            return super().write(text)

    stream = Held()
    tail = Tail(stream, Showing({}), is_coloured=False)
    (row,) = rows(page_view())
    tail.heard([row] * 12_000)
    let_go.set()
    tail.close(PATIENCE)
    *lines, _ = stream.getvalue().split("\n")
    missed = int(re.search(r"… (\d+) events", stream.getvalue())[1])
    assert len(lines) - 1 + missed == 12_000


def test_what_the_terminal_has_no_letters_for_is_escaped():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    tail = Tail(stream, Showing({}), is_coloured=False)
    tail.heard(rows(page_view(aid="zürich")))
    tail.close()
    assert b"z\\xfcrich" in stream.buffer.getvalue()


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError])
def test_a_reader_that_goes_away_ends_the_tail_only(error):
    class Gone(io.StringIO):
        def write(self, _text):
            raise error

    tail = Tail(Gone(), Showing({}), is_coloured=False)
    tail.heard(rows(page_view()))
    tail.heard(rows(page_view()))
    tail.close()


def test_the_command_prints_lines_without_colours_into_a_pipe():
    collector = Collector("--tail")
    collector.post(page_view(aid="news"), page_view(eid="x"))
    lines = [collector.process.stdout.readline() for _ in range(2)]
    assert ["good" in lines[0], "bad" in lines[1]] == [True, True]
    assert "\x1b" not in "".join(lines)
    assert collector.stop() == 0


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_told_otherwise(no_color, coloured):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracking_middleware", "collector", "--port", "0", "--tail"],
        env={**os.environ, "NO_COLOR": no_color, "TERM": "xterm"},
        stdout=theirs,
    )
    os.close(theirs)
    with open(ours, encoding="utf-8", newline="") as terminal:
        url = terminal.readline().split()[-1]
        collector = Collector.at(url)
        collector.post(page_view())
        line = terminal.readline()
        collector.client.close()
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert ("\x1b[32mgood" in line) is coloured


@pytest.mark.parametrize(
    ("sent", "shown"), [("pv", "page_view"), ("ue", "unstruct"), ("se", "struct"), ("zz", "zz")]
)
def test_a_bad_event_has_the_name_that_a_good_one_has(sent, shown):
    assert plain(page_view(aid="news", e=sent, eid="x")).split("  ")[3:5] == ["news", shown]
