"""What nearly all people have is told from agents in few steps, as looking through all of them tells it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents import PERSON, browsers
from tracking_middleware.agents.browsers import is_of_most_people
from tracking_middleware.agents.classifying import looked_through

from . import truth

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "user_agent",
    [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/136.0.0.0",
        f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Version/18.4 Safari/605.1.15",
        f"{IPHONE} {SAFARI} Version/18.4 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0",
        "Mozilla/5.0 (Android 15; Mobile; rv:138.0) Gecko/138.0 Firefox/138.0",
    ],
)
def test_the_commonest_browsers_are_known_at_once(user_agent):
    assert is_of_most_people(user_agent)
    assert looked_through(user_agent) == PERSON


@given(st.from_regex(browsers._OF_MOST_PEOPLE, fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_what_is_known_at_once_is_a_person_by_all_that_is_known_of_agents(user_agent):
    assert looked_through(user_agent) == PERSON


def test_what_is_known_at_once_of_the_table_is_what_looking_through_it_says():
    known = [each.user_agent for each in truth.known() if is_of_most_people(each.user_agent)]
    assert known
    assert [each for each in known if looked_through(each) != PERSON] == []


@pytest.mark.parametrize(
    "user_agent",
    [
        f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {CHROME} Mobile Safari/537.36",
        f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 HeadlessChrome/136.0",
        f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 (compatible; GPTBot/1.2)",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36\n",
        "",
    ],
)
def test_where_there_is_room_for_a_name_it_is_looked_for(user_agent):
    assert not is_of_most_people(user_agent)
