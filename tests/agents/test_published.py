"""What is published is read by a thread of its own, kept, and read again."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from tracking_middleware import SettingsError
from tracking_middleware.agents.proof.fetching import Fetched, FetchError
from tracking_middleware.agents.proof.lifetimes import OTHERWISE as EVERY
from tracking_middleware.agents.proof.published import LONGEST_KEPT, RETRY, Published
from tracking_middleware.agents.proof.sources import ExpiredError
from tracking_middleware.settings.agents.sources import Source

URL = Source("Example", "", "https://agent.example/keys")


class Operator:
    """A fetcher that gives what it is told to, and says when it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0
        self.now = 1000.0
        self.is_asked = threading.Event()

    def fetched(self, _url):
        self.asked += 1
        self.is_asked.set()
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, Fetched) else Fetched(given)

    def published(self, read=str, sources=(URL,)):
        return Published(
            sources,
            read,
            setting="agent_directories",
            fetcher=self,
            clock=lambda: self.now,
            now=lambda: self.now,
        )


def test_gives_at_once_what_is_there_and_reads_behind():
    fetched = Operator("keys")
    published = fetched.published()
    try:
        assert published.held() in ([(URL, None)], [(URL, "keys")])
        assert fetched.is_asked.wait(30)
    finally:
        published.close()


def test_reads_again_when_it_is_time():
    fetched = Operator("old", "new")
    published = fetched.published()
    published.refresh()
    fetched.now += EVERY - 1
    published.refresh()
    assert published._held[URL][0] == "old"
    fetched.now += 1
    published.refresh()
    assert published._held[URL][0] == "new"
    assert published.version == 2


@pytest.mark.parametrize("failure", [FetchError("answered 500"), ValueError("is no JSON"), RuntimeError("x")])
def test_keeps_what_it_has_where_reading_fails(failure, caplog):
    fetched = Operator("old", failure, "new")
    published = fetched.published()
    published.refresh()
    fetched.now += EVERY
    published.refresh()
    assert published._held[URL][0] == "old"
    assert caplog.text.count("agent_directories: Example=https://agent.example/keys") == 1
    fetched.now += RETRY
    published.refresh()
    assert published._held[URL][0] == "new"


def test_reads_sooner_what_is_asked_for_and_no_more_often_than_that():
    fetched = Operator("old", "new")
    published = fetched.published()
    assert not published.is_fresh(URL)
    published.refresh()
    assert published.is_fresh(URL)
    fetched.now += RETRY + 1
    assert not published.is_fresh(URL)
    published.refresh()
    assert published.is_fresh(URL)
    for _ in range(9):
        published.refresh()
    assert fetched.asked == 2


def test_reads_files_when_it_is_made(tmp_path):
    file = tmp_path / "keys.json"
    file.write_text("keys")
    source = Source("Example", "", str(file))
    published = Operator("").published(sources=(source,))
    published.close()
    assert published.held() == [(source, "keys")]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file"), (b"\xff", "is no text in UTF-8"), (b"bad", "is no number")],
)
def test_says_which_file_is_wrong(content, said, tmp_path):
    def read(text):
        raise ValueError("is no number")

    file = tmp_path / "keys.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=said) as caught:
        Operator("").published(read, sources=(Source("Example", "", str(file)),))
    assert caught.value.problems[0].startswith(f"agent_directories names the file {str(file)!r}, which")


def test_starts_no_thread_without_sources_and_one_in_a_process(monkeypatch):
    before = threading.active_count()
    assert Operator("").published(sources=()).held() == []
    assert threading.active_count() == before
    fetched = Operator("keys")
    published = fetched.published()
    for _ in range(3):
        published.held()
    assert fetched.is_asked.wait(30)
    closed = published._closed
    monkeypatch.setattr(os, "getpid", lambda: -1)
    fetched.is_asked.clear()
    fetched.now += EVERY
    published.held()
    assert fetched.is_asked.wait(30)
    published.close()
    closed.set()


def test_ends_its_thread_when_nobody_has_it():
    fetched = Operator("keys")
    published = fetched.published()
    published.held()
    closed = published._closed
    assert fetched.is_asked.wait(30)
    del published
    while not closed.wait(0.01):  # until the thread has let go of it
        gc.collect()


def test_tells_that_a_source_fails_and_that_it_is_read_again_and_nothing_in_between(caplog):
    down, gone = FetchError("answered 500"), FetchError("answered 404\nand more")
    published = (operator := Operator("keys", down, gone, RuntimeError("x"), "keys", gone)).published()
    told = []
    for _ in range(6):
        caplog.clear()
        published.refresh()
        told.append([record.getMessage() for record in caplog.records])
        operator.now += EVERY
    name = "tracking: agent_directories: Example=https://agent.example/keys"
    last = "last read 1970-01-01 00:16 UTC; it is tried again every 300 seconds"
    assert told[:5] == [[], [f"{name} answered 500; {last}"], [], [], [f"{name} is read again"]]
    assert told[5][0].startswith(f"{name} answered 404 and more; last read 1970-01-01 04:16 UTC")


def test_says_how_it_stands_with_each_source():
    operator = Operator(FetchError("answered 500"), "keys")
    source = Source("Example", "Reader", "https://agent.example/keys?token=secret")
    published = operator.published(sources=(source,))
    (state,) = published.states()
    assert (state.read, state.failed, state.read_at, state.error, state.sentence()) == (0, 0, None, "", "")
    published.refresh()
    (state,) = published.states()
    assert state.sentence() == (
        "agent_directories: Example/Reader=https://agent.example/keys answered 500; "
        "it was not read yet, and proves nobody"
    )
    operator.now += RETRY
    published.refresh()
    (state,) = published.states()
    assert state.as_dict() == {"read": 1, "failed": 1, "last_read": 1000 + RETRY, "error": ""}


def test_holds_what_was_read_for_as_long_as_the_answer_says():
    operator = Operator(Fetched("old", 500.0), "new")
    published = operator.published()
    published.refresh()
    operator.now += 499
    published.refresh()
    assert operator.asked == 1
    operator.now += 1
    published.refresh()
    assert (operator.asked, published._held[URL][0]) == (2, "new")


def test_believes_no_more_what_could_not_be_read_again_for_a_week(caplog):
    operator = Operator("keys", FetchError("answered 500"))
    published = operator.published()
    published.close()
    published.refresh()
    for after in (LONGEST_KEPT - 1, 1):
        operator.now += after
        published._due.clear()
        assert published.held() == [(URL, "keys")]
        published.refresh()
    assert published.held() == [(URL, None)]
    assert published.version == 2
    assert "is not believed any more" in caplog.text


def test_refuses_a_pipe_that_may_never_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="is no file"):
        Operator("").published(sources=(Source("Example", "", str(tmp_path / "pipe")),))


def test_a_file_whose_time_is_over_keeps_no_site_from_starting(tmp_path, caplog):
    def read(text):
        raise ExpiredError("has only keys that have expired")

    (tmp_path / "keys.json").write_text("{}")
    source = Source("Example", "", str(tmp_path / "keys.json"))
    published = Operator("").published(read, sources=(source,))
    published.close()
    assert published.held() == [(source, None)]
    assert published.states()[0].error == "has only keys that have expired"
    assert caplog.text.count("has only keys that have expired") == 1
