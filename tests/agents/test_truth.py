"""The table of known user agents is drawn as it says, and no browser in it is taken for a bot."""

from __future__ import annotations

from tracking_middleware.agents import AGENT_CLASSES, classify

from . import truth


def test_there_are_enough_user_agents_of_enough_operators():
    agents = [one for one in truth.known() if not one.is_person]
    assert len(agents) >= 600
    assert len({one.operator for one in agents}) >= 300
    assert {one.agent_class for one in truth.known()} == {*AGENT_CLASSES, "bot"} - {"unknown"}
    assert len({one.user_agent for one in truth.known()}) == len(truth.known())


def test_a_third_of_the_user_agents_and_a_tenth_of_the_operators_are_kept_out():
    operators = {one.operator for one in truth.known() if one.operator}
    left_out = {one.operator for one in truth.known() if one.is_of_an_operator_left_out}
    assert 0.07 < len(left_out) / len(operators) < 0.13
    of_others = [one for one in truth.known() if not one.is_of_an_operator_left_out]
    assert 0.30 < sum(one.is_kept_out for one in of_others) / len(of_others) < 0.37
    assert left_out.isdisjoint(one.operator for one in truth.of_known_operators())


def test_no_browser_of_those_that_are_not_kept_out_is_taken_for_a_bot():
    browsers = [one.user_agent for one in truth.known() if one.is_person and not one.is_kept_out]
    assert [user_agent for user_agent in browsers if classify(user_agent).is_agent] == []


def test_of_what_is_kept_out_as_much_is_told_as_the_documentation_says():
    assert truth.macro_f1(truth.bot_or_person()) >= 0.97
    assert truth.macro_f1(truth.by_class()) >= 0.92
