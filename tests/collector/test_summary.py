"""Summaries: of a bad row what its parameters say, and the group that its reason belongs to."""

from __future__ import annotations

import pytest

from tracking_middleware.collector.store.summary import group_of, summary_of

BAD = {"rawEvent": {"parameters": {}}, "errors": ["why", "details"]}
RECEIVED = "2026-01-02T10:00:00.000Z"


def of_bad(**parameters):
    shape = {**BAD, "rawEvent": {"parameters": parameters}}
    return summary_of(shape, is_good=False, received=RECEIVED)


def test_a_bad_row_is_summarised_from_what_was_sent():
    found = of_bad(
        aid="news", p="web", e="pp", duid="d", sid="s", vid="3", url="/a", uid="u", ua="Agent", eid="7"
    )
    assert (found.app_id, found.platform, found.event_name) == ("news", "web", "page_ping")
    assert (found.domain_userid, found.domain_sessionid, found.domain_sessionidx) == ("d", "s", 3)
    assert (found.page_url, found.user_id, found.useragent, found.event_id) == ("/a", "u", "Agent", "7")
    assert (found.derived, found.reason) == (RECEIVED, "why")


@pytest.mark.parametrize("shape", [{"rawEvent": None, "errors": []}, {"rawEvent": {}}, {}])
def test_a_row_of_which_nothing_is_known_has_a_summary(shape):
    found = summary_of(shape, is_good=False, received=RECEIVED)
    assert found.app_id is None
    assert found.reason == "unknown"


@pytest.mark.parametrize("value", ["9" * 20, "x", "-1", "", "\N{ARABIC-INDIC DIGIT THREE}"])
def test_a_session_index_that_is_none_is_left_out(value):
    assert of_bad(vid=value).domain_sessionidx is None


def test_hostile_values_are_cut_and_can_be_kept():
    found = of_bad(aid="a" * 100_000, url="u" * 100_000, page="\ud800", e=["x"], p={"a": 1})
    assert len(found.app_id) == 512
    assert len(found.page_url) == 10_000
    assert found.page_title == "?"
    assert (found.event_name, found.platform) == ("['x']", "{'a': 1}")


@pytest.mark.parametrize(
    ("sentence", "group"),
    [
        ("eid (event_id): '7' is no UUID (and 3 more)", "eid (event_id): … is no UUID"),
        (
            "url (page_url): \"it's\" has a '%' that escapes nothing",
            "url (page_url): … has a '%' that escapes nothing",
        ),
        ("data[12]: the required key 'tv' is missing", "data[…]: the required key 'tv' is missing"),
        (
            "page (page_title): is 2001 characters long, at most 2000",
            "page (page_title): is … characters long, at most 2000",
        ),
        (
            "the body is no JSON: Expecting value: line 1 column 1 (char 0)",
            "the body is no JSON: Expecting value: …",
        ),
        (
            "co: iglu:com.acme/a/jsonschema/1-0-0 was not found",
            "co: iglu:com.acme/a/jsonschema/1-0-0 was not found",
        ),
    ],
)
def test_reasons_are_grouped_without_the_values_they_quote(sentence, group):
    assert group_of(sentence) == group
